#pragma once
// A Stream over a TCP socket, with TLS on top where a TlsContext is given.
//
//   Connecting --> Handshaking --> Open --> Draining --> Closed
//   (accepted streams start at Handshaking, plain TCP skips it;
//    a failure or a timeout leads from any state to Closed)

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/result.h"
#include "certs/identity.h"
#include "net/stream.h"

namespace net {

class Loop;
class Socket;
class TlsContext;

struct StreamLimits {
  std::chrono::milliseconds connect{5'000};
  std::chrono::milliseconds handshake{10'000};
  std::chrono::milliseconds drain{5'000};  // how long close() waits for queued bytes to leave
};

// Takes over an accepted socket. `loop` and `handler` must outlive the stream. `tls` null: plain
// TCP. on_open() comes from the loop once the handshake is done.
std::unique_ptr<Stream> accept_stream(Loop& loop, Socket socket,
                                      std::shared_ptr<const TlsContext> tls, StreamHandler& handler,
                                      const StreamLimits& limits = {});

struct DialOptions {
  base::Endpoint remote;
  std::shared_ptr<const TlsContext> tls;  // null: plain TCP
  // Who the peer must prove to be (any of these); the first DNS name is sent as SNI (RFC 6066).
  std::vector<certs::Name> expected;
  std::string server_name;  // SNI when it differs; empty: the first DNS name
  std::optional<base::IpAddress>
      source;  // the local address to dial from; none: the kernel's choice
  StreamLimits limits;
};

// Connects. Failures come as on_closed(): Refused (RST, no route, certificate not accepted; the
// detail names the rule), Timeout, System.
std::unique_ptr<Stream> dial_stream(Loop& loop, const DialOptions& options, StreamHandler& handler);

}  // namespace net
