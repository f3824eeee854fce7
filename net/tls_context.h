#pragma once
// TLS settings of a listener or of a client: an immutable snapshot, shared by all its streams.
// TLS 1.2 and up, AEAD suites with forward secrecy, no compression, no renegotiation (RFC 9325).

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "certs/credentials.h"
#include "certs/verify.h"

typedef struct ssl_ctx_st SSL_CTX;

namespace net {

class TicketKeys;

enum class TlsVersion { Tls12, Tls13 };

struct TlsServerOptions {
  std::shared_ptr<const certs::Credentials> credentials;
  std::vector<std::string> alpn;  // in order of preference; a client that offers ALPN but
                                  // none of these is refused (RFC 7301 section 3.2)
  TlsVersion min_version = TlsVersion::Tls12;
  // Set: the client must show a certificate that `client_trust` vouches for and that holds one of
  // `client_names` (empty: any name). Such a context issues no session tickets, so every
  // connection is judged anew.
  std::shared_ptr<const certs::Trust> client_trust;
  std::vector<certs::Name> client_names;
  // Session tickets (RFC 5077, RFC 8446 4.6.1), sealed with keys shared by all workers. Null: none.
  std::shared_ptr<TicketKeys> tickets;
};

struct TlsClientOptions {
  std::shared_ptr<const certs::Trust> trust;              // never null: peers are always verified
  std::shared_ptr<const certs::Credentials> credentials;  // null: we show no certificate
  std::vector<std::string> alpn;
  TlsVersion min_version = TlsVersion::Tls12;
};

class TlsContext final {
 public:
  // Malformed when credentials or trust are missing or an ALPN name is not 1 to 255 bytes long;
  // Refused, with OpenSSL's words, when it does not take the certificate or key.
  static base::Result<std::shared_ptr<const TlsContext>> server(const TlsServerOptions& options);
  static base::Result<std::shared_ptr<const TlsContext>> client(const TlsClientOptions& options);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  SSL_CTX* native() const { return native_.get(); }
  bool is_server() const { return is_server_; }
  // How this context judges peers; null trust: peers are not asked for a certificate.
  const certs::Trust* trust() const { return trust_.get(); }
  const std::vector<certs::Name>& peer_names() const { return peer_names_; }

 private:
  struct FreeContext {
    void operator()(SSL_CTX* context) const noexcept;
  };
  TlsContext() = default;
  base::Result<> prepare(TlsVersion min_version);
  base::Result<> show(std::shared_ptr<const certs::Credentials> credentials);
  base::Result<> offer_alpn(const std::vector<std::string>& protocols);
  void judge_peers(std::shared_ptr<const certs::Trust> trust, bool required_of_client);
  void use_tickets(std::shared_ptr<TicketKeys> tickets);
  int choose_alpn(const unsigned char** out, unsigned char* length,
                  std::span<const unsigned char> offered) const;

  std::unique_ptr<SSL_CTX, FreeContext> native_;
  bool is_server_ = false;
  std::shared_ptr<const certs::Trust> trust_;
  std::shared_ptr<const certs::Credentials> credentials_;
  std::vector<certs::Name> peer_names_;
  std::shared_ptr<TicketKeys> tickets_;
  std::vector<unsigned char> alpn_;  // wire form
};

}  // namespace net
