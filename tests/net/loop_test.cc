#include "net/loop.h"

#include <doctest/doctest.h>

#include <atomic>
#include <string>
#include <thread>

#include "net/timer.h"
#include "tests/fakes/run_loop.h"

namespace net {
namespace {

struct Flusher final : Flushable {
  explicit Flusher(std::function<void()> w) : work(std::move(w)) {}
  void flush() override { work(); }
  std::function<void()> work;
};

TEST_CASE("tasks run in order, and never inside post()") {
  Loop loop;
  std::string order;
  loop.post([&] {
    order += 'a';
    loop.post([&] { order += 'd'; });
    order += 'b';
  });
  loop.post([&] { order += 'c'; });
  CHECK(order.empty());
  loop.turn();
  CHECK(order == "abc");
  loop.turn();  // does not wait: a task is due
  CHECK(order == "abcd");
}

TEST_CASE("a task from another thread wakes the loop") {
  Loop loop;
  std::thread::id ran_on;
  std::thread other([&] {
    loop.post([&] {
      ran_on = std::this_thread::get_id();
      loop.stop();
    });
  });
  loop.run();
  other.join();
  CHECK(ran_on == std::this_thread::get_id());
}

TEST_CASE("tasks of many threads all run once") {
  Loop loop;
  constexpr int kThreads = 4;
  constexpr int kTasks = 2000;
  int ran = 0;  // touched by the loop's thread only
  std::vector<std::jthread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < kTasks; ++k)
        loop.post([&] { ++ran; });
    });
  }
  fakes::run_until(loop, [&] { return ran == kThreads * kTasks; });
}

TEST_CASE("a loop told to stop before it runs makes one turn, and can run again") {
  Loop loop;
  int turns = 0;
  loop.stop();
  loop.post([&] { ++turns; });
  loop.run();
  CHECK(turns == 1);
  loop.post([&] {
    ++turns;
    loop.stop();
  });
  loop.run();
  CHECK(turns == 2);
}

TEST_CASE("a turn is tasks, then flushes, then the end of what was retired") {
  Loop loop;
  std::string order;
  Flusher flusher([&] { order += 'f'; });
  loop.post([&] {
    loop.flush_later(flusher);
    loop.flush_later(flusher);  // asked twice, flushed once
    loop.retire(std::shared_ptr<void>(nullptr, [&](void*) { order += 'r'; }));
    order += 't';
  });
  loop.turn();
  CHECK(order == "tfr");
}

TEST_CASE("a flush asked for inside a flush comes in the same turn, up to a limit") {
  Loop loop;
  int count = 0;
  Flusher again([&] {
    ++count;
    loop.flush_later(again);
  });
  loop.flush_later(again);
  loop.turn();
  CHECK(count == Loop::kFlushRounds);
  loop.turn();
  CHECK(count == 2 * Loop::kFlushRounds);
  loop.forget(again);
  fakes::run_turns(loop, 2);
  CHECK(count == 2 * Loop::kFlushRounds);
}

TEST_CASE("what dies before its flush, or in another's, is not called") {
  Loop loop;
  int called = 0;
  auto victim = std::make_unique<Flusher>([&] { ++called; });
  auto late = std::make_unique<Flusher>([&] { ++called; });
  Flusher killer([&] {
    loop.forget(*late);
    late.reset();
  });
  loop.flush_later(*victim);
  loop.flush_later(killer);
  loop.flush_later(*late);
  loop.forget(*victim);
  victim.reset();
  loop.turn();
  CHECK(called == 0);
}

TEST_CASE("what is retired lives until the turn is over, however it was owned") {
  struct Noted {
    explicit Noted(int& died) : died_(died) {}
    ~Noted() { ++died_; }
    int& died_;
  };
  Loop loop;
  int died = 0;
  loop.post([&] {
    loop.retire(std::make_unique<Noted>(died));
    loop.retire(std::make_shared<Noted>(died));
    loop.retire(std::unique_ptr<Noted>());
    CHECK(died == 0);
  });
  loop.turn();
  CHECK(died == 2);
}

TEST_CASE("an object that retires another as it dies takes it along in the same turn") {
  Loop loop;
  int died = 0;
  loop.retire(std::shared_ptr<void>(nullptr, [&](void*) {
    ++died;
    loop.retire(std::shared_ptr<void>(nullptr, [&](void*) { ++died; }));
  }));
  loop.turn();
  CHECK(died == 2);
}

TEST_CASE("a loop that ends drops the tasks that never ran, and what they own") {
  int ran = 0;
  int died = 0;
  {
    Loop loop;
    const std::shared_ptr<void> owned(nullptr, [&](void*) {
      ++died;
      loop.post([&] { ++ran; });  // still a loop while it ends
    });
    loop.post([&ran, owned] { ++ran; });
    loop.retire(owned);
  }
  CHECK(ran == 0);
  CHECK(died == 1);
}

TEST_CASE("the time stands still within a turn and moves between turns") {
  Loop loop;
  std::chrono::steady_clock::time_point first;
  std::chrono::steady_clock::time_point second;
  Timer timer(loop, [&] { first = loop.now(); });
  loop.post([&] { second = loop.now(); });
  loop.turn();
  CHECK(second == loop.now());
  timer.start(std::chrono::milliseconds(2));
  fakes::run_until(loop, [&] { return !timer.running(); });
  CHECK(first >= second + std::chrono::milliseconds(2));
}

}  // namespace
}  // namespace net
