#include "net/tls_context.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <cassert>
#include <utility>

#include "net/openssl_error.h"
#include "net/ticket_keys.h"
#include "net/tls_layer.h"

namespace net {
namespace {

// RFC 9325 section 4.2: forward secrecy and AEAD. AES-128 first; who asks for ChaCha20 first (a
// client without AES in hardware) gets it.
constexpr const char* kTls12Suites =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr const char* kTls13Suites =
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
constexpr const char* kGroups = "X25519:P-256:P-384";
constexpr const char* kSignatures =
    "ecdsa_secp256r1_sha256:ecdsa_secp384r1_sha384:ecdsa_secp521r1_sha512:ed25519:"
    "rsa_pss_rsae_sha256:rsa_pss_rsae_sha384:rsa_pss_rsae_sha512:"
    "rsa_pkcs1_sha256:rsa_pkcs1_sha384:rsa_pkcs1_sha512";
// Certificates are judged by certs::verify alone, which is stricter and says why; the level keeps
// out what is broken in the protocol itself.
constexpr int kSecurityLevel = 1;
using SecurityCallback = int (*)(const SSL*, const SSL_CTX*, int operation, int bits, int nid,
                                 void* other, void* extra);
constexpr unsigned char kSessionContext[] = "sallyport";

// The level would keep us from showing a certificate with a weak key or signature. That is for
// those to judge to whom it is shown, and the owner of such a one needs to hear their verdict.
// Whatever is about a peer, or about the protocol, stays with the level.
int judge_strength(const SSL* ssl, const SSL_CTX* context, int operation, int bits, int nid,
                   void* other, void* usual) noexcept {
  switch (operation) {
    case SSL_SECOP_EE_KEY:
    case SSL_SECOP_CA_KEY:
    case SSL_SECOP_CA_MD:
      return 1;
    default:
      return reinterpret_cast<SecurityCallback>(usual)(ssl, context, operation, bits, nid, other,
                                                       nullptr);
  }
}

base::Error openssl_error(const std::string& what) {
  return {base::Errc::Refused, what + ": " + take_openssl_error()};
}

}  // namespace

void TlsContext::FreeContext::operator()(SSL_CTX* context) const noexcept {
  SSL_CTX_free(context);
}

TlsContext::~TlsContext() = default;

base::Result<std::shared_ptr<const TlsContext>> TlsContext::server(
    const TlsServerOptions& options) {
  if (options.credentials == nullptr) {
    return base::Error{base::Errc::Malformed, "TLS server without a certificate"};
  }
  const std::shared_ptr<TlsContext> self(new TlsContext);
  self->is_server_ = true;
  if (auto done = self->prepare(options.min_version); !done) return done.error();
  if (auto done = self->show(options.credentials); !done) return done.error();
  if (auto done = self->offer_alpn(options.alpn); !done) return done.error();
  if (options.client_trust != nullptr) {
    self->judge_peers(options.client_trust, true);
    self->peer_names_ = options.client_names;
  }
  // A ticket would carry a judgement past the moment it was made.
  self->use_tickets(options.client_trust == nullptr ? options.tickets : nullptr);
  return std::shared_ptr<const TlsContext>(self);
}

base::Result<std::shared_ptr<const TlsContext>> TlsContext::client(
    const TlsClientOptions& options) {
  if (options.trust == nullptr) {
    return base::Error{base::Errc::Malformed, "TLS client without authorities to trust"};
  }
  const std::shared_ptr<TlsContext> self(new TlsContext);
  if (auto done = self->prepare(options.min_version); !done) return done.error();
  if (options.credentials != nullptr) {
    if (auto done = self->show(options.credentials); !done) return done.error();
  }
  if (auto done = self->offer_alpn(options.alpn); !done) return done.error();
  self->judge_peers(options.trust, false);
  return std::shared_ptr<const TlsContext>(self);
}

base::Result<> TlsContext::prepare(TlsVersion min_version) {
  ERR_clear_error();
  native_.reset(SSL_CTX_new(is_server_ ? TLS_server_method() : TLS_client_method()));
  SSL_CTX* context = native_.get();
  if (context == nullptr) return openssl_error("TLS context");
  SSL_CTX_set_app_data(context, this);
  SSL_CTX_set_security_level(context, kSecurityLevel);
  if (is_server_) {
    SSL_CTX_set0_security_ex_data(context,
                                  reinterpret_cast<void*>(SSL_CTX_get_security_callback(context)));
    SSL_CTX_set_security_callback(context, judge_strength);
  }
  const int lowest = min_version == TlsVersion::Tls13 ? TLS1_3_VERSION : TLS1_2_VERSION;
  if (SSL_CTX_set_min_proto_version(context, lowest) != 1 ||
      SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) != 1 ||
      SSL_CTX_set_cipher_list(context, kTls12Suites) != 1 ||
      SSL_CTX_set_ciphersuites(context, kTls13Suites) != 1 ||
      SSL_CTX_set1_groups_list(context, kGroups) != 1 ||
      SSL_CTX_set1_sigalgs_list(context, kSignatures) != 1 ||
      SSL_CTX_set1_client_sigalgs_list(context, kSignatures) != 1) {
    return openssl_error("TLS settings");
  }
  SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                   SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  // Sessions live in tickets at the client, never in a cache here.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_session_id_context(context, kSessionContext, sizeof kSessionContext - 1);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_keylog_callback(context, &TlsLayer::take_secret);
  SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nullptr);
  if (!is_server_) use_tickets(nullptr);
  return {};
}

