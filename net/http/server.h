#pragma once
// The server side of one listener's connections on one worker: HTTP/2 where ALPN agreed on "h2",
// HTTP/1.1 otherwise. Owns the connections.

#include <cstddef>
#include <functional>
#include <memory>
#include <unordered_map>

#include "net/http/connection.h"
#include "net/socket.h"
#include "net/socket_stream.h"
#include "net/timer.h"

namespace net {
class Loop;
class TlsContext;
}  // namespace net

namespace net::http {

struct ServerOptions {
  std::shared_ptr<const TlsContext> tls;  // null: plain HTTP/1.1
  StreamLimits stream;
  ServerLimits limits;
  H2Limits h2;
  std::size_t connections = 200'000;  // beyond it new ones are closed at once
  // Told of connections that never came to speak HTTP: a failed handshake, a timeout. May be null.
  std::function<void(const StreamInfo& stream, const base::Error& why)> on_refused;
  // Told how many connections there are, whenever that changes. May be null.
  std::function<void(std::size_t now)> on_count;
};

class Server final {
 public:
  // `loop` and `handler` must outlive the server.
  Server(Loop& loop, Handler& handler, ServerOptions options);
  ~Server();  // closes what is left, calling nobody
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Takes over an accepted socket.
  void accept(Socket socket);
  // Connections accepted from now on use this (certificates were loaded anew).
  void set_tls(std::shared_ptr<const TlsContext> tls);
  // Likewise: what holds for a connection when it is accepted stays with it.
  void set_limits(const StreamLimits& stream, const ServerLimits& limits);
  // Graceful end: idle connections close, busy ones after their exchanges (Connection: close,
  // GOAWAY). `done` comes from the loop when none is left, once, and may destroy the server; again:
  // no effect.
  void drain(std::function<void()> done);

  std::size_t connection_count() const;

 private:
  class Connection;
  void remove(const Connection& connection);

  Loop& loop_;
  Handler& handler_;
  ServerOptions options_;
  std::unordered_map<const Connection*, std::unique_ptr<Connection>> connections_;
  std::function<void()> drained_;  // set from drain() on until it was called
  bool draining_ = false;
  Timer drained_timer_;  // a token, unlike a posted task: it dies with us
};

}  // namespace net::http
