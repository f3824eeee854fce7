#pragma once
// The windows of HTTP/2 flow control (RFC 9113 sections 5.2 and 6.9). Pure.

#include <cstdint>
#include <utility>

#include "net/http/h2_frames.h"

namespace net::http {

// What the peer may send us: `size_bytes` without an update, which whoever asks passes in, since it
// is the same for all streams of a connection.
class H2ReceiveWindow final {
 public:
  // Bytes came. False: more than the window allowed.
  bool take(std::uint32_t bytes, std::uint32_t size_bytes) {
    out_ += bytes;
    return out_ <= size_bytes;
  }
  // They were used. Returns by how many bytes to update the window now: 0 until it is worth a
  // frame, which is when half of it has gathered.
  std::uint32_t give_back(std::uint32_t bytes, std::uint32_t size_bytes) {
    used_ += bytes;
    if (used_ == 0 || used_ < size_bytes / 2) return 0;
    out_ -= used_;
    return std::exchange(used_, 0);
  }

 private:
  std::uint32_t out_ = 0;   // came, and the peer has no update for it
  std::uint32_t used_ = 0;  // of these
};

// What we may send the peer. SETTINGS can make it negative (section 6.9.2).
class H2SendWindow final {
 public:
  explicit H2SendWindow(std::uint32_t bytes) : left_(bytes) {}

  // How much may be sent.
  std::uint32_t left() const { return left_ > 0 ? static_cast<std::uint32_t>(left_) : 0; }
  void spend(std::uint32_t bytes) { left_ -= bytes; }
  // The peer moves it. False: beyond what a window may be.
  bool move(std::int64_t by) {
    left_ += by;
    return left_ <= std::int64_t{kMaxWindowBytes};
  }

 private:
  std::int64_t left_;
};

}  // namespace net::http
