#pragma once
// One event loop on one thread: readiness, timers, tasks from other threads, and a place where
// objects that are done with wait until nobody stands in their code any more.
//
// A turn of the loop is: events and timers, then posted tasks, then flush() of everything that
// asked for it (so what one turn writes leaves in one system call), then retired objects die.

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

struct event;
struct event_base;

namespace net {

// Something whose output is gathered during a turn and written at its end.
class Flushable {
 public:
  virtual void flush() = 0;

 protected:
  ~Flushable() = default;
};

class Loop final {
 public:
  using Task = std::function<void()>;

  Loop();
  ~Loop();  // drops tasks that never ran, then retired objects
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  void run();   // until stop(); the calling thread becomes the loop's thread
  void stop();  // from any thread: run() returns after the current turn

  // Runs `task` on the loop's thread, never inside this call. From any thread.
  void post(Task task);

  // Keeps `object` alive until the current turn is over (style.md, rule 20). Loop thread only.
  void retire(std::shared_ptr<void> object);

  // Calls `object.flush()` once at the end of this turn, however often it is asked for. An object
  // that dies first must call forget(). Loop thread only.
  void flush_later(Flushable& object);
  void forget(Flushable& object);

  // The time at which this turn began; cheap enough for every packet.
  std::chrono::steady_clock::time_point now() const { return now_; }

  // A buffer for one read, shared by all streams of the loop: its content does not survive the
  // callback that was given it.
  std::span<char> read_buffer() { return read_buffer_; }

  event_base* base() const { return base_.get(); }

 private:
  struct FreeBase {
    void operator()(event_base* base) const noexcept;
  };
  struct FreeEvent {
    void operator()(event* e) const noexcept;
  };

  void run_posted();
  void run_flushes();

  std::unique_ptr<event_base, FreeBase> base_;
  std::unique_ptr<event, FreeEvent> wake_event_;
  int wake_fd_ = -1;
  std::chrono::steady_clock::time_point now_;
  std::vector<char> read_buffer_;
  std::vector<Flushable*> flushes_;
  std::vector<std::shared_ptr<void>> retired_;

  std::mutex mutex_;            // guards what other threads touch: the two below
  std::vector<Task> posted_;
  bool stopping_ = false;
};

}  // namespace net
