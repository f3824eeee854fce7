#include "edge/deadlines.h"

#include <algorithm>

namespace edge {

void Deadline::unlink() {
  previous_->next_ = next_;
  next_->previous_ = previous_;
  next_ = previous_ = this;
}

void Deadline::link_before(Deadline& next) {
  next_ = &next;
  previous_ = next.previous_;
  previous_->next_ = this;
  next.previous_ = this;
}

Deadlines::Deadlines(Steady now) : gathered_(now) {}

std::int64_t Deadlines::second_of(Steady time) {
  return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
}

void Deadlines::set(Deadline& one, Steady due) {
  one.unlink();
  one.due_ = due;
  const auto second = static_cast<std::uint64_t>(second_of(std::max(due, gathered_)));
  one.link_before(slots_[second % kSlots]);
}

void Deadlines::no_later_than(Deadline& one, Steady due) {
  const bool is_set = one.next_ != &one;
  if (!is_set || due < one.due_) set(one, due);
}

Deadline* Deadlines::take_due(Steady now) {
  if (due_.next_ == &due_ && now > gathered_) gather(now);
  if (due_.next_ == &due_) return nullptr;
  Deadline* one = due_.next_;
  one->unlink();
  return one;
}

// The second of the last time once more: not all of it was over then.
void Deadlines::gather(Steady now) {
  const std::int64_t last = second_of(now);
  const std::int64_t first =
      std::max(second_of(gathered_), last - static_cast<std::int64_t>(kSlots) + 1);
  for (std::int64_t second = first; second <= last; ++second) {
    Slot& slot = slots_[static_cast<std::uint64_t>(second) % kSlots];
    for (Deadline* one = slot.next_; one != &slot;) {
      Deadline* next = one->next_;
      if (one->due_ <= now) {
        one->unlink();
        one->link_before(due_);
      }
      one = next;
    }
  }
  gathered_ = now;
}

}  // namespace edge
