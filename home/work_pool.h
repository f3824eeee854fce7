#pragma once
// A few threads for work that would hold up a loop: password hashing. The line is short on purpose,
// for who waits longer than a few seconds has gone away.

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace home {

class WorkPool final {
 public:
  using Task = std::function<void()>;

  // `queue` tasks may wait; two threads and some 50 ms a task make that three seconds.
  explicit WorkPool(std::size_t threads = 2, std::size_t queue = 128);
  ~WorkPool();  // stop()
  WorkPool(const WorkPool&) = delete;
  WorkPool& operator=(const WorkPool&) = delete;

  // From any thread. False when the line is full or the pool has stopped; then `task` is dropped.
  // A task must not throw and must know what it uses to be alive: see stop().
  [[nodiscard]] bool submit(Task task);
  // Drops what waits, finishes what runs, ends the threads. After it no task runs, so what tasks
  // post to (loops) may go. Again: no effect.
  void stop();

 private:
  void work();

  const std::size_t limit_;
  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<Task> waiting_;  // under mutex_
  bool stopping_ = false;     // under mutex_
  std::vector<std::thread> threads_;
};

}  // namespace home
