#pragma once
// Gives back to the system what a burst of clients left in the heap. A TLS handshake needs some
// 40 KiB for a moment, a connection 4 KiB for hours; where thousands shake hands at once the one
// lies between the other, and malloc by itself returns nothing that is not at a heap's end.

#include <cstdint>

#include "net/timer.h"

namespace net {
class Loop;
}

namespace service {

// When it is worth it: resident memory has grown by a quarter and kWorthwhile since the last time,
// and no longer grows, so the burst is over.
class TrimAdvice final {
 public:
  static constexpr std::uint64_t kWorthwhile = 16u << 20;  // bytes
  static constexpr std::uint64_t kStill = 1u << 20;        // bytes: grown by less is not growing

  // Told every now and then how many bytes are resident; true: trim, and say what is left then.
  bool on_reading(std::uint64_t resident);
  void on_trimmed(std::uint64_t resident) { least_ = last_ = resident; }

 private:
  std::uint64_t least_ = 0;  // since the last time; 0: nothing read yet
  std::uint64_t last_ = 0;
};

// Looks every 5 s. Trimming takes some 20 ms for 100 MB of holes and 120 ms for 1 GB; who wants
// memory of the heap that is being trimmed waits so long. What is free at the end of a worker's heap
// stays there, up to kWorthwhile, since malloc_trim() finds that of the first heap alone: from here
// on malloc of the whole process is set so.
class HeapTrim final {
 public:
  explicit HeapTrim(net::Loop& loop);  // `loop` must outlive it

 private:
  void look();

  TrimAdvice advice_;
  net::Timer timer_;
};

}  // namespace service
