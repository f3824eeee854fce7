#pragma once
// The transport of an HTTP/2 connection whose peer is the fuzzer: what it is given is offered until
// it is taken, and what we write must be frames that RFC 9113 allows.

#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "net/http/h2_frames.h"
#include "net/loop.h"
#include "net/stream.h"

namespace h2_fuzz {

inline void require(bool holds) {
  if (!holds) std::abort();
}

// What outlives the stream, which its connection owns.
struct Wire {
  net::StreamHandler* handler = nullptr;  // null again before it dies
  std::string offered;                    // and not taken
  std::string written;                    // the begin of a frame
  bool client = false;                    // the preface comes before our frames
  bool paused = false;
  bool closed = false;

  // Whatever comes, no more than one frame waits for its rest.
  void feed(std::string_view bytes) {
    offered += bytes;
    if (paused || closed) return;
    const std::size_t taken = handler->on_data(offered);
    require(taken <= offered.size());
    offered.erase(0, taken);
    require(closed || offered.size() < net::http::kFrameHeadBytes + net::http::kFrameBytes);
  }

  void check(std::string_view bytes) {
    using namespace net::http;
    written += bytes;
    if (client) {
      if (written.size() < kH2Preface.size()) return;
      require(written.starts_with(kH2Preface));
      written.erase(0, kH2Preface.size());
      client = false;
    }
    std::string_view left = written;
    while (left.size() >= kFrameHeadBytes) {
      const FrameHead head = decode_frame_head(left);
      require(!check_frame_head(head));
      if (left.size() < kFrameHeadBytes + head.length) break;
      left.remove_prefix(kFrameHeadBytes + head.length);
    }
    written.erase(0, written.size() - left.size());
  }
};

class Stream final : public net::Stream {
 public:
  Stream(net::Loop& loop, std::shared_ptr<Wire> wire) : loop_(loop), wire_(std::move(wire)) {}
  const net::StreamInfo& info() const override { return info_; }
  void set_handler(net::StreamHandler& handler) override { wire_->handler = &handler; }
  void write(std::string_view data) override { wire_->check(data); }
  std::size_t queued_bytes() const override { return 0; }
  void pause_reading() override { wire_->paused = true; }
  void resume_reading() override { wire_->paused = false; }
  void close() override { end({base::Errc::Closed, "closed here"}); }
  void abort(base::Error why) override { end(std::move(why)); }

 private:
  void end(base::Error why) {
    if (std::exchange(wire_->closed, true)) return;
    loop_.post([wire = wire_, why] {
      if (wire->handler) wire->handler->on_closed(why);
    });
  }
  net::Loop& loop_;
  std::shared_ptr<Wire> wire_;
  net::StreamInfo info_;
};

inline void turn(net::Loop& loop) {
  loop.post([] {});
  loop.turn();
}

// Gives `bytes` to the connection over `wire`, seven at a time if `slowly`.
inline void feed(net::Loop& loop, Wire& wire, std::string_view bytes, bool slowly) {
  const std::size_t step = slowly ? 7 : bytes.size();
  for (std::size_t at = 0; at < bytes.size() && !wire.closed; at += step) {
    wire.feed(bytes.substr(at, step));
    turn(loop);
  }
  for (int i = 0; i < 3; ++i)
    turn(loop);
}

}  // namespace h2_fuzz
