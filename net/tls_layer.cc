#include "net/tls_layer.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <sys/socket.h>

#include <cassert>
#include <cerrno>
#include <chrono>
#include <new>
#include <utility>

#include "certs/verify.h"
#include "net/openssl_error.h"
#include "net/tcp.h"
#include "net/tls_context.h"

namespace net {
namespace {

int wire_read(BIO* bio, char* out, std::size_t size, std::size_t* got) noexcept {
  auto* wire = static_cast<TlsLayer::Wire*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  *got = 0;
  if (!wire->empty) {
    const ssize_t count = ::recv(wire->fd, out, size, 0);
    if (count > 0) {
      *got = static_cast<std::size_t>(count);
      wire->empty = *got < size;
      return 1;
    }
    if (count == 0) {
      wire->ended = true;
      return 0;
    }
    if (errno != EAGAIN && errno != EINTR) {
      wire->error_number = errno;
      return 0;
    }
  }
  BIO_set_retry_read(bio);
  return 0;
}

int wire_write(BIO* bio, const char* data, std::size_t size, std::size_t* taken) noexcept {
  auto* wire = static_cast<TlsLayer::Wire*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  wire->output.append({data, size});
  *taken = size;
  return 1;
}

long wire_ctrl(BIO* bio, int command, long, void*) noexcept {
  switch (command) {
    case BIO_CTRL_FLUSH:
      return 1;
    case BIO_CTRL_EOF:
      return static_cast<TlsLayer::Wire*>(BIO_get_data(bio))->ended ? 1 : 0;
    default:
      return 0;
  }
}

BIO_METHOD* wire_method() {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "net wire");
    assert(made != nullptr);
    BIO_meth_set_read_ex(made, wire_read);
    BIO_meth_set_write_ex(made, wire_write);
    BIO_meth_set_ctrl(made, wire_ctrl);
    return made;
  }();
  return method;
}

// The alert that OpenSSL sends for it (RFC 8446 section 6.2).
int verify_code(const std::string& rule) {
  if (rule == "chain") return X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY;  // unknown_ca
  if (rule == "time") return X509_V_ERR_CERT_HAS_EXPIRED;                    // certificate_expired
  if (rule == "usage") return X509_V_ERR_INVALID_PURPOSE;  // unsupported_certificate
  return X509_V_ERR_CERT_REJECTED;                         // bad_certificate
}

std::vector<X509*> chain_of(X509_STORE_CTX* context) {
  std::vector<X509*> chain;
  X509* leaf = X509_STORE_CTX_get0_cert(context);
  if (leaf != nullptr) chain.push_back(leaf);
  STACK_OF(X509)* sent = X509_STORE_CTX_get0_untrusted(context);
  for (int i = 0; i < sk_X509_num(sent); ++i) {
    X509* certificate = sk_X509_value(sent, i);
    if (certificate != leaf) chain.push_back(certificate);
  }
  return chain;
}

}  // namespace

void TlsLayer::FreeSsl::operator()(SSL* ssl) const noexcept {
  SSL_free(ssl);
}

TlsLayer::TlsLayer(std::shared_ptr<const TlsContext> context) : context_(std::move(context)) {}

TlsLayer::~TlsLayer() = default;

base::Result<std::unique_ptr<TlsLayer>> TlsLayer::server(std::shared_ptr<const TlsContext> context,
                                                         int fd) {
  assert(context->is_server());
  std::unique_ptr<TlsLayer> self(new TlsLayer(std::move(context)));
  if (auto done = self->prepare(fd); !done) return done.error();
  self->expected_ = self->context_->peer_names();
  SSL_set_accept_state(self->ssl_.get());
  return self;
}

base::Result<std::unique_ptr<TlsLayer>> TlsLayer::client(std::shared_ptr<const TlsContext> context,
                                                         int fd, std::vector<certs::Name> expected,
                                                         const std::string& server_name) {
  assert(!context->is_server());
  if (expected.empty()) {
    // certs::verify takes an empty list for "any name".
    return base::Error{base::Errc::Refused, "TLS: no name given that the peer must prove"};
  }
  std::unique_ptr<TlsLayer> self(new TlsLayer(std::move(context)));
  if (auto done = self->prepare(fd); !done) return done.error();
  self->expected_ = std::move(expected);
  if (!server_name.empty() &&
      SSL_set_tlsext_host_name(self->ssl_.get(), server_name.c_str()) != 1) {
    return base::Error{base::Errc::Malformed,
                       "TLS: server name " + server_name + ": " + take_openssl_error()};
  }
  SSL_set_connect_state(self->ssl_.get());
  return self;
}

