#pragma once
// The inside of serve_h1() (connection.h): one connection of a client, one exchange at a time
// (RFC 9112 section 9). What a client sends ahead waits in its stream until its turn comes.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "net/http/connection.h"
#include "net/http/h1_body.h"
#include "net/http/h1_head.h"
#include "net/http/h1_writer.h"
#include "net/loop.h"
#include "net/timer.h"

namespace net::http {

// The rest of a request that is read and dropped once its answer is complete, so that the
// connection can be kept; for more than this a new connection is cheaper.
inline constexpr std::size_t kMaxDrainBytes = 64 * 1024;
inline constexpr std::chrono::milliseconds kDrainTime{2'000};

class H1ServerConnection;

class H1Exchange final : public Exchange {
 public:
  // `connection` must outlive the exchange, or at least every call made to it before end().
  H1Exchange(H1ServerConnection& connection, H1Request&& request);

  const RequestHead& request() const override { return request_.head; }
  const Peer& peer() const override;
  void attach(std::unique_ptr<Job> job) override;
  void respond(ResponseHead head) override;
  bool responded() const override { return state_ != State::Open; }

  void write(std::string_view data) override;
  void finish() override;
  void reset(const base::Error& why) override;
  std::size_t queued_bytes() const override;
  void pause() override;
  void resume() override;

  // The rest is for the connection, from the loop.

  // handle() has returned: a client that waits for permission to send its body gets it.
  void on_handled();
  // Gives the job what `data` holds of the body, and its end. Returns the bytes taken.
  base::Result<std::size_t> read_body(std::string_view data);
  void on_drained();
  // Over before both bodies were complete: the job is told, unless it gave up itself.
  void fail(const base::Error& why);
  // From now on no call has any effect.
  void end() { state_ = State::Over; }

  bool wants_body() const { return !body_.done() && !paused_; }
  bool body_done() const { return body_.done(); }
  bool finished() const { return state_ == State::Finished; }
  bool keep_alive() const { return keep_alive_; }
  // With the answer complete: whether to wait for the rest of the request.
  bool may_drain() const;

 private:
  //   Open --respond()--> Responding --finish()--> Finished
  //   (both bodies complete, a reset or a failure lead to Over)
  enum class State { Open, Responding, Finished, Over };

  H1Framing choose_framing(const ResponseHead& head) const;
  bool may_keep_alive() const;

  H1ServerConnection& connection_;
  H1Request request_;
  std::unique_ptr<Job> job_;
  H1BodyReader body_;
  State state_ = State::Open;
  H1Framing framing_ = H1Framing::None;
  std::uint64_t response_left_ = 0;  // of a declared length
  std::uint64_t received_ = 0;       // bytes of the request's body
  std::size_t drained_ = 0;          // of those, after the answer was complete
  bool has_body_ = true;             // the response may carry one
  bool keep_alive_ = true;
  bool paused_ = false;
  bool continue_due_;  // the client waits for 100
  bool end_told_ = false;
};

class H1ServerConnection final : public ServerConnection, private StreamHandler, private Flushable {
 public:
  H1ServerConnection(Loop& loop, std::unique_ptr<Stream> stream, Peer peer, Handler& handler,
                     const ServerLimits& limits, ClosedCallback closed);
  ~H1ServerConnection() override;
  H1ServerConnection(const H1ServerConnection&) = delete;
  H1ServerConnection& operator=(const H1ServerConnection&) = delete;

  void drain() override;
  std::size_t active_exchanges() const override { return exchange_ ? 1 : 0; }

  // For the exchange.
  const Peer& peer() const { return peer_; }
  void send(std::string_view data);
  std::size_t queued_bytes() const;
  void abort(const base::Error& why);
  void retire(std::unique_ptr<Job> job) { loop_.retire(std::move(job)); }
  void settle_later() { loop_.flush_later(*this); }
  void update_reading();
  bool may_go_on() const;  // whether another request may follow this one

 private:
  //   Idle --first byte--> Head --its last--> Busy --both bodies complete--> Idle
  //                                            |
  //                                            +--no keep-alive--> Flushing --> Closing
  //   (a refusal and a failure lead from any state to Closing, where only on_closed() follows)
  enum class State { Idle, Head, Busy, Flushing, Closing };

  void on_open() override {}
  std::size_t on_data(std::string_view data) override;
  void on_end() override;
  void on_drained() override;
  void on_closed(const base::Error& why) override;
  void flush() override;  // what an exchange asked for from outside of a callback

  void enter(State next);
  void on_timer();
  bool is_far_ahead() const;  // of the client's reading: no request is begun meanwhile
  void on_idle_timer();
  void on_busy_timer();
  std::size_t step(std::string_view data);
  std::size_t read_head(std::string_view data);
  std::size_t read_body(std::string_view data);
  void begin_exchange();
  void settle();
  void end_exchange();
  void fail_exchange(const base::Error& why);
  void refuse(int status, const base::Error* why = nullptr);
  void close_when_sent();

  Loop& loop_;
  std::unique_ptr<Stream> stream_;
  Peer peer_;
  Handler& handler_;
  const ServerLimits limits_;
  ClosedCallback closed_;
  std::unique_ptr<H1RequestParser> parser_;  // in Head only: an idle connection stays small
  std::unique_ptr<H1Exchange> exchange_;     // in Busy only
  Timer timer_;
  std::size_t requests_ = 0;
  std::uint64_t read_ = 0;                // bytes of request bodies
  std::uint64_t written_ = 0;             // bytes given to the stream
  std::uint64_t progress_ = 0;            // what had moved when the timer rang last
  std::chrono::milliseconds stalled_{0};  // in Flushing
  State state_ = State::Idle;
  bool reading_ = true;
  bool input_waits_ = false;  // the next request is there already
  bool input_ended_ = false;
  bool draining_ = false;
};

}  // namespace net::http
