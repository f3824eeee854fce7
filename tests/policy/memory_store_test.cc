#include "policy/memory_store.h"

#include <doctest/doctest.h>

#include "tests/fakes/clock.h"

namespace policy {
namespace {

using std::chrono::seconds;

// A worker whose loop is a list of tasks that the test runs.
struct Worker {
  std::vector<std::function<void()>> tasks;
  MemoryStore store;

  explicit Worker(std::shared_ptr<SharedMemory> shared)
      : store(std::move(shared),
              [this](std::function<void()> task) { tasks.push_back(std::move(task)); }) {}

  void run() {
    auto due = std::move(tasks);
    tasks.clear();
    for (const auto& task : due)
      task();
  }
};

struct Process {
  fakes::FakeClock clock;
  std::shared_ptr<SharedMemory> shared = std::make_shared<SharedMemory>(RateOptions{}, clock);
  Worker one{shared};
  Worker two{shared};
};

TEST_CASE("workers count a user together, and answers come later") {
  Process process;
  int allowed = 0;
  int refused = 0;
  std::uint64_t ticket = 0;
  std::vector<Store::Token> tokens;
  const auto count = [&](base::Result<RateVerdict> verdict) {
    REQUIRE(verdict);
    ++(verdict->allowed ? allowed : refused);
    if (verdict->allowed) ticket = verdict->ticket;
  };
  for (int i = 0; i < 5; ++i) {
    tokens.push_back(process.one.store.take("a", count));
    tokens.push_back(process.two.store.take("a", count));
  }
  CHECK(allowed + refused == 0);
  process.one.run();
  process.two.run();
  CHECK(allowed == 8);
  CHECK(refused == 2);
  process.two.store.refund("a", ticket);
  tokens.push_back(process.one.store.take("a", count));
  process.one.run();
  CHECK(allowed == 9);
}

TEST_CASE("a dropped call is not answered") {
  Process process;
  bool called = false;
  process.one.store.take("a", [&](const auto&) { called = true; }).reset();
  process.one.run();
  CHECK_FALSE(called);
}

TEST_CASE("a revocation reaches every worker that watches, each on its own loop") {
  Process process;
  std::vector<std::string> seen;
  const auto first = process.one.store.watch([&](const Revocation&) { seen.push_back("one"); });
  auto second = process.two.store.watch([&](const Revocation&) { seen.push_back("two"); });
  const auto now = std::chrono::floor<seconds>(process.clock.now());
  const Revocation revocation = Revocation::of_user("a", "lab.example", now, seconds{100});
  process.one.store.revoke(revocation);
  CHECK(seen.empty());
  process.one.run();
  process.two.run();
  CHECK(seen == std::vector<std::string>{"one", "two"});
  second.reset();
  process.two.store.revoke(revocation);
  process.one.run();
  process.two.run();
  CHECK(seen.size() == 3);
  std::vector<Revocation> all;
  const auto list = process.two.store.revocations([&](const auto& found) { all = *found; });
  process.two.run();
  CHECK(all == std::vector<Revocation>{revocation});
}

TEST_CASE("a value lives until its end, its replacement or its erasure") {
  Process process;
  const auto get = [&](std::string_view key) {
    std::optional<std::string> value;
    const auto call = process.two.store.get(key, [&](const auto& found) { value = *found; });
    process.two.run();
    return value;
  };
  process.one.store.put("k", "v", process.clock.now() + seconds{10});
  process.one.store.put("k", "w", process.clock.now() + seconds{20});
  process.one.store.put("other", "x", process.clock.now() + seconds{20});
  CHECK(get("k") == "w");
  CHECK_FALSE(get("nothing"));
  process.one.store.erase("other");
  process.one.store.erase("nothing");
  CHECK_FALSE(get("other"));
  process.clock.advance(seconds{20});
  CHECK_FALSE(get("k"));
  process.one.store.put("late", "x", process.clock.now());
  CHECK_FALSE(get("late"));
}

}  // namespace
}  // namespace policy
