#include "net/tls_layer.h"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <sys/socket.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <chrono>
#include <new>
#include <utility>

#include "base/hex.h"
#include "certs/verify.h"
#include "net/openssl_error.h"
#include "net/tcp.h"
#include "net/tls_context.h"

namespace net {
namespace {

// A whole record, header and all.
constexpr std::size_t kMaxRecordBytes = TrafficKey::kHeaderBytes + TlsRecords::kMaxSealedBytes;
// What one call of OpenSSL receives. By itself it ends only when the socket is empty, if all that
// comes are records without data, and it answers some of them.
constexpr std::size_t kTurnBytes = 64 * 1024;

// How many bytes the socket gave; 0 for none, and `wire` says why.
std::size_t receive(TlsLayer::Wire& wire, std::span<char> room) {
  if (wire.empty || wire.ended) return 0;
  const ssize_t count = ::recv(wire.fd, room.data(), room.size(), 0);
  if (count > 0) {
    wire.empty = static_cast<std::size_t>(count) < room.size();
    return static_cast<std::size_t>(count);
  }
  if (count == 0) {
    wire.ended = true;
  } else if (errno == EAGAIN || errno == EINTR) {
    wire.empty = true;
  } else {
    wire.error_number = errno;
  }
  return 0;
}

// OpenSSL asks for the head of a record, then for its body: it takes nothing of what comes after
// the handshake's last byte, and does not make two system calls of a record.
int wire_read(BIO* bio, char* out, std::size_t size, std::size_t* got) noexcept {
  auto* wire = static_cast<TlsLayer::Wire*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  if (wire->input.empty() && wire->turn > 0) {
    char bytes[kMaxRecordBytes];
    const std::size_t count = receive(*wire, bytes);
    wire->turn -= std::min(wire->turn, count);
    wire->input.append({bytes, count});
  }
  *got = std::min(size, wire->input.size());
  if (*got > 0) {
    std::copy_n(wire->input.view().data(), *got, out);
    wire->input.consume(*got);
    return 1;
  }
  if (!wire->ended && wire->error_number == 0) BIO_set_retry_read(bio);
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

// The most that the peer takes in one record: max_fragment_length of RFC 6066 section 4, if that
// was agreed on.
std::size_t max_plain_bytes(const SSL* ssl) {
  switch (const auto code = SSL_SESSION_get_max_fragment_length(SSL_get0_session(ssl))) {
    case TLSEXT_max_fragment_length_512:
    case TLSEXT_max_fragment_length_1024:
    case TLSEXT_max_fragment_length_2048:
    case TLSEXT_max_fragment_length_4096:
      return std::size_t{256} << code;
    default:
      return TlsRecords::kMaxPlainBytes;
  }
}

// Of whole records, one after the other.
std::uint64_t count_records(std::string_view bytes) {
  std::uint64_t count = 0;
  while (bytes.size() > TrafficKey::kHeaderBytes) {
    const auto high = static_cast<unsigned char>(bytes[3]);
    const auto low = static_cast<unsigned char>(bytes[4]);
    bytes.remove_prefix(std::min(bytes.size(), TrafficKey::kHeaderBytes + high * 256U + low));
    ++count;
  }
  return count;
}

}  // namespace

void TlsLayer::FreeSsl::operator()(SSL* ssl) const noexcept {
  SSL_free(ssl);
}

TlsLayer::Handshake::~Handshake() {
  OPENSSL_cleanse(agreed.client_secret.data(), agreed.client_secret.size());
  OPENSSL_cleanse(agreed.server_secret.data(), agreed.server_secret.size());
}

TlsLayer::TlsLayer(std::shared_ptr<const TlsContext> context)
    : context_(std::move(context)), handshake_(std::make_unique<Handshake>()) {}

TlsLayer::~TlsLayer() = default;

base::Result<std::unique_ptr<TlsLayer>> TlsLayer::server(std::shared_ptr<const TlsContext> context,
                                                         int fd) {
  assert(context->is_server());
  std::unique_ptr<TlsLayer> self(new TlsLayer(std::move(context)));
  if (auto done = self->prepare(fd); !done) return done.error();
  self->handshake_->expected = self->context_->peer_names();
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
  self->handshake_->expected = std::move(expected);
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
  const std::size_t before = wire_.output.size();
  wire_.turn = kTurnBytes;
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_.get());
  if (result != 1) return explain(result, "TLS handshake");
  // A server of TLS 1.3 ends it by sending session tickets, the first records under its last key.
  if (context_->is_server()) {
    handshake_->agreed.sealed = count_records(wire_.output.view().substr(before));
  }
  return Status::Done;
}

base::Result<> TlsLayer::conclude(StreamInfo& info) {
  describe(info);
  const std::unique_ptr<Handshake> done = std::move(handshake_);
  if (SSL_version(ssl_.get()) != TLS1_3_VERSION) return {};
  done->agreed.side = context_->is_server() ? TlsRecords::Side::Server : TlsRecords::Side::Client;
  done->agreed.suite = SSL_CIPHER_get_protocol_id(SSL_get_current_cipher(ssl_.get()));
  done->agreed.max_plain = max_plain_bytes(ssl_.get());
  records_ = TlsRecords::start(done->agreed, wire_.output);
  if (records_ == nullptr) return base::Error{base::Errc::System, "TLS: " + take_openssl_error()};
  ssl_.reset();
  context_.reset();
  return {};
}

TlsLayer::Status TlsLayer::read(std::span<char> room, std::size_t& count) {
  count = 0;
  return records_ != nullptr ? read_records(room, count) : read_ssl(room, count);
}

TlsLayer::Status TlsLayer::read_ssl(std::span<char> room, std::size_t& count) {
  wire_.turn = kTurnBytes;
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

TlsLayer::Status TlsLayer::read_records(std::span<char> room, std::size_t& count) {
  assert(room.size() > kMaxRecordBytes);
  // A record that has not come whole yet goes ahead of what comes now.
  std::ranges::copy(wire_.input.view(), room.begin());
  const std::size_t begun = wire_.input.size();
  const std::size_t size = begun + receive(wire_, room.subspan(begun));
  const TlsRecords::Opened opened = records_->open(room.first(size));
  wire_.input.clear();
  wire_.input.append({room.data() + opened.taken, size - opened.taken});
  count = opened.plain;
  if (opened.status == TlsRecords::Status::Ended) return Status::Ended;
  if (opened.status == TlsRecords::Status::Failed || wire_.ended || wire_.error_number != 0) {
    explain_failure("TLS");
    return Status::Failed;
  }
  return wire_.empty ? Status::WantRead : Status::Done;
}

bool TlsLayer::write(std::string_view data) {
  if (records_ != nullptr) {
    if (records_->seal(data)) return true;
  } else {
    std::size_t taken = 0;
    ERR_clear_error();
    const int result = SSL_write_ex(ssl_.get(), data.data(), data.size(), &taken);
    if (result == 1 && taken == data.size()) return true;
  }
  explain_failure("TLS");
  return false;
}

void TlsLayer::shut_down() {
  if (records_ != nullptr) return records_->shut_down();
  // A second call of OpenSSL's would begin to read.
  if ((SSL_get_shutdown(ssl_.get()) & SSL_SENT_SHUTDOWN) != 0) return;
  ERR_clear_error();
  SSL_shutdown(ssl_.get());
  ERR_clear_error();
}

bool TlsLayer::has_pending() const {
  return !wire_.input.empty() || (ssl_ != nullptr && SSL_has_pending(ssl_.get()) == 1);
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
  if (handshake_ != nullptr && !handshake_->refusal.empty()) {
    error_ = {base::Errc::Refused, handshake_->refusal};
  } else if (records_ != nullptr && records_->reason() != 0) {
    error_ = {base::Errc::Refused, prefix + openssl_reason(records_->reason())};
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
  info.peer = handshake_->peer;
  const unsigned char* alpn = nullptr;
  unsigned length = 0;
  SSL_get0_alpn_selected(ssl, &alpn, &length);
  if (length > 0) info.alpn.assign(reinterpret_cast<const char*>(alpn), length);
  info.tls_version = SSL_get_version(ssl);
  info.cipher = SSL_get_cipher_name(ssl);
  info.resumed = SSL_session_reused(ssl) == 1;
}

void TlsLayer::take_secret(const SSL* ssl, const char* line) noexcept {
  TlsRecords::Agreement& agreed = static_cast<TlsLayer*>(SSL_get_app_data(ssl))->handshake_->agreed;
  // Label, client random, secret; the last two in hexadecimal.
  const std::string_view text(line);
  const std::string_view secret = text.substr(text.rfind(' ') + 1);
  if (text.starts_with("CLIENT_TRAFFIC_SECRET_0 ")) {
    agreed.client_secret = *base::decode_hex(secret);
  } else if (text.starts_with("SERVER_TRAFFIC_SECRET_0 ")) {
    agreed.server_secret = *base::decode_hex(secret);
  }
}

int TlsLayer::judge(X509_STORE_CTX* chain, void*) noexcept {
  const auto* ssl = static_cast<const SSL*>(
      X509_STORE_CTX_get_ex_data(chain, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto* self = static_cast<TlsLayer*>(SSL_get_app_data(ssl));
  const TlsContext& context = *self->context_;
  certs::Expectation expected;
  expected.role = context.is_server() ? certs::Role::Client : certs::Role::Server;
  expected.names = self->handshake_->expected;
  expected.at = std::chrono::system_clock::now();
  certs::Verdict verdict = certs::verify(chain_of(chain), *context.trust(), expected);
  ERR_clear_error();  // what the judgement left there is not the handshake's
  if (!verdict.accepted) {
    self->handshake_->refusal = "certificate refused: " + verdict.rule + ": " + verdict.reason;
    X509_STORE_CTX_set_error(chain, verify_code(verdict.rule));
    return 0;
  }
  self->handshake_->peer = std::make_shared<const certs::Identity>(std::move(verdict.identity));
  X509_STORE_CTX_set_error(chain, X509_V_OK);
  return 1;
}

}  // namespace net
