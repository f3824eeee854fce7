#pragma once
// A one-shot timer on a Loop: a token of style.md rule 18. Destroying it cancels it.

#include <chrono>
#include <functional>
#include <memory>

struct event;

namespace net {

class Loop;

class Timer final {
 public:
  // `loop` must outlive the timer. `expired` is called from the loop, once for each start(); it may
  // start, stop or destroy its timer.
  Timer(Loop& loop, std::function<void()> expired);
  ~Timer();
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  // Starts it, or starts it anew if it was running.
  void start(std::chrono::milliseconds delay);
  void stop();
  bool running() const { return running_; }

 private:
  struct FreeEvent {
    void operator()(event* e) const noexcept;
  };
  void on_expired();

  std::function<void()> expired_;
  std::unique_ptr<event, FreeEvent> event_;
  bool running_ = false;
  bool* died_ = nullptr;  // set while expired_ runs: ~Timer() says so there
};

}  // namespace net
