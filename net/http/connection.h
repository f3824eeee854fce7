#pragma once
// HTTP over one open stream: what HTTP/1.1 and HTTP/2 connections offer to whoever owns them. A
// connection takes the stream over (Stream::set_handler); its owner retires it in `closed`, which
// comes from the loop, once, and last.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "base/result.h"
#include "net/http/exchange.h"
#include "net/stream.h"

namespace net {
class Loop;
}

namespace net::http {

using ClosedCallback = std::function<void(const base::Error& why)>;

// Told of requests that a connection answered itself, since they never became an exchange: not
// HTTP, too large, too late. `why` is for logs.
class RefusalObserver {
 public:
  virtual void on_refused(const Peer& peer, int status, std::string_view why) = 0;

 protected:
  ~RefusalObserver() = default;
};

struct ServerLimits {
  std::chrono::milliseconds head{10'000};  // from a request's first byte to its head's last
  std::chrono::milliseconds idle{60'000};  // between requests on a kept connection
  std::chrono::milliseconds body{60'000};  // without a byte of progress in either body
  std::size_t requests = 100'000;          // on one connection, then Connection: close or GOAWAY
  RefusalObserver* observer = nullptr;     // may be null; outlives the connections
};

// HTTP/2 only (RFC 9113). The defaults are for clients from outside; the link sets its own.
struct H2Limits {
  std::uint32_t streams = 100;  // open at once
  std::uint32_t stream_window_bytes = 256 * 1024;
  std::uint32_t connection_window_bytes = 1024 * 1024;  // at least 65,535
  // HPACK's dynamic table, each way (RFC 7541 section 4). With 0 we keep none of what we send, and
  // the 4,096 bytes that everybody may count on of what comes.
  std::uint32_t table_bytes = 0;
  // Liveness by PING; 0: none. The connection fails with Timeout after `ping_misses` unanswered.
  std::chrono::milliseconds ping_interval{0};
  int ping_misses = 3;
  // Whether extended CONNECT (RFC 8441) is offered (server) or expected (client).
  bool extended_connect = false;
  // Frames without use (PING, SETTINGS, PRIORITY, empty DATA, RST_STREAM, WINDOW_UPDATE) a client
  // may send in any 10 s beyond a small multiple of its requests; more is GOAWAY
  // (ENHANCE_YOUR_CALM). 0: no limit, for the trusted link.
  std::uint32_t idle_frames = 1000;
  // Heads come from another hop of ours, which may have added kAddedFieldCount fields.
  bool hop_added = false;
};

class ServerConnection {
 public:
  virtual ~ServerConnection() = default;  // closes, calling nobody
  // Takes no new exchange and closes when the last is over (Connection: close, GOAWAY).
  virtual void drain() = 0;
  virtual std::size_t active_exchanges() const = 0;
};

// `stream` is open. `loop`, `handler` and `limits` must outlive the connection.
std::unique_ptr<ServerConnection> serve_h1(Loop& loop, std::unique_ptr<Stream> stream, Peer peer,
                                           Handler& handler, const ServerLimits& limits,
                                           ClosedCallback closed);
std::unique_ptr<ServerConnection> serve_h2(Loop& loop, std::unique_ptr<Stream> stream, Peer peer,
                                           Handler& handler, const ServerLimits& limits,
                                           const H2Limits& h2, ClosedCallback closed);

// A connection that calls. start() is legal while available().
class ClientConnection : public Caller {
 public:
  virtual ~ClientConnection() = default;  // fails its calls silently: their owners go first
  // HTTP/1.1 carries one call at a time, HTTP/2 as many as the peer allows.
  virtual bool available() const = 0;
  virtual std::size_t active_calls() const = 0;
  virtual void drain() = 0;  // no new call; closes when the last is over
  // As start(), for a head that the caller keeps: it may have to be sent again elsewhere.
  virtual std::unique_ptr<Call> send(const RequestHead& head, CallListener& listener) = 0;
  // Closes at once: calls are told `why`, then `closed` comes. From the loop, and not from inside a
  // callback of this connection: the calls are told before it returns.
  virtual void abort(const base::Error& why) = 0;
  virtual const StreamInfo& stream() const = 0;
};

std::unique_ptr<ClientConnection> call_h1(Loop& loop, std::unique_ptr<Stream> stream,
                                          ClosedCallback closed);
std::unique_ptr<ClientConnection> call_h2(Loop& loop, std::unique_ptr<Stream> stream,
                                          const H2Limits& limits, ClosedCallback closed);

}  // namespace net::http
