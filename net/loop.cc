#include "net/loop.h"

#include <event2/event.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cassert>
#include <utility>

namespace net {
namespace {

event_base* make_base() {
  event_config* config = event_config_new();
  assert(config != nullptr);
  // Only the loop's thread touches the base, so it needs no lock; the changelist folds the events
  // that come and go within a turn into one epoll_ctl, or none.
  event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
  event_config_set_flag(config, EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST);
  event_base* base = event_base_new_with_config(config);
  event_config_free(config);
  return base;
}

void on_wake(evutil_socket_t fd, short, void*) noexcept {
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t got = ::read(fd, &count, sizeof count);
}

}  // namespace

void Loop::FreeBase::operator()(event_base* base) const noexcept {
  event_base_free(base);
}
void Loop::FreeEvent::operator()(event* e) const noexcept {
  event_free(e);
}

Loop::Loop() : base_(make_base()), timers_(base_.get()), read_buffer_(kReadBufferBytes) {
  assert(base_ != nullptr);
  wake_fd_ = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  assert(wake_fd_ >= 0);
  wake_event_.reset(event_new(base_.get(), wake_fd_, EV_READ | EV_PERSIST, on_wake, nullptr));
  assert(wake_event_ != nullptr);
  event_add(wake_event_.get(), nullptr);
}

Loop::~Loop() {
  // What dies here may post or retire in its turn; nothing of that runs any more.
  for (;;) {
    std::vector<Task> tasks;
    {
      const std::lock_guard lock(mutex_);
      tasks.swap(posted_);
    }
    if (tasks.empty() && retired_.empty()) break;
    tasks.clear();
    drop_retired();
  }
  wake_event_.reset();
  ::close(wake_fd_);
}

void Loop::run() {
  do {
    turn();
  } while (!take_stop());
}

void Loop::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake();
}

void Loop::turn() {
  thread_.store(std::this_thread::get_id(), std::memory_order_relaxed);
  now_is_known_ = false;
  event_base_loop(base_.get(), something_due() ? EVLOOP_ONCE | EVLOOP_NONBLOCK : EVLOOP_ONCE);
  run_posted();
  run_flushes();
  drop_retired();
}

void Loop::post(Task task) {
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    first = posted_.empty();
    posted_.push_back(std::move(task));
  }
  // A task that is not the first finds the loop awake or about to be; the loop's own thread looks
  // at the list before it waits.
  if (first && thread_.load(std::memory_order_relaxed) != std::this_thread::get_id()) wake();
}

void Loop::flush_later(Flushable& object) {
  if (object.slot_ != Flushable::kNowhere) return;
  object.slot_ = flushes_.size();
  flushes_.push_back(&object);
}

void Loop::forget(Flushable& object) {
  if (object.slot_ == Flushable::kNowhere) return;
  flushes_[object.slot_] = nullptr;
  object.slot_ = Flushable::kNowhere;
}

std::chrono::steady_clock::time_point Loop::now() const {
  if (!now_is_known_) {
    now_ = std::chrono::steady_clock::now();
    now_is_known_ = true;
  }
  return now_;
}

bool Loop::something_due() {
  if (!flushes_.empty() || !retired_.empty()) return true;
  const std::lock_guard lock(mutex_);
  return stopping_ || !posted_.empty();
}

bool Loop::take_stop() {
  const std::lock_guard lock(mutex_);
  return std::exchange(stopping_, false);
}

void Loop::wake() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t sent = ::write(wake_fd_, &one, sizeof one);
}

void Loop::run_posted() {
  std::vector<Task> tasks;
  {
    const std::lock_guard lock(mutex_);
    tasks.swap(posted_);
  }
  for (Task& task : tasks) {
    task();
    task = nullptr;  // what it owned dies before the next one runs
  }
}

void Loop::run_flushes() {
  std::size_t begin = 0;
  for (int round = 0; round < kFlushRounds && begin < flushes_.size(); ++round) {
    const std::size_t end = flushes_.size();
    for (std::size_t i = begin; i < end; ++i) {
      Flushable* object = std::exchange(flushes_[i], nullptr);
      if (object == nullptr) continue;
      object->slot_ = Flushable::kNowhere;
      object->flush();
    }
    begin = end;
  }
  flushes_.erase(flushes_.begin(), flushes_.begin() + static_cast<std::ptrdiff_t>(begin));
  for (std::size_t i = 0; i < flushes_.size(); ++i) {
    if (flushes_[i] != nullptr) flushes_[i]->slot_ = i;
  }
}

void Loop::drop_retired() {
  while (!retired_.empty()) {
    dying_.swap(retired_);
    dying_.clear();
  }
}

}  // namespace net
