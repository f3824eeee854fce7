#pragma once
// The class behind accept_stream() and dial_stream(); nobody else includes this.
//
//   Connecting --> Handshaking --> Open --> Draining --> Lingering --> Closed
//                       ^           |
//                       +-Upgrading-+
//   (accepted streams start at Handshaking, plain TCP passes it at once;
//    a failure, a timeout or abort() leads from any state to Closed)
//
// Upgrading: start_tls() was called, what was written in plain leaves, nothing is read.
// Draining: close() was called, the queue leaves. Lingering: all was sent and so was our FIN; what
// the peer still sends is thrown away until its FIN comes. Closing with bytes unread would send a
// reset instead, and that may destroy the answer on its way to the peer (RFC 9112 section 9.6).

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "net/byte_queue.h"
#include "net/loop.h"
#include "net/socket.h"
#include "net/socket_stream.h"
#include "net/timer.h"
#include "net/tls_layer.h"

struct event;

namespace net {

class SocketStream final : public PlainStream, private Flushable {
 public:
  SocketStream(Loop& loop, StreamHandler& handler, const StreamLimits& limits);
  ~SocketStream() override;

  // Exactly one of these, right after construction.
  void start_accepted(Socket socket, std::shared_ptr<const TlsContext> tls);
  void start_dial(const DialOptions& options);

  const StreamInfo& info() const override { return info_; }
  void set_handler(StreamHandler& handler) override;
  void write(std::string_view data) override;
  std::size_t queued_bytes() const override;
  void pause_reading() override;
  void resume_reading() override;
  void close() override;
  void abort(base::Error why) override;
  void start_tls(TlsStart start) override;

 private:
  enum class State { Connecting, Handshaking, Open, Upgrading, Draining, Lingering, Closed };
  // How far the peer's bytes have come: Ended: the last one was read, Reported: on_end() was
  // called.
  enum class Input { Flowing, Ended, Reported };
  enum class Sent { All, SocketFull, Failed };
  struct FreeEvent {
    void operator()(event* e) const noexcept;
  };

  // What the handler holds back is offered again with more behind it, but no more than this is read
  // ahead of it; with the read in flight a stream keeps less than twice as much.
  static constexpr std::size_t kMaxHeld = 64 * 1024;
  // Reads of up to Loop::kReadBufferBytes in one turn, so that one peer cannot keep the loop; each
  // round of flushes may add one, of what no event announces.
  static constexpr int kReadsPerTurn = 4;
  // How often close() waits once more, since the peer reads, if slowly.
  static constexpr std::uint8_t kMaxDrainWaits = 11;
  // Plain bytes sealed before the socket is tried: what waits does so unsealed, and only once.
  static constexpr std::size_t kSealBytes = 64 * 1024;

  // socket_stream.cc: from birth to end.
  void enter(State next);
  void watch();
  void on_readable();
  void on_writable();
  void on_connected();
  void upgrade();
  void shake_hands();
  void on_established();
  void on_limit();
  void start_limit(std::chrono::milliseconds limit);
  void fail(base::Error why);
  void finish_output();
  void flush() override;

  // socket_stream_io.cc: bytes.
  bool wants_input() const;
  bool keeps_input() const { return state_ == State::Open || state_ == State::Upgrading; }
  void read_input(int reads = kReadsPerTurn);
  TlsLayer::Status read_some(std::size_t& count);
  void deliver(std::string_view data);
  void offer_held();
  void read_on();
  void end_input();
  void discard_input();
  Sent send_output();
  Sent send_from(ByteQueue& bytes);
  void settle_output();
  void update_events();
  void wait_until_writable();

  Loop& loop_;
  StreamHandler* handler_;
  const StreamLimits limits_;
  StreamInfo info_;
  Socket socket_;
  std::unique_ptr<TlsLayer> tls_;
  std::unique_ptr<DialOptions> dial_;    // until connected
  std::unique_ptr<TlsStart> tls_start_;  // while Upgrading
  std::unique_ptr<event, FreeEvent> readable_;
  std::unique_ptr<event, FreeEvent> writable_;  // while it is waited for: an idle stream has none
  std::unique_ptr<Timer> limit_;                // of the state, where it has one
  ByteQueue queue_;                             // written, not yet sealed or sent
  ByteQueue held_;                              // offered to the handler and not taken
  base::Error failure_{base::Errc::Closed, {}};
  State state_ = State::Handshaking;
  Input input_ = Input::Flowing;
  bool paused_ = false;
  bool above_high_water_ = false;  // on_drained() is owed
  bool read_on_due_ = false;       // input waits for flush(), not for the socket
  std::uint8_t drain_waits_ = 0;   // of Draining, as is the next
  std::size_t undrained_ = 0;      // what was queued when the last began
};

}  // namespace net
