#pragma once
// One HTTP/2 connection (RFC 9113) as both roles need it: the nghttp2 session over a Stream, with
// gathered writes, manual flow control, flood limits and liveness. The server (h2_server.h) and the
// client (h2_client.h) each hold one and make exchanges or calls of its streams.
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
#include "net/http/h2_guard.h"
#include "net/loop.h"
#include "net/stream.h"
#include "net/timer.h"

struct nghttp2_session;

namespace net::http {

class H2HeadReader;
class H2Stream;
struct H2Callbacks;  // h2_callbacks.cc: what nghttp2 tells

// Error codes of RFC 9113 section 7, as far as we send or tell them apart.
enum class H2Code : std::uint32_t {
  NoError = 0x0,
  ProtocolError = 0x1,
  InternalError = 0x2,
  RefusedStream = 0x7,
  Cancel = 0x8,
  EnhanceYourCalm = 0xb,
};
// "PROTOCOL_ERROR"; "unknown error" for codes nobody registered.
std::string_view to_string(H2Code code);

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
  const std::vector<H2Stream*>& streams() const { return streams_; }

  // Ends the connection: GOAWAY with `code`, streams told `why`. Not from inside nghttp2.
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
  bool peer_takes_extended_connect() const;
  // Client: sends the request and attaches `stream` to it. False: the connection takes no more.
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
  friend class H2Stream;
  friend struct H2Callbacks;

  // Control frames we hold for a peer that does not read, beyond one for each stream.
  static constexpr std::size_t kMaxPendingFrames = 1000;

  struct FreeSession {
    void operator()(nghttp2_session* session) const noexcept;
  };

  void open_nghttp2();
  void submit_settings();
  void attach(H2Stream& stream, std::int32_t id);
  void forget_stream(H2Stream& stream);
  void mark_ready(H2Stream& stream);  // has callbacks to make
  void wake() { loop_.flush_later(*this); }
  void spend(std::uint32_t cost);
  void check_liveness();

  void on_open() override {}
  std::size_t on_data(std::string_view data) override;
  void on_end() override;
  void on_drained() override;
  void on_closed(const base::Error& why) override;
  void flush() override;

  void on_input_refused(int error);
  bool run_ready();
  bool pump();
  void throttle();
  void close_when_done();
  void fail_streams(const base::Error& why);
  void report_when_empty();
  void enter(State next);  // the only writer of state_

  Loop& loop_;
  H2Role& role_;
  const Side side_;
  State state_ = State::Open;
  const H2Limits limits_;
  std::unique_ptr<Stream> stream_;
  std::unique_ptr<nghttp2_session, FreeSession> session_;
  std::unique_ptr<H2HeadReader> reader_;  // of the one field block that may be open
  H2Guard guard_;
  bool flooded_ = false;
  bool settings_seen_ = false;
  bool throttled_ = false;  // the transport's reading is paused
  bool reported_ = false;   // on_session_closed() was called
  bool heard_ = true;       // bytes came since the last look
  int silent_count_ = 0;
  std::uint64_t bytes_written_ = 0;
  std::optional<base::Error> failure_;
  std::vector<H2Stream*> streams_;
  std::vector<H2Stream*> ready_;
  H2Stream* running_ = nullptr;  // whose callback is on the stack; null once it died there
  std::unique_ptr<Timer> liveness_;
};

}  // namespace net::http
