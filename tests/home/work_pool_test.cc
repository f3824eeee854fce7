#include "home/work_pool.h"

#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <memory>
#include <thread>

#include "tests/home/gate.h"

namespace home {
namespace {

TEST_CASE("tasks run on other threads") {
  std::promise<std::thread::id> ran;
  WorkPool pool(2, 8);
  REQUIRE(pool.submit([&] { ran.set_value(std::this_thread::get_id()); }));
  CHECK(ran.get_future().get() != std::this_thread::get_id());
}

TEST_CASE("the line has an end") {
  std::atomic<int> ran = 0;
  WorkPool pool(1, 2);
  Gate gate(pool);
  CHECK(pool.submit([&] { ++ran; }));
  CHECK(pool.submit([&] { ++ran; }));
  CHECK_FALSE(pool.submit([&] { ++ran; }));
  gate.open();
  while (ran < 2)
    std::this_thread::yield();
}

TEST_CASE("stopping drops what waits, finishes what runs, and takes no more") {
  std::atomic<int> ran = 0;
  WorkPool pool(1, 2);
  Gate gate(pool);
  auto token = std::make_shared<int>();
  const std::weak_ptr<int> waits = token;
  REQUIRE(pool.submit([&ran, token = std::move(token)] { ++ran; }));
  std::thread stopper([&] { pool.stop(); });
  while (!waits.expired())
    std::this_thread::yield();  // dropped while the other still runs
  gate.open();
  stopper.join();
  CHECK(ran == 0);
  CHECK_FALSE(pool.submit([] {}));
}

}  // namespace
}  // namespace home
