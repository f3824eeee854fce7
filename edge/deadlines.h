#pragma once
// Who is to be looked at when: a timing wheel of a slot for each second, by the owner's clock. What
// a deadline costs does not depend on how many there are: setting it touches two neighbours, and a
// slot is looked through in its own second alone, once each round of a quarter of an hour.

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
  // Visits those who are due, but not all of thousands: the others of the worker wait meanwhile,
  // and who is left comes with the next call.
  template <typename Visit>
  void visit_due(Steady now, const Visit& visit) {
    for (int left = kMaxVisits; left > 0; --left) {
      Deadline* const due = take_due(now);
      if (!due) return;
      visit(*due);
    }
  }

 private:
  static constexpr int kMaxVisits = 1024;
  static constexpr std::size_t kSlots = 1024;  // whoever is due later is met in each round

  struct Slot final : Deadline {};

  static std::int64_t second_of(Steady time);
  void gather(Steady now);

  std::array<Slot, kSlots> slots_;
  Slot due_;  // gathered, and not taken yet
  Steady gathered_;
};

}  // namespace edge
