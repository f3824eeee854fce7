#pragma once
// The sending half of an H2Session: the frames that wait for the transport, the peer's settings as
// far as they bind us, and whose turn it is to send DATA. Frames of the connection and heads wait
// in the order they were made, DATA is only made when the transport has room for it; so what can
// pile up is few bytes for each stream and each frame that we answer.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/http/connection.h"
#include "net/http/h2_frames.h"
#include "net/http/h2_window.h"
#include "net/http/hpack.h"
#include "net/stream.h"

namespace net::http {

class H2Session;
class H2Stream;

class H2Sender final {
 public:
  // Answers we hold for a peer that does not read, beyond one frame for each stream.
  static constexpr std::size_t kMaxPendingFrames = 1000;

  // `session` owns this. `table_bytes`: what our encoder may keep.
  H2Sender(H2Session& session, std::uint32_t table_bytes)
      : session_(session), encoder_(table_bytes) {}

  // The connection preface of our side: SETTINGS, and the window of the connection.
  void greet(bool client, const H2Limits& limits);
  void ack_settings();
  void ping();
  void ack_ping(std::string_view payload);
  void goaway(std::uint32_t last_stream, H2Code code);
  void rst_stream(std::uint32_t stream, H2Code code);
  void window_update(std::uint32_t stream, std::uint32_t bytes);
  void request(std::uint32_t stream, const RequestHead& head, bool end_stream);
  void response(std::uint32_t stream, const ResponseHead& head, bool end_stream);
  void continue_100(std::uint32_t stream);

  // What the peer allows us.
  std::uint32_t max_streams() const { return max_streams_; }
  std::uint32_t stream_window_bytes() const { return stream_window_bytes_; }
  bool extended_connect() const { return extended_connect_; }
  // The peer's SETTINGS came: apply() follows for each of them. `first`: the first ones.
  void begin_settings(bool first);
  std::optional<H2Error> apply(const Setting& setting);
  std::optional<H2Error> widen(std::uint32_t bytes);  // WINDOW_UPDATE of the connection

  // `stream` may have something to send: DATA, or the news that its head was also its end.
  void offer(H2Stream& stream);
  void forget(H2Stream& stream);
  // Moves frames to the transport until that holds enough; returns whether there were any. Streams
  // whose last byte left are closed here.
  bool pump(Stream& transport);
  // Moves what waits, DATA excepted, whatever the transport holds already.
  void write_out(Stream& transport);
  // Nothing is under way: gives the memory of what was sent back.
  void release() {
    if (out_.empty()) std::string().swap(out_);
    if (ring_.empty()) std::vector<H2Stream*>().swap(ring_);
  }

  bool empty() const { return out_.empty() && ring_.empty(); }
  std::size_t pending_frames() const { return pending_frames_; }
  bool owes_too_many_acks() const { return pending_acks_ > kMaxPendingFrames; }
  std::uint64_t bytes_written() const { return bytes_written_; }

 private:
  enum class Step { Sent, Over, Stuck };

  // Before the peer's SETTINGS came (RFC 9113 section 6.5.2 recommends at least as many).
  static constexpr std::uint32_t kFirstMaxStreams = 100;
  // Payloads above this go to the transport without being gathered first.
  static constexpr std::size_t kGatheredBytes = 4096;

  template <typename Write>
  void headers(std::uint32_t stream, bool end_stream, Write write);
  std::optional<H2Error> resize_stream_windows(std::uint32_t bytes);
  Step send_data(H2Stream& stream, Stream& transport);

  H2Session& session_;
  HpackEncoder encoder_;
  std::string out_;
  std::size_t pending_frames_ = 0;  // in out_
  std::size_t pending_acks_ = 0;    // of these
  std::uint64_t bytes_written_ = 0;
  H2SendWindow window_{kFirstWindowBytes};
  std::uint32_t max_streams_ = kFirstMaxStreams;
  std::uint32_t stream_window_bytes_ = kFirstWindowBytes;
  bool extended_connect_ = false;
  std::vector<H2Stream*> ring_;  // those that may send; each one frame a round
  std::size_t turn_ = 0;         // who is next
};

}  // namespace net::http
