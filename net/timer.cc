#include "net/timer.h"

#include <algorithm>
#include <utility>

#include "net/loop.h"

namespace net {

Timer::Timer(Loop& loop, std::function<void()> expired)
    : loop_(loop), expired_(std::move(expired)) {}

Timer::~Timer() {
  loop_.timers().remove(*this);
  if (died_ != nullptr) *died_ = true;
}

// From the clock, not from Loop::now(): a turn may have lasted long, or not have begun.
void Timer::start(std::chrono::milliseconds delay) {
  due_ = std::chrono::steady_clock::now() + std::max(delay, std::chrono::milliseconds(0));
  loop_.timers().place(*this);
}

void Timer::on_expired() {
  due_ = kNever;
  // The function stays alive on this stack even if it destroys the timer that holds it.
  std::function<void()> expired = std::move(expired_);
  bool died = false;
  died_ = &died;
  expired();
  if (died) return;
  died_ = nullptr;
  expired_ = std::move(expired);
}

}  // namespace net
