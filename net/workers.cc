#include "net/workers.h"

#include <pthread.h>

#include <algorithm>
#include <cassert>
#include <csignal>
#include <latch>
#include <utility>

#include "net/loop.h"

namespace net {
namespace {

constexpr std::size_t kMaxThreadName = 15;  // pthread_setname_np(3), without the NUL

}  // namespace

std::size_t worker_count(std::size_t configured) {
  if (configured > 0) return configured;
  return std::max<std::size_t>(std::thread::hardware_concurrency(), 1);
}

Workers::Workers(std::size_t count, std::string name) : name_(std::move(name)) {
  assert(count > 0);
  for (std::size_t i = 0; i < count; ++i)
    loops_.push_back(std::make_unique<Loop>());
}

Workers::~Workers() {
  stop();
  join();
}

void Workers::start() {
  assert(threads_.empty());
  // A thread starts with its creator's mask, so there is no moment at which it takes a signal.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  for (std::size_t i = 0; i < loops_.size(); ++i) {
    threads_.emplace_back([&loop = *loops_[i]] { loop.run(); });
    const std::string number = "-" + std::to_string(i);
    const std::string name = name_.substr(0, kMaxThreadName - number.size()) + number;
    pthread_setname_np(threads_.back().native_handle(), name.c_str());
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void Workers::stop() {
  for (const auto& loop : loops_)
    loop->stop();
}

void Workers::join() {
  for (std::thread& thread : threads_)
    thread.join();
  threads_.clear();
}

void Workers::post_all(const Task& task) {
  for (std::size_t i = 0; i < loops_.size(); ++i) {
    loops_[i]->post([task, i, &loop = *loops_[i]] { task(i, loop); });
  }
}

void Workers::call_all(const Task& task) {
  assert(!threads_.empty());
  assert(std::ranges::none_of(
      threads_, [](const std::thread& t) { return t.get_id() == std::this_thread::get_id(); }));
  std::latch done(static_cast<std::ptrdiff_t>(loops_.size()));
  post_all([&task, &done](std::size_t worker, Loop& loop) {
    task(worker, loop);
    done.count_down();
  });
  done.wait();
}

}  // namespace net
