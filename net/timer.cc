#include "net/timer.h"

#include <event2/event.h>

#include <cassert>
#include <utility>

#include "net/loop.h"

namespace net {

void Timer::FreeEvent::operator()(event* e) const noexcept {
  event_free(e);
}

Timer::Timer(Loop& loop, std::function<void()> expired) : expired_(std::move(expired)) {
  const auto fire = [](evutil_socket_t, short, void* self) noexcept {
    static_cast<Timer*>(self)->on_expired();
  };
  event_.reset(evtimer_new(loop.base(), fire, this));
  assert(event_ != nullptr);
}

Timer::~Timer() {
  if (died_ != nullptr) *died_ = true;
}

void Timer::start(std::chrono::milliseconds delay) {
  using std::chrono::microseconds;
  const auto wait = std::max(delay, std::chrono::milliseconds(0));
  const auto whole = std::chrono::duration_cast<std::chrono::seconds>(wait);
  timeval time{};
  time.tv_sec = static_cast<time_t>(whole.count());
  time.tv_usec =
      static_cast<suseconds_t>(std::chrono::duration_cast<microseconds>(wait - whole).count());
  event_add(event_.get(), &time);
  running_ = true;
}

void Timer::stop() {
  event_del(event_.get());
  running_ = false;
}

void Timer::on_expired() {
  running_ = false;
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
