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
MemoryReading read_memory();  // zeros: not known (proc(5), statm)

// When it is worth it: at each of the last kPatience readings more lay idle than after the last
// time, by kWorthwhile and by a quarter of what is used. What a burst comes back for is not taken.
class TrimAdvice final {
 public:
  static constexpr std::int64_t kWorthwhile = 16 << 20;  // bytes
  static constexpr int kPatience = 6;

  // Told every now and then; true: trim, and say what is left then.
  bool on_reading(const MemoryReading& now);
  void on_trimmed(const MemoryReading& now);

 private:
  std::int64_t least_idle_ = std::numeric_limits<std::int64_t>::max();  // since the last time
  int readings_ = 0;  // with so much idle, in a row
};

// Looks again and again. Trimming takes some 20 ms for 100 MB of holes and 120 ms for 1 GB; who
// wants memory of the heap that is being trimmed waits so long. What is free at the end of a
// worker's heap stays there, up to kWorthwhile, since malloc_trim() finds that of the first heap
// alone: from here on malloc of the whole process is set so.
class HeapTrim final {
 public:
  // `loop` must outlive it.
  explicit HeapTrim(net::Loop& loop, std::chrono::milliseconds interval = std::chrono::seconds{5});

 private:
  void look();

  const std::chrono::milliseconds interval_;
  TrimAdvice advice_;
  net::Timer timer_;
};

}  // namespace service
