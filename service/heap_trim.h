#pragma once
// Gives back to the system what clients left in the heap. A TLS handshake needs some 40 KiB for a
// moment, a connection 4 KiB for hours; where thousands shake hands at once the one lies between
// the other, and so do those who stay between those who go. malloc by itself returns nothing that
// is not at a heap's end.

#include <chrono>
#include <cstdint>
#include <limits>

#include "net/timer.h"

namespace net {
class Loop;
}

namespace service {

// Bytes of a process.
struct MemoryReading {
  std::uint64_t resident = 0;
  std::uint64_t used = 0;  // of the heap, given out and not given back

  // What a heap's holes are part of. Code, stacks and mappings of another kind are the rest.
  std::int64_t idle() const {
    return static_cast<std::int64_t>(resident) - static_cast<std::int64_t>(used);
  }
};
std::uint64_t resident_bytes();  // 0: not known (proc(5), statm)
MemoryReading read_memory();     // zeros, likewise

// When it is worth it: at each of the last kPatience readings more lay idle than after the last
// time, by kWorthwhile and by a quarter of what is used. What a burst comes back for is not taken.
class TrimAdvice final {
 public:
  static constexpr std::int64_t kWorthwhile = 16 << 20;  // bytes
  static constexpr int kPatience = 2;

  // Told every now and then; true: trim, and say what is left then.
  bool on_reading(const MemoryReading& now);
  void on_trimmed(const MemoryReading& now);
  bool is_doubtful() const { return readings_ > 0; }  // the next reading may say true

 private:
  std::int64_t least_idle_ = std::numeric_limits<std::int64_t>::max();  // since the last time
  int readings_ = 0;  // with so much idle, in a row
};

// Looks every 5 s at what is resident, and at the heap when that has moved, or a minute has passed:
// to look at a heap of 100,000 holes takes 30 ms. Trimming takes some 20 ms for 100 MB of holes and
// 120 ms for 1 GB; who wants memory of that heap waits so long. What is free at the end of a
// worker's heap stays there, up to kWorthwhile, since malloc_trim() finds that of the first heap
// alone: from here on malloc of the whole process is set so.
class HeapTrim final {
 public:
  // `loop` must outlive it.
  explicit HeapTrim(net::Loop& loop, std::chrono::milliseconds interval = std::chrono::seconds{5});

 private:
  static constexpr std::uint64_t kMoved = 1u << 20;  // bytes
  static constexpr int kLooksBetween = 12;           // at what is resident alone, at the most

  void look();
  bool is_worth_reading(std::uint64_t resident) const;

  const std::chrono::milliseconds interval_;
  std::uint64_t resident_ = 0;  // when the heap was looked at last
  int looks_ = 0;               // since then
  TrimAdvice advice_;
  net::Timer timer_;
};

}  // namespace service
