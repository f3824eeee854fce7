#pragma once
// Two ends of a byte stream in memory, on one loop: what is written to one arrives at the other.
// Each keeps the contract of net/stream.h, so what works over a pair works over a socket. One
// difference: close() is done when the other end was given everything, whether it closes or not,
// and waits for that without a limit.

#include <cstddef>
#include <memory>

#include "base/result.h"
#include "net/stream.h"

namespace net {
class Loop;
}

namespace fakes {

class PairEnd;

enum class Side { Left, Right };

// The pair may die before the streams it made, which then go on without its knobs.
class StreamPair final {
 public:
  // `loop` must outlive the pair and its streams.
  explicit StreamPair(net::Loop& loop);
  ~StreamPair();
  StreamPair(const StreamPair&) = delete;
  StreamPair& operator=(const StreamPair&) = delete;

  // Makes one end, once for each side. on_open() comes from the loop; what the other end writes
  // meanwhile is kept. `handler` must outlive the stream. `info` is what info() says.
  std::unique_ptr<net::Stream> open(Side side, net::StreamHandler& handler,
                                    net::StreamInfo info = {});

  // Knobs; each is about what arrives at `side`.
  // At most `count` new bytes in an on_data(), and one on_data() a turn; 0: all there is.
  void set_chunk(Side side, std::size_t count);
  // Nothing arrives, neither bytes nor the end, until it is let go: a stalled network.
  void hold(Side side, bool held);
  // The connection breaks: both ends drop what is under way and hear on_closed(why).
  void break_with(const base::Error& why);

 private:
  struct Wire;
  friend class PairEnd;

  net::Loop& loop_;
  std::shared_ptr<Wire> wire_;
};

}  // namespace fakes
