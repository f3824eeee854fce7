#include "home/work_pool.h"

#include <utility>

namespace home {

WorkPool::WorkPool(std::size_t threads, std::size_t queue) : limit_(queue) {
  for (std::size_t i = 0; i < threads; ++i)
    threads_.emplace_back([this] { work(); });
}

WorkPool::~WorkPool() {
  stop();
}

bool WorkPool::submit(Task task) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || waiting_.size() >= limit_) return false;
    waiting_.push_back(std::move(task));
  }
  ready_.notify_one();
  return true;
}

void WorkPool::stop() {
  std::deque<Task> dropped;  // captures die outside the lock: they may submit
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    dropped.swap(waiting_);
  }
  ready_.notify_all();
  dropped.clear();  // before the wait: what runs may depend on what those held
  for (std::thread& thread : threads_)
    thread.join();
  threads_.clear();
}

void WorkPool::work() {
  for (;;) {
    std::unique_lock lock(mutex_);
    ready_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (stopping_) return;
    const Task task = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    task();
  }
}

}  // namespace home
