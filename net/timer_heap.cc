#include "net/timer_heap.h"

#include <event2/event.h>

#include <algorithm>
#include <cassert>
#include <chrono>

namespace net {

void TimerHeap::FreeEvent::operator()(event* e) const noexcept {
  event_free(e);
}

TimerHeap::TimerHeap(event_base* base) {
  const auto fire = [](evutil_socket_t, short, void* self) noexcept {
    static_cast<TimerHeap*>(self)->ring();
  };
  event_.reset(evtimer_new(base, fire, this));
  assert(event_ != nullptr);
}

TimerHeap::~TimerHeap() {
  assert(heap_.empty());
}

void TimerHeap::place(Timer& timer) {
  if (timer.slot_ == Timer::kNowhere) {
    timer.slot_ = heap_.size();
    heap_.push_back({timer.due_, &timer});
  } else if (timer.due_ < heap_[timer.slot_].at) {
    heap_[timer.slot_].at = timer.due_;
  } else {
    return;
  }
  rise(timer.slot_);
  arm();
}

void TimerHeap::remove(Timer& timer) {
  if (timer.slot_ == Timer::kNowhere) return;
  const std::size_t slot = timer.slot_;
  timer.slot_ = Timer::kNowhere;
  const Entry last = heap_.back();
  heap_.pop_back();
  if (slot == heap_.size()) return;
  put(slot, last);
  rise(slot);
  sink(last.timer->slot_);
}

// What is started from inside of a timer's call comes with the next ring at the earliest.
void TimerHeap::ring() {
  rings_ = Timer::kNever;
  const Timer::Time now = std::chrono::steady_clock::now();
  while (!heap_.empty() && heap_.front().at <= now) {
    Timer& timer = *heap_.front().timer;
    if (timer.due_ <= now) {
      remove(timer);
      timer.on_expired();
    } else if (timer.running()) {
      heap_.front().at = timer.due_;
      sink(0);
    } else {
      remove(timer);
    }
  }
  arm();
}

void TimerHeap::arm() {
  if (heap_.empty() || heap_.front().at >= rings_) return;
  using std::chrono::microseconds;
  using std::chrono::seconds;
  rings_ = heap_.front().at;
  const auto left = std::chrono::ceil<microseconds>(rings_ - std::chrono::steady_clock::now());
  const auto wait = std::max(left, microseconds(0));
  const auto whole = std::chrono::floor<seconds>(wait);
  timeval time{};
  time.tv_sec = static_cast<time_t>(whole.count());
  time.tv_usec = static_cast<suseconds_t>((wait - whole).count());
  event_add(event_.get(), &time);
}

void TimerHeap::rise(std::size_t slot) {
  const Entry entry = heap_[slot];
  for (; slot > 0; slot = (slot - 1) / 2) {
    const Entry& parent = heap_[(slot - 1) / 2];
    if (parent.at <= entry.at) break;
    put(slot, parent);
  }
  put(slot, entry);
}

void TimerHeap::sink(std::size_t slot) {
  const Entry entry = heap_[slot];
  for (;;) {
    std::size_t child = 2 * slot + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && heap_[child + 1].at < heap_[child].at) ++child;
    if (entry.at <= heap_[child].at) break;
    put(slot, heap_[child]);
    slot = child;
  }
  put(slot, entry);
}

void TimerHeap::put(std::size_t slot, Entry entry) {
  heap_[slot] = entry;
  entry.timer->slot_ = slot;
}

}  // namespace net
