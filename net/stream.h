#pragma once
// A byte stream on one Loop: TCP, TLS over TCP, or the in-memory pair of tests/fakes.
//
// Lifetime: a Stream has one owner. It calls its handler only from the Loop, never from inside a
// call made to it, and never after on_closed() or ~Stream().

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/address.h"
#include "base/result.h"
#include "certs/identity.h"

namespace net {

class StreamHandler {
 public:
  virtual void on_open() = 0;  // connected, and the TLS handshake is done and judged
  // Takes a prefix of `data` and returns its length. The rest is offered again together with what
  // arrives next, or at once after resume_reading(). A stream reads no further while 64 KiB wait to
  // be taken, so a handler that needs more at once never gets it.
  virtual std::size_t on_data(std::string_view data) = 0;
  // The peer sent its last byte (FIN or close_notify) and all data was offered; what the handler
  // left of it is a message cut off. The stream can still be written to; a handler with nothing to
  // say calls close(). Over TLS a FIN without close_notify is no end but a loss: on_closed(Closed).
  virtual void on_end() = 0;
  virtual void
  on_drained() = 0;  // queued_bytes() fell below kLowWater after having been above kHighWater
  // Once, and last. Here the owner gives the Stream to Loop::retire().
  virtual void on_closed(const base::Error& why) = 0;

 protected:
  ~StreamHandler() = default;  // a handler is never deleted through this type
};

// What is known of the connection. `peer` and what follows are set from on_open() on.
struct StreamInfo {
  base::Endpoint local;
  base::Endpoint remote;
  std::shared_ptr<const certs::Identity> peer;  // null if none was asked for
  std::string alpn;                             // "h2", "http/1.1"; empty when none was agreed
  std::string_view tls_version;  // "TLSv1.3", a text of OpenSSL's; empty over plain TCP
  std::string_view cipher;       // likewise
  bool resumed = false;          // the TLS session was a resumed one
};

class Stream {
 public:
  static constexpr std::size_t kHighWater = 256 * 1024;  // pause the source above this
  static constexpr std::size_t kLowWater = 64 * 1024;

  virtual ~Stream() = default;  // drops what is queued, closes, calls nobody
  virtual const StreamInfo& info() const = 0;
  // From now on `handler` is called instead: once on_open() told which protocol was agreed, the
  // stream is handed to that protocol's connection. Bytes not taken yet are offered to it, from the
  // loop. `handler` must outlive the stream.
  virtual void set_handler(StreamHandler& handler) = 0;
  // Copies into the queue, never blocks; sent at the end of the loop's turn. No effect once closed.
  virtual void write(std::string_view data) = 0;
  virtual std::size_t queued_bytes() const = 0;
  // While paused no on_data() comes and TCP holds the peer back.
  virtual void pause_reading() = 0;
  virtual void resume_reading() = 0;
  // Sends what is queued, as long as some of it leaves every 5 s and for a minute at most, then
  // on_closed(); again: no effect. No on_data() after it.
  virtual void close() = 0;
  // Drops what is queued and closes at once; on_closed() still comes, from the loop.
  virtual void abort(base::Error why) = 0;
};

}  // namespace net
