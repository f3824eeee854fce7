#pragma once
// A one-shot timer on a Loop: a token of style.md rule 18. Destroying it cancels it.
//
// Most timers are wound up anew or stopped long before their time. That moves nothing in the loop's
// heap (timer_heap.h): a timer that comes up there too early is put back.

#include <chrono>
#include <cstddef>
#include <functional>

namespace net {

class Loop;

class Timer final {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // `loop` must outlive the timer. `expired` is called from the loop, once for each start(); it may
  // start, stop or destroy its timer.
  Timer(Loop& loop, std::function<void()> expired);
  ~Timer();
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  // Starts it, or starts it anew if it was running.
  void start(std::chrono::milliseconds delay);
  void stop() { due_ = kNever; }
  bool running() const { return due_ != kNever; }
  Time due() const { return due_; }  // when running

 private:
  friend class TimerHeap;
  static constexpr Time kNever = Time::max();
  static constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);

  void on_expired();

  Loop& loop_;
  std::function<void()> expired_;
  Time due_ = kNever;
  std::size_t slot_ = kNowhere;  // in the heap, where it stands for `due_` or an earlier time
  bool* died_ = nullptr;         // set while expired_ runs: ~Timer() says so there
};

}  // namespace net
