#pragma once
// The timers of one Loop, earliest first: a binary heap, with one timer of libevent's for all of
// them. Each timer knows its place, so that starting and destroying one never searches.

#include <cstddef>
#include <memory>
#include <vector>

#include "net/timer.h"

struct event;
struct event_base;

namespace net {

class TimerHeap final {
 public:
  // `base` must outlive the heap, the heap its timers.
  explicit TimerHeap(event_base* base);
  ~TimerHeap();
  TimerHeap(const TimerHeap&) = delete;
  TimerHeap& operator=(const TimerHeap&) = delete;

  // Sees to it that the timer, which was started, comes up no later than it is due.
  void place(Timer& timer);
  void remove(Timer& timer);

 private:
  // The time stands here and not in the timer, which may have been wound up to a later one.
  struct Entry {
    Timer::Time at;
    Timer* timer;
  };
  struct FreeEvent {
    void operator()(event* e) const noexcept;
  };

  void ring();
  void arm();
  void rise(std::size_t slot);
  void sink(std::size_t slot);
  void put(std::size_t slot, Entry entry);

  std::unique_ptr<event, FreeEvent> event_;
  Timer::Time rings_ = Timer::kNever;  // when event_ does
  std::vector<Entry> heap_;
};

}  // namespace net
