#pragma once
// A Stream over a TCP socket, with TLS on top where a TlsContext is given.
//
//   Connecting --> Handshaking --> Open --> Draining --> Closed
//   (accepted streams start at Handshaking, plain TCP skips it; start_tls() leads from Open back to
//    it. A failure or a timeout leads from any state to Closed)

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
  std::chrono::milliseconds drain{5'000};  // how long close() waits while no queued byte leaves
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
      source;      // the local address to dial from; none: the kernel's choice
  int window = 0;  // bytes the peer may send ahead of what is read; 0: the kernel's choice
  StreamLimits limits;
};

// Connects. Failures come as on_closed(): Refused (RST, no route, certificate not accepted; the
// detail names the rule), Timeout, System.
std::unique_ptr<Stream> dial_stream(Loop& loop, const DialOptions& options, StreamHandler& handler);

// How a plain stream goes on in TLS.
struct TlsStart {
  std::shared_ptr<const TlsContext> tls;  // of a server for an accepted stream, else of a client
  // For who dialled, as in DialOptions; `expected` is never empty then.
  std::vector<certs::Name> expected;
  std::string server_name;
};

// A stream over plain TCP that may turn to TLS later (STARTTLS, RFC 6120 section 5).
class PlainStream : public Stream {
 public:
  // Legal once, between on_open() and close(). What was written so far leaves in plain; nothing
  // more is read as plain: what on_data() does not take of the bytes it is given just now, or left
  // before, is the beginning of the peer's handshake. Whoever must not have plain bytes pass for
  // TLS or TLS bytes for plain takes and judges all there is before. Then on_open() comes once
  // more, with the info() of TLS, or on_closed(); nothing is written until then. Both steps, the
  // plain bytes and the handshake, have StreamLimits::handshake each.
  virtual void start_tls(TlsStart start) = 0;
};

// As accept_stream() and dial_stream() without TLS (`options.tls` is null).
std::unique_ptr<PlainStream> accept_plain(Loop& loop, Socket socket, StreamHandler& handler,
                                          const StreamLimits& limits = {});
std::unique_ptr<PlainStream> dial_plain(Loop& loop, const DialOptions& options,
                                        StreamHandler& handler);

}  // namespace net
