#pragma once
// A TLS client of bare OpenSSL over a plain stream: it does what our own client never would.

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "net/loop.h"
#include "net/socket_stream.h"
#include "tests/fakes/recording_handler.h"

namespace net {

struct FreeSslThings {
  void operator()(SSL_CTX* p) const noexcept { SSL_CTX_free(p); }
  void operator()(SSL* p) const noexcept { SSL_free(p); }
  void operator()(SSL_SESSION* p) const noexcept { SSL_SESSION_free(p); }
};
using Session = std::unique_ptr<SSL_SESSION, FreeSslThings>;

class RawTlsClient final {
 public:
  // `configure` may change the context, `resume` is a session of an earlier client.
  RawTlsClient(Loop& loop, const base::Endpoint& remote,
               const std::function<void(SSL_CTX*)>& configure = nullptr,
               SSL_SESSION* resume = nullptr)
      : loop_(loop), context_(SSL_CTX_new(TLS_client_method())) {
    SSL_CTX_set_session_cache_mode(context_.get(),
                                   SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context_.get(), [](SSL* ssl, SSL_SESSION* fresh) {
      static_cast<RawTlsClient*>(SSL_get_app_data(ssl))->session.reset(fresh);
      return 1;
    });
    if (configure) configure(context_.get());
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_app_data(ssl_.get(), this);
    SSL_set_connect_state(ssl_.get());
    SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    // A copy: OpenSSL spoils a session that served once in TLS 1.3.
    if (resume != nullptr) SSL_set_session(ssl_.get(), Session(SSL_SESSION_dup(resume)).get());
    wire.opening = [this] { pump(); };
    wire.take = [this](std::string_view bytes) {
      BIO_write(SSL_get_rbio(ssl_.get()), bytes.data(), static_cast<int>(bytes.size()));
      pump();
      return bytes.size();
    };
    DialOptions dial;
    dial.remote = remote;
    stream = dial_stream(loop, dial, wire);
  }

  // A session whose connection was not shut down is spoiled by SSL_free().
  ~RawTlsClient() { SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN); }
  RawTlsClient(const RawTlsClient&) = delete;
  RawTlsClient& operator=(const RawTlsClient&) = delete;

  SSL* ssl() { return ssl_.get(); }
  bool finished() { return SSL_is_init_finished(ssl_.get()) == 1; }
  bool resumed() { return SSL_session_reused(ssl_.get()) == 1; }

  // The session to resume with: the newest ticket in TLS 1.3, which OpenSSL tells of; else that of
  // the connection, renewed or not.
  Session newest_session() {
    if (SSL_version(ssl_.get()) == TLS1_3_VERSION) return std::move(session);
    return Session(SSL_get1_session(ssl_.get()));
  }

  void write(std::string_view text) {
    SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size()));
    pump();
  }

  // Moves what there is to move in both directions.
  void pump() {
    char buffer[16384];
    ERR_clear_error();
    if (SSL_do_handshake(ssl_.get()) == 1) {
      int got = 0;
      while ((got = SSL_read(ssl_.get(), buffer, sizeof buffer)) > 0) {
        data.append(buffer, static_cast<std::size_t>(got));
      }
    }
    int got = 0;
    while ((got = BIO_read(SSL_get_wbio(ssl_.get()), buffer, sizeof buffer)) > 0) {
      unsent.append(buffer, static_cast<std::size_t>(got));
    }
    send();
  }

 private:
  void send() {
    if (hold) return;
    const std::size_t size = trickle ? std::min<std::size_t>(unsent.size(), 1) : unsent.size();
    stream->write(std::string_view(unsent).substr(0, size));
    unsent.erase(0, size);
    if (!unsent.empty()) loop_.post([this] { send(); });
  }

  Loop& loop_;
  std::unique_ptr<SSL_CTX, FreeSslThings> context_;
  std::unique_ptr<SSL, FreeSslThings> ssl_;

 public:
  std::string data;      // what came through TLS
  std::string unsent;    // what is still to go out
  bool hold = false;     // nothing goes out
  bool trickle = false;  // one byte a turn; the client must then outlive its last byte
  Session session;       // the newest ticket
  fakes::RecordingHandler wire;
  std::unique_ptr<Stream> stream;
};

}  // namespace net
