#pragma once
// One HTTP/2 stream: the body that leaves with its queue, the body that comes with its brake, and
// the order of callbacks. An exchange (server) or a call (client) holds one and judges the heads.
//
//   sending:    Head --> Body --> Ending --> Done
//   receiving:  Head --> Body --> Ended (END_STREAM came) --> Done (on_end() was called)

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/byte_queue.h"
#include "net/http/exchange.h"
#include "net/http/h2_session.h"
#include "net/http/h2_window.h"

namespace net::http {

// Whoever holds a stream. Each of these may destroy the stream or reset it.
class H2StreamOwner {
 public:
  // A head is complete (not trailers).
  virtual void on_head(H2HeadReader& head, bool end_stream) = 0;
  // Who gets the body; null: it is dropped.
  virtual FlowListener* listener() = 0;
  // The stream is over; null: both bodies were complete. Last.
  virtual void on_over(const base::Error* why) = 0;

 protected:
  ~H2StreamOwner() = default;
};

class H2Stream final {
 public:
  using Time = H2Session::Time;
  enum class Sending : std::uint8_t { Head, Body, Ending, Done };
  enum class Receiving : std::uint8_t { Head, Body, Ended, Done };

  explicit H2Stream(H2StreamOwner& owner) : owner_(owner) {}
  ~H2Stream();  // resets what is not over (CANCEL), calls nobody
  H2Stream(const H2Stream&) = delete;
  H2Stream& operator=(const H2Stream&) = delete;

  // Flow, as exchange.h says.
  void write(std::string_view data);
  void finish();
  void pause() { paused_ = true; }
  void resume();
  std::size_t queued_bytes() const { return queue_.size(); }

  // The owner has judged the head: `length` bytes of body are to come (none: unknown).
  void expect_body(std::optional<std::uint64_t> length);
  // The owner is about to send its head with a body of `length` bytes; `body` false: none at all.
  void begin_sending(bool body, std::optional<std::uint64_t> length);

  // Tells the peer `code` and nothing more comes of this stream, not even on_over().
  void leave(H2Code code);
  // As leave(), but on_over(why) comes, from the loop.
  void fail(H2Code code, base::Error why);

  bool attached() const { return session_ != nullptr; }
  Sending sending() const { return sending_; }
  Receiving receiving() const { return receiving_; }
  // Since when the peer keeps us waiting, for body bytes or for room to send; none: it does not, or
  // only by what it reads of the connection, which is that one's to judge. While its own window is
  // open a stream waits no longer than all of them do. A tunnel (extended CONNECT) may be silent
  // for as long as it likes.
  std::optional<Time> waiting_since() const;
  void mark_tunnel() { tunnel_ = true; }

 private:
  friend class H2Session;
  friend class H2Receiver;
  friend class H2Sender;

  static constexpr std::uint32_t kNowhere = UINT32_MAX;

  // From the session, on the loop.
  void receive(std::string_view data);
  void receive_end();
  void on_sent(std::size_t count, bool last);  // the first `count` queued bytes left
  void on_closed(H2Code code);  // by RST_STREAM or GOAWAY, or NO_ERROR since both sides ended
  bool has_response() const;    // a call has what it wanted, whatever becomes of its own body
  void complete();              // on_over(null) comes once the body that came is taken
  void over(base::Error why);   // on_over(why) comes with the next run()
  void run();                   // makes the callbacks that are due

  bool alive(const H2Session& session) const { return session.running_ == this; }
  void release_held();
  void detach();

  H2StreamOwner& owner_;
  H2Session* session_ = nullptr;  // null before it is attached and after it is over
  std::uint32_t id_ = 0;
  std::uint32_t ring_slot_ = kNowhere;  // where H2Sender::ring_ has it
  Sending sending_ = Sending::Head;
  Receiving receiving_ = Receiving::Head;
  bool open_ = false;        // on the wire: frames may come and go
  bool peer_ended_ = false;  // END_STREAM came
  bool paused_ = false;
  bool above_high_ = false;  // on_drained() is owed
  bool ready_ = false;       // in H2Session::ready_
  bool tunnel_ = false;
  bool over_ = false;
  std::optional<base::Error> error_;
  ByteQueue queue_;  // to be sent
  H2SendWindow send_window_{0};
  H2ReceiveWindow receive_window_;
  std::optional<std::uint64_t> left_to_send_;
  std::optional<std::uint64_t> left_to_come_;
  std::string held_;  // came while paused; withheld from the windows
  Time progress_{};
};

}  // namespace net::http
