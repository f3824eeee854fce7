#pragma once
// The receiving half of an H2Session: reads frames out of what the transport offers and makes
// events of the session's streams of them. A frame is taken when it is whole, up to then the
// transport keeps it; only DATA is passed on as it comes, and a field block in several frames is
// gathered. Every frame without use is charged to the session's H2Guard.
//
//   Preface --> Head --> Payload --> Head                    (whole frames)
//               Head --> PadLength --> Body --> Pad --> Head  (DATA, piece by piece; the first and
//                                                             the last of them when it is padded)

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "net/http/h2_frames.h"
#include "net/http/hpack.h"

namespace net::http {

class H2HeadReader;
class H2Session;
class H2Stream;

class H2Receiver final {
 public:
  // RFC 9113 wants no limit; a head of 32 KiB needs two.
  static constexpr std::uint32_t kMaxContinuations = 4;
  static constexpr std::size_t kMaxSettings = 32;  // in a frame; there are seven kinds

  // `session` owns this. `table_bytes`: what our decoder offers to keep.
  H2Receiver(H2Session& session, bool server, std::uint32_t table_bytes);

  // Takes what it can of `data` and leaves the rest there, to be offered again with what follows.
  // An error ends the connection.
  std::optional<H2Error> receive(std::string_view& data);

  // Our final GOAWAY named `last`: requests beyond it are not taken.
  void refuse_after(std::uint32_t last) { last_wanted_ = last; }

 private:
  enum class State : std::uint8_t { Preface, Head, Payload, PadLength, Body, Pad };
  using Outcome = std::optional<H2Error>;

  // Each takes the next piece; false: there is not enough of it yet.
  bool step(std::string_view& data, Outcome& outcome);
  bool read_preface(std::string_view& data, Outcome& outcome);
  bool read_head(std::string_view& data, Outcome& outcome);
  bool read_payload(std::string_view& data, Outcome& outcome);
  bool read_pad_length(std::string_view& data, Outcome& outcome);
  bool read_body(std::string_view& data);
  bool read_pad(std::string_view& data);

  Outcome begin_frame();
  Outcome judge_order();
  bool is_idle(std::uint32_t stream) const;
  void charge();
  Outcome begin_data();
  void pass_on(std::string_view piece);
  void give_back(std::uint32_t bytes);
  void end_data();

  Outcome begin_headers();
  Outcome begin_request();
  Outcome on_payload(std::string_view payload);
  Outcome on_block_part(std::string_view part);
  Outcome on_block(std::string_view block);
  void on_head(H2Stream& stream, H2HeadReader& reader);
  Outcome on_settings(std::string_view payload);
  Outcome on_ping(std::string_view payload);
  Outcome on_window_update(std::uint32_t bytes);
  void on_rst_stream(H2Code code);

  H2Session& session_;
  const bool server_;
  State state_;
  bool first_ = true;          // no frame came so far: it must be SETTINGS
  bool block_open_ = false;    // HEADERS without END_HEADERS came
  bool block_ends_ = false;    // it had END_STREAM
  FrameHead head_;             // of the frame that is being read
  std::uint32_t left_ = 0;     // Body, Pad: bytes to come
  std::uint32_t padding_ = 0;  // Body: of the bytes after these
  std::uint32_t block_stream_ = 0;
  std::uint32_t continuations_ = 0;
  std::uint32_t last_seen_ = 0;  // server: the highest stream the client used
  std::uint32_t last_wanted_ = kMaxStreamId;
  std::string block_;  // what came of a block in several frames
  HpackDecoder decoder_;
};

}  // namespace net::http