base::Result<> TlsLayer::prepare(int fd) {
  wire_.fd = fd;
  ERR_clear_error();
  ssl_.reset(SSL_new(context_->native()));
  BIO* bio = BIO_new(wire_method());
  if (ssl_ == nullptr || bio == nullptr) {
    BIO_free(bio);
    return base::Error{base::Errc::System, "TLS: " + take_openssl_error()};
  }
  BIO_set_data(bio, &wire_);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_.get(), bio, bio);  // one reference serves both directions
  SSL_set_app_data(ssl_.get(), this);
  return {};
}

TlsLayer::Status TlsLayer::handshake() {
  wire_.empty = false;
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_.get());
  return result == 1 ? Status::Done : explain(result, "TLS handshake");
}

TlsLayer::Status TlsLayer::read(std::span<char> room, std::size_t& count) {
  wire_.empty = false;
  count = 0;
  // One SSL_read gives one record of at most 16 KiB.
  while (count < room.size()) {
    std::size_t got = 0;
    ERR_clear_error();
    const int result = SSL_read_ex(ssl_.get(), room.data() + count, room.size() - count, &got);
    if (result != 1) return explain(result, "TLS");
    count += got;
  }
  return Status::Done;
}

bool TlsLayer::write(std::string_view data) {
  std::size_t taken = 0;
  ERR_clear_error();
  const int result = SSL_write_ex(ssl_.get(), data.data(), data.size(), &taken);
  if (result == 1 && taken == data.size()) return true;
  explain_failure("TLS");
  return false;
}

void TlsLayer::shut_down() {
  // A second call of OpenSSL's would begin to read.
  if ((SSL_get_shutdown(ssl_.get()) & SSL_SENT_SHUTDOWN) != 0) return;
  ERR_clear_error();
  SSL_shutdown(ssl_.get());
  ERR_clear_error();
}

bool TlsLayer::has_pending() const {
  return SSL_has_pending(ssl_.get()) == 1;
}

TlsLayer::Status TlsLayer::explain(int result, std::string_view doing) {
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
    // The output always takes what it is given, so nothing but the peer's bytes is waited for.
    case SSL_ERROR_WANT_WRITE:
      return Status::WantRead;
    case SSL_ERROR_ZERO_RETURN:
      return Status::Ended;
    default:
      explain_failure(doing);
      return Status::Failed;
  }
}

void TlsLayer::explain_failure(std::string_view doing) {
  const std::string prefix = std::string(doing) + ": ";
  if (!refusal_.empty()) {
    error_ = {base::Errc::Refused, refusal_};
  } else if (wire_.error_number != 0) {
    error_ = system_error(doing, wire_.error_number);
  } else if (wire_.ended) {
    // Without close_notify somebody else may have cut the stream short.
    error_ = {base::Errc::Closed, prefix + "the peer ended the connection without close_notify"};
  } else {
    const unsigned long code = ERR_peek_error();
    const bool http =
        ERR_GET_LIB(code) == ERR_LIB_SSL && ERR_GET_REASON(code) == SSL_R_HTTP_REQUEST;
    error_ = {base::Errc::Refused,
              prefix + (http ? "the peer sent plain HTTP" : take_openssl_error())};
  }
  ERR_clear_error();
}

void TlsLayer::describe(StreamInfo& info) const {
  const SSL* ssl = ssl_.get();
  info.peer = peer_;
  const unsigned char* alpn = nullptr;
  unsigned length = 0;
  SSL_get0_alpn_selected(ssl, &alpn, &length);
  if (length > 0) info.alpn.assign(reinterpret_cast<const char*>(alpn), length);
  info.tls_version = SSL_get_version(ssl);
  info.cipher = SSL_get_cipher_name(ssl);
  info.resumed = SSL_session_reused(ssl) == 1;
}

int TlsLayer::judge(X509_STORE_CTX* chain, void*) noexcept {
  const auto* ssl = static_cast<const SSL*>(
      X509_STORE_CTX_get_ex_data(chain, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto* self = static_cast<TlsLayer*>(SSL_get_app_data(ssl));
  const TlsContext& context = *self->context_;
  certs::Expectation expected;
  expected.role = context.is_server() ? certs::Role::Client : certs::Role::Server;
  expected.names = self->expected_;
  expected.at = std::chrono::system_clock::now();
  certs::Verdict verdict = certs::verify(chain_of(chain), *context.trust(), expected);
  ERR_clear_error();  // what the judgement left there is not the handshake's
  if (!verdict.accepted) {
    self->refusal_ = "certificate refused: " + verdict.rule + ": " + verdict.reason;
    X509_STORE_CTX_set_error(chain, verify_code(verdict.rule));
    return 0;
  }
  self->peer_ = std::move(verdict.identity);
  X509_STORE_CTX_set_error(chain, X509_V_OK);
  return 1;
}

}  // namespace net
