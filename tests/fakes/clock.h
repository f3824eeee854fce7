#pragma once
// A clock that stands still until a test moves it.

#include <chrono>

#include "base/clock.h"

namespace fakes {

class FakeClock final : public base::Clock {
 public:
  // 2026-11-20T11:50:00.123Z
  static constexpr std::chrono::system_clock::time_point kStart{
      std::chrono::milliseconds{1'795'175'400'123}};

  std::chrono::system_clock::time_point now() const override { return now_; }
  std::chrono::steady_clock::time_point steady() const override { return steady_; }

  // Both kinds of time go on.
  void advance(std::chrono::milliseconds by) {
    now_ += by;
    steady_ += by;
  }
  // Calendar time jumps, as after a correction; the other does not notice.
  void set_now(std::chrono::system_clock::time_point now) { now_ = now; }

 private:
  std::chrono::system_clock::time_point now_ = kStart;
  std::chrono::steady_clock::time_point steady_{std::chrono::hours{1}};
};

}  // namespace fakes
