#pragma once
// Who is to be looked at when: a timing wheel of a slot for each second, by the owner's clock. A
// client whose time is not over costs nothing, however many there are; what a deadline costs does
// not depend on their number either, since nobody else's memory but a neighbour's is touched.

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace edge {

// How often a gateway asks its wheel.
inline constexpr std::chrono::milliseconds kTick{250};

// A base of those who are looked at. Destroying one takes it off its wheel.
class Deadline {
 public:
  using Steady = std::chrono::steady_clock::time_point;

  Deadline() = default;
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

 protected:
  ~Deadline() { unlink(); }

 private:
  friend class Deadlines;
  void unlink();
  void link_before(Deadline& next);

  Deadline* next_ = this;  // a ring, with the slot in it
  Deadline* previous_ = this;
  Steady due_{};
};

class Deadlines final {
 public:
  using Steady = Deadline::Steady;

  explicit Deadlines(Steady now);

  // It is due then, and at no other time. What is over already comes with the next tick.
  void set(Deadline& one, Steady due);
  // As set(), unless it is due before.
  void no_later_than(Deadline& one, Steady due);
  void cancel(Deadline& one) { one.unlink(); }
  // One that is due by `now`, of which this wheel then knows nothing any more; null when there is
  // none. `now` never goes back.
  Deadline* take_due(Steady now);

 private:
  static constexpr std::size_t kSlots = 1024;  // who is due later is met once each round

  struct Slot final : Deadline {};

  static std::int64_t second_of(Steady time);
  void gather(Steady now);

  std::array<Slot, kSlots> slots_;
  Slot due_;  // gathered, and not taken yet
  Steady gathered_;
};

}  // namespace edge
