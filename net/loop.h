#pragma once
// One event loop on one thread: readiness, timers, tasks from other threads, and a place where
// objects that are done with wait until nobody stands in their code any more.
//
// A turn of the loop is: events and timers, then posted tasks, then flush() of everything that
// asked for it (so what one turn writes leaves in one system call), then retired objects die.

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <utility>
#include <vector>

#include "net/timer_heap.h"

struct event;
struct event_base;

namespace net {

// Something whose output is gathered during a turn and written at its end. It carries its place in
// the loop's list, so that asking and forgetting cost nothing however many wait.
class Flushable {
 public:
  virtual void flush() = 0;

 protected:
  Flushable() = default;
  Flushable(const Flushable&) = delete;
  Flushable& operator=(const Flushable&) = delete;
  ~Flushable() = default;

 private:
  friend class Loop;
  static constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);
  std::size_t slot_ = kNowhere;
};

class Loop final {
 public:
  using Task = std::function<void()>;
  // A body (1) that fills an HTTP/2 session (2) whose frames go to a stream (3) leaves in one turn.
  static constexpr int kFlushRounds = 3;
  static constexpr std::size_t kReadBufferBytes = 64 * 1024;

  Loop();
  ~Loop();  // drops tasks that never ran, then retired objects
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  void run();   // until stop(); the calling thread becomes the loop's thread
  void stop();  // from any thread: run() returns after the current turn; if none runs, the next
                // run() makes one turn and returns

  // One turn; waits for something to happen unless something is due already. run() is nothing but
  // these, and a test may drive a loop with them. Loop thread only, never from inside a callback.
  void turn();

  // Runs `task` on the loop's thread, never inside this call. From any thread. Nothing takes a task
  // back: one that uses an object which may die before is no task but a Flushable or a Timer.
  void post(Task task);

  // Keeps `object` alive until the current turn is over (style.md, rule 20). Loop thread only.
  template <typename T>
  void retire(std::unique_ptr<T> object) {
    const auto destroy = [](void* retired) { delete static_cast<T*>(retired); };
    if (object) retired_.emplace_back(object.release(), destroy);
  }
  void retire(std::shared_ptr<void> object) {
    retire(std::make_unique<std::shared_ptr<void>>(std::move(object)));
  }

  // Calls `object.flush()` once at the end of this turn, however often it is asked for. What is
  // asked for inside a flush() comes in the same turn too, up to kFlushRounds deep, and then in the
  // next, which does not wait. An object that dies first must call forget(). Loop thread only.
  void flush_later(Flushable& object);
  void forget(Flushable& object);

  // The time of this turn: read from the clock when it is first asked for after the wait, so it
  // is cheap enough for every packet. Loop thread only.
  std::chrono::steady_clock::time_point now() const;

  // A buffer for one read, shared by all streams of the loop: its content does not survive the
  // callback that was given it.
  std::span<char> read_buffer() { return read_buffer_; }

  event_base* base() const { return base_.get(); }
  TimerHeap& timers() { return timers_; }  // for Timer

 private:
  struct FreeBase {
    void operator()(event_base* base) const noexcept;
  };
  struct FreeEvent {
    void operator()(event* e) const noexcept;
  };
  using Retired = std::unique_ptr<void, void (*)(void*)>;

  bool something_due();
  bool take_stop();
  void wake();
  void run_posted();
  void run_flushes();
  void drop_retired();

  std::unique_ptr<event_base, FreeBase> base_;
  TimerHeap timers_;
  std::unique_ptr<event, FreeEvent> wake_event_;
  int wake_fd_ = -1;
  mutable std::chrono::steady_clock::time_point now_;
  mutable bool now_is_known_ = false;
  std::vector<char> read_buffer_;
  std::vector<Flushable*> flushes_;
  std::vector<Retired> retired_;
  std::vector<Retired> dying_;  // while they do; empty otherwise

  std::atomic<std::thread::id> thread_;  // whose turn it is: its own posts need no wake-up
  std::mutex mutex_;                     // guards what other threads touch: the two below
  std::vector<Task> posted_;
  bool stopping_ = false;
};

}  // namespace net
