#pragma once
// How a gateway looks for clients whose time is over: at some of them each kTick, in turn. To look
// at one takes a microsecond, since nothing has touched its memory for long, and everybody else of
// the worker waits meanwhile.

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace edge {

inline constexpr std::chrono::milliseconds kTick{250};

// How many of `all` to look at in a tick: all within 2 s where they are up to 8,000, within 10 s
// where they are more than 40,000. So late a limit may be noticed.
constexpr std::size_t sweep_count(std::size_t all) {
  constexpr std::size_t kAtLeast = 1024;
  constexpr std::size_t kParts = 40;
  return std::min(all, std::max(kAtLeast, all / kParts));
}

}  // namespace edge
