#pragma once
// The worker threads of a program: one loop each, nothing shared between them.

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace net {

class Loop;

// How many workers a program has: `configured`, or where that is 0 one for each processor.
std::size_t worker_count(std::size_t configured);

class Workers final {
 public:
  using Task = std::function<void(std::size_t worker, Loop& loop)>;

  // Makes `count` loops (at least one), not yet running. `name` is what the threads are called in
  // ps and gdb, followed by their number: "edge-0"; the kernel keeps 15 bytes of it.
  Workers(std::size_t count, std::string name);
  ~Workers();  // stops and joins
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  // Starts the threads. They take no signals: those are the main thread's (net/signals.h).
  void start();
  // Lets every loop end after its current turn; join() waits for the threads. Objects that live on
  // a loop are destroyed there, by a task, before this.
  void stop();
  void join();

  std::size_t count() const { return loops_.size(); }
  // For post(); all else on a loop belongs to its thread. Valid as long as the Workers.
  Loop& loop(std::size_t worker) { return *loops_[worker]; }

  // Runs `task` once on every worker's thread: post_all() does not wait, call_all() returns when
  // all have run it. call_all() needs started workers and must not be called on one of them.
  void post_all(const Task& task);
  void call_all(const Task& task);

 private:
  std::string name_;
  std::vector<std::unique_ptr<Loop>> loops_;
  std::vector<std::thread> threads_;
};

}  // namespace net