base::Result<> TlsContext::show(std::shared_ptr<const certs::Credentials> credentials) {
  ERR_clear_error();
  SSL_CTX* context = native_.get();
  if (SSL_CTX_use_certificate(context, credentials->leaf()) != 1) {
    return openssl_error("certificate " + credentials->identity().subject);
  }
  for (std::size_t i = 1; i < credentials->chain().size(); ++i) {
    if (SSL_CTX_add1_chain_cert(context, credentials->chain()[i].get()) != 1) {
      return openssl_error("chain of certificate " + credentials->identity().subject);
    }
  }
  if (SSL_CTX_use_PrivateKey(context, credentials->key()) != 1 ||
      SSL_CTX_check_private_key(context) != 1) {
    return openssl_error("private key of certificate " + credentials->identity().subject);
  }
  // Only the chain we were given is shown, not one made up from whatever store there is.
  SSL_CTX_set_mode(context, SSL_MODE_NO_AUTO_CHAIN);
  credentials_ = std::move(credentials);
  return {};
}

base::Result<> TlsContext::offer_alpn(const std::vector<std::string>& protocols) {
  for (const std::string& protocol : protocols) {
    if (protocol.empty() || protocol.size() > 255) {
      return base::Error{base::Errc::Malformed, "ALPN name not of 1 to 255 bytes: " + protocol};
    }
    alpn_.push_back(static_cast<unsigned char>(protocol.size()));
    alpn_.insert(alpn_.end(), protocol.begin(), protocol.end());
  }
  if (alpn_.empty()) return {};
  if (!is_server_) {
    // This one function of OpenSSL returns 0 for success.
    const int failed =
        SSL_CTX_set_alpn_protos(native_.get(), alpn_.data(), static_cast<unsigned>(alpn_.size()));
    if (failed != 0) return openssl_error("ALPN");
    return {};
  }
  const auto choose = [](SSL*, const unsigned char** out, unsigned char* length,
                         const unsigned char* in, unsigned in_length, void* self) noexcept {
    return static_cast<const TlsContext*>(self)->choose_alpn(out, length, {in, in_length});
  };
  SSL_CTX_set_alpn_select_cb(native_.get(), choose, this);
  return {};
}

// Both lists have the wire form of RFC 7301 section 3.1, which OpenSSL has checked in `offered`.
int TlsContext::choose_alpn(const unsigned char** out, unsigned char* length,
                            std::span<const unsigned char> offered) const {
  for (std::size_t ours = 0; ours < alpn_.size(); ours += 1U + alpn_[ours]) {
    const std::size_t size = alpn_[ours];
    for (std::size_t theirs = 0; theirs < offered.size(); theirs += 1U + offered[theirs]) {
      if (offered[theirs] != size || theirs + 1 + size > offered.size()) continue;
      if (!std::equal(&alpn_[ours + 1], &alpn_[ours + 1] + size, &offered[theirs + 1])) continue;
      *out = &alpn_[ours + 1];
      *length = alpn_[ours];
      return SSL_TLSEXT_ERR_OK;
    }
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;  // no_application_protocol
}

void TlsContext::judge_peers(std::shared_ptr<const certs::Trust> trust, bool required_of_client) {
  trust_ = std::move(trust);
  const int mode =
      required_of_client ? SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT : SSL_VERIFY_PEER;
  SSL_CTX_set_verify(native_.get(), mode, nullptr);
  SSL_CTX_set_cert_verify_callback(native_.get(), &TlsLayer::judge, nullptr);
}

void TlsContext::use_tickets(std::shared_ptr<TicketKeys> tickets) {
  SSL_CTX* context = native_.get();
  if (tickets == nullptr) {
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(context, 0);
    return;
  }
  tickets_ = std::move(tickets);
  SSL_CTX_set_num_tickets(context, 1);
  const auto ticket_key = [](SSL* ssl, unsigned char* name, unsigned char* iv,
                             EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac,
                             int sealing) noexcept -> int {
    const auto* self = static_cast<TlsContext*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
    const std::span<std::uint8_t, TicketKeys::kNameBytes> key_name(name, TicketKeys::kNameBytes);
    const std::span<std::uint8_t, TicketKeys::kIvBytes> key_iv(iv, TicketKeys::kIvBytes);
    if (sealing != 0) return self->tickets_->seal(key_name, key_iv, cipher, mac) ? 1 : -1;
    switch (self->tickets_->open(key_name, key_iv, cipher, mac)) {
      case TicketKeys::Found::Nothing:
        return 0;
      case TicketKeys::Found::Renew:
        return 2;
      case TicketKeys::Found::Valid:
        break;
    }
    // In TLS 1.3 a ticket serves once, lest it link connections (RFC 8446 appendix C.4).
    return SSL_version(ssl) == TLS1_3_VERSION ? 2 : 1;
  };
  SSL_CTX_set_tlsext_ticket_key_evp_cb(context, ticket_key);
}

}  // namespace net
