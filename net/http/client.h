#pragma once
// A Caller for one origin: dials when it must, keeps connections alive, speaks HTTP/2 where ALPN
// agreed on it and HTTP/1.1 otherwise, and tries an idempotent request once more when a kept
// connection turns out to be stale.

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "net/http/connection.h"
#include "net/socket_stream.h"

namespace net::http {

struct ClientOptions {
  DialOptions dial;                              // where to, and who the server must prove to be
  std::chrono::milliseconds first_byte{30'000};  // from the request's end to the response head
  std::chrono::milliseconds idle{60'000};        // without progress in a body
  std::chrono::milliseconds keep{30'000};        // an unused connection is kept for so long
  std::size_t connections = 64;                  // HTTP/1.1: at once; more calls wait in line
  std::size_t waiting = 1024;                    // calls in line; beyond it Refused at once
  H2Limits h2;
};

class ClientPool;  // client_call.h: the connections and the line of calls that wait for one

class Client final : public Caller {
 public:
  // `loop` must outlive the client, the client its calls. It is not destroyed inside a callback of
  // one of them: Loop::retire() it there.
  Client(Loop& loop, ClientOptions options);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Failures: Refused (could not connect, certificate not accepted), Timeout (detail says which
  // wait), Closed (the connection ended before the response did), Malformed (not HTTP).
  std::unique_ptr<Call> start(RequestHead&& head, CallListener& listener) override;

  std::size_t connection_count() const;
  // What is known of the connection that was opened last; empty before the first.
  const StreamInfo& last_stream() const;

 private:
  std::unique_ptr<ClientPool> pool_;
};

}  // namespace net::http
