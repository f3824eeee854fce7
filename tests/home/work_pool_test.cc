#include "home/work_pool.h"

#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <thread>

namespace home {
namespace {

TEST_CASE("tasks run on other threads") {
  WorkPool pool(2, 8);
  std::promise<std::thread::id> ran;
  REQUIRE(pool.submit([&] { ran.set_value(std::this_thread::get_id()); }));
  CHECK(ran.get_future().get() != std::this_thread::get_id());
}

TEST_CASE("the line has an end, and stopping drops what waits") {
  std::promise<void> started;
  std::promise<void> release;
  std::atomic<int> ran = 0;
  {
    WorkPool pool(1, 2);
    REQUIRE(pool.submit([&] {
      started.set_value();
      release.get_future().wait();
    }));
    started.get_future().wait();  // it runs, so the line is empty
    CHECK(pool.submit([&] { ++ran; }));
    CHECK(pool.submit([&] { ++ran; }));
    CHECK_FALSE(pool.submit([&] { ++ran; }));
    // stop() empties the line before it waits for the thread, whose task ends when it is let go.
    std::thread stopper([&] { pool.stop(); });
    while (pool.submit([&] { ++ran; }))
      std::this_thread::yield();
    release.set_value();
    stopper.join();
    CHECK_FALSE(pool.submit([] {}));
  }
  CHECK(ran == 0);
}

}  // namespace
}  // namespace home
