#pragma once
// One HTTP/2 connection (RFC 9113) as both roles need it, over a Stream: gathered writes, flow
// control that follows who takes the bytes, flood limits and liveness. The server (h2_server.cc)
// and the client (h2_client.cc) each hold one and make exchanges or calls of its streams.
// H2Receiver reads frames, H2Sender makes them; here is what a connection and its streams live
// through. While no stream is open, next to nothing but the HPACK tables is on the heap.
//
//   Open --> Noticed --> Draining --> Closing --> Closed
//   (GOAWAY announced, then final; Closing: the stream sends what is queued.
//    A failure leads from any state to Closing, a lost stream to Closed)

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "net/http/connection.h"
#include "net/http/h2_frames.h"
#include "net/http/h2_guard.h"
#include "net/http/h2_receiver.h"
#include "net/http/h2_sender.h"
#include "net/http/h2_stream_table.h"
#include "net/http/h2_window.h"
#include "net/loop.h"
#include "net/stream.h"
#include "net/timer.h"

namespace net::http {

class H2Stream;

// What a session tells its role; from the loop, like every callback.
class H2Role {
 public:
  // A request begins (server only): the stream that takes it, not yet attached.
  virtual H2Stream& on_request_begins() = 0;
  virtual void on_settings() = 0;                              // the peer's SETTINGS came
  virtual void on_session_closed(const base::Error& why) = 0;  // once, and last

 protected:
  ~H2Role() = default;
};

class H2Session final : private StreamHandler, private Flushable {
 public:
  using Time = std::chrono::steady_clock::time_point;
  enum class Side { Server, Client };
  enum class State { Open, Noticed, Draining, Closing, Closed };

  // `loop` and `role` must outlive the session; `stream` is open. SETTINGS leave with the turn.
  H2Session(Loop& loop, std::unique_ptr<Stream> stream, Side side, const H2Limits& limits,
            H2Role& role);
  ~H2Session();  // leaves its streams, calls nobody
  H2Session(const H2Session&) = delete;
  H2Session& operator=(const H2Session&) = delete;

  Loop& loop() { return loop_; }
  Side side() const { return side_; }
  State state() const { return state_; }
  const Stream& transport() const { return *stream_; }
  const H2Limits& limits() const { return limits_; }
  const H2StreamTable& streams() const { return streams_; }

  // Ends the connection: GOAWAY with `code`, streams told `why` before it returns. Not from inside
  // a callback of a stream.
  void fail(H2Code code, base::Error why);
  // The transport does not move any more: drops what is queued.
  void abort(base::Error why);
  // No new streams; closes when the last is over. A server announces it first (section 6.8).
  void drain();
  // Second half of a server's drain(), when the client had its time to learn of it.
  void drain_finally();

  // Client: whether a request may be sent now.
  bool may_request() const;
  bool settings_seen() const { return settings_seen_; }
  bool peer_takes_extended_connect() const { return sender_.extended_connect(); }
  // Client: sends the request and attaches `stream` to it. False: the head is too large.
  bool send_request(H2Stream& stream, const RequestHead& head);
  // Server: final and interim (100) responses.
  void send_response(H2Stream& stream, const ResponseHead& head, bool body);
  void send_continue(H2Stream& stream);

  // An exchange came to its good end, which excuses some frames around it.
  void earn_exchange() { guard_.earn(H2Guard::kExchangeCredit); }
  // Bytes of output the transport took so far; it stands still when the peer does not read.
  std::uint64_t bytes_sent() const;
  std::size_t bytes_waiting() const { return stream_->queued_bytes(); }

 private:
  // What counts as progress of all streams: bytes by the piece would keep them for ever.
  static constexpr std::size_t kStepBytes = 4096;

  friend class H2Stream;
  friend class H2Receiver;
  friend class H2Sender;

  // For H2Receiver.
  void attach(H2Stream& stream, std::uint32_t id);
  H2Stream* find_open(std::uint32_t id) const;
  void spend(std::uint32_t cost);  // may set flooded_
  void refuse(std::uint32_t id);   // a request beyond the limit of streams
  void on_ping_answered();
  void on_goaway(std::uint32_t last_stream, H2Code code);
  // A stream whose both sides ended is closed; one that is gone already is none.
  void close_if_ended(std::uint32_t id);
  void close(H2Stream& stream, H2Code code);

  // For H2Sender.
  void on_data_sent(std::size_t bytes);
  void on_end_sent(H2Stream& stream);

  // For H2Stream.
  void offer(H2Stream& stream);       // it may have something to send
  void mark_ready(H2Stream& stream);  // has callbacks to make
  void reset(H2Stream& stream, H2Code code);
  void shut(H2Stream& stream);  // nothing of it is on the wire any more
  void forget_stream(H2Stream& stream);
  // Bytes that came were used: of a stream's body, or of nobody's.
  void give_back(H2Stream& stream, std::size_t bytes);
  void give_back(std::size_t bytes);
  std::uint32_t stream_window_bytes() const;
  std::uint32_t connection_window_bytes() const;

  void wake() { loop_.flush_later(*this); }
  void check_liveness();

  void on_open() override {}
  std::size_t on_data(std::string_view data) override;
  void on_end() override;
  void on_drained() override;
  void on_closed(const base::Error& why) override;
  void flush() override;

  void on_input_refused(const H2Error& error);
  bool run_ready();
  void throttle();
  void close_when_done();
  void release();
  void fail_streams(const base::Error& why);
  void report_when_empty();
  void enter(State next);  // the only writer of state_

  Loop& loop_;
  H2Role& role_;
  const Side side_;
  State state_ = State::Open;
  const H2Limits limits_;
  std::unique_ptr<Stream> stream_;
  H2Sender sender_;
  H2Receiver receiver_;
  H2Guard guard_;
  bool flooded_ = false;
  bool settings_seen_ = false;
  bool settings_acked_ = false;
  bool peer_leaves_ = false;  // its GOAWAY came
  bool throttled_ = false;    // the transport's reading is paused
  bool reported_ = false;     // on_session_closed() was called
  bool heard_ = true;         // bytes came since the last look
  int silent_count_ = 0;
  std::optional<base::Error> failure_;
  H2ReceiveWindow window_;
  H2StreamTable streams_;         // attached, whether or not they are open
  std::size_t open_count_ = 0;    // of these
  std::uint32_t last_taken_ = 0;  // server: the last request that became a stream
  std::uint32_t next_id_ = 1;     // client
  std::vector<H2Stream*> ready_;
  H2Stream* running_ = nullptr;  // whose callback is on the stack; null once it died there
  Time moved_{};  // when kStepBytes of DATA last went to the transport, or that drained
  std::size_t step_bytes_ = 0;  // of DATA since then
  std::unique_ptr<Timer> liveness_;
};

}  // namespace net::http
