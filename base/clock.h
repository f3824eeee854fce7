#pragma once
// Where the time comes from. Passed in, so that tests can move it (tests/fakes/clock.h).

#include <chrono>
#include <string>

namespace base {

class Clock {
 public:
  // Calendar time: for logs, certificates, sessions. It may jump.
  virtual std::chrono::system_clock::time_point now() const = 0;
  // Time that only goes forward: for waits and measurements.
  virtual std::chrono::steady_clock::time_point steady() const = 0;

 protected:
  ~Clock() = default;
};

class SystemClock final : public Clock {
 public:
  std::chrono::system_clock::time_point now() const override {
    return std::chrono::system_clock::now();
  }
  std::chrono::steady_clock::time_point steady() const override {
    return std::chrono::steady_clock::now();
  }
};

// The machine's own, for those that need no other. It has no state and outlives everybody.
inline constexpr SystemClock kSystemClock;

// A moment as UTC text, to the millisecond, in the spellings the logs use. From the year 0 to
// 9999; others are written as the nearer end.
struct UtcText {
  char date[10];   // "2026-11-20"
  char time[8];    // "11:50:00"
  char millis[3];  // "123"
};
UtcText to_utc_text(std::chrono::system_clock::time_point when);

// "2026-11-20T11:50:00.123Z" (RFC 3339)
std::string to_string(std::chrono::system_clock::time_point when);

}  // namespace base
