#include "net/timer.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "net/loop.h"
#include "tests/fakes/run_loop.h"

namespace net {
namespace {

using std::chrono::milliseconds;

TEST_CASE("a timer fires once for each start") {
  Loop loop;
  int fired = 0;
  Timer timer(loop, [&] { ++fired; });
  CHECK_FALSE(timer.running());
  timer.start(milliseconds(1));
  CHECK(timer.running());
  fakes::run_until(loop, [&] { return fired == 1; });
  CHECK_FALSE(timer.running());
  fakes::run_turns(loop);
  CHECK(fired == 1);
  timer.start(milliseconds(0));
  fakes::run_until(loop, [&] { return fired == 2; });
}

TEST_CASE("timers fire in the order of their times") {
  Loop loop;
  std::string order;
  Timer late(loop, [&] { order += 'c'; });
  Timer early(loop, [&] { order += 'a'; });
  Timer middle(loop, [&] { order += 'b'; });
  late.start(milliseconds(30));
  middle.start(milliseconds(15));
  early.start(milliseconds(1));
  fakes::run_until(loop, [&] { return order.size() == 3; });
  CHECK(order == "abc");
}

TEST_CASE("a stopped or destroyed timer is silent, a restarted one waits anew") {
  Loop loop;
  int fired = 0;
  int done = 0;
  Timer stopped(loop, [&] { ++fired; });
  auto destroyed = std::make_unique<Timer>(loop, [&] { ++fired; });
  Timer restarted(loop, [&] { ++done; });
  stopped.start(milliseconds(1));
  destroyed->start(milliseconds(1));
  restarted.start(std::chrono::hours(24 * 365));
  stopped.stop();
  destroyed.reset();
  restarted.start(milliseconds(5));
  fakes::run_until(loop, [&] { return done == 1; });
  CHECK(fired == 0);
}

TEST_CASE("a timer may start itself anew from its own call") {
  Loop loop;
  int fired = 0;
  Timer timer(loop, [&] {
    if (++fired < 3) timer.start(milliseconds(1));
  });
  timer.start(milliseconds(-5));  // a time that has passed is now
  fakes::run_until(loop, [&] { return fired == 3; });
  CHECK_FALSE(timer.running());
}

TEST_CASE("a timer may be destroyed from its own call, which goes on unharmed") {
  Loop loop;
  const auto word = std::make_shared<std::string>("still here");
  std::string seen;
  std::unique_ptr<Timer> timer;
  timer = std::make_unique<Timer>(loop, [&timer, &seen, word] {
    timer.reset();
    seen = *word;
  });
  timer->start(milliseconds(1));
  fakes::run_until(loop, [&] { return !seen.empty(); });
  CHECK(seen == "still here");
}

TEST_CASE("a timer that is started anew keeps its last time, be it later or earlier") {
  Loop loop;
  std::string order;
  Timer sooner(loop, [&] { order += 'a'; });
  Timer middle(loop, [&] { order += 'b'; });
  Timer later(loop, [&] { order += 'c'; });
  sooner.start(std::chrono::hours(1));
  later.start(milliseconds(1));
  middle.start(milliseconds(15));
  later.start(milliseconds(30));
  sooner.start(milliseconds(1));
  fakes::run_until(loop, [&] { return order.size() == 3; });
  CHECK(order == "abc");
}

TEST_CASE("many timers, of which some are destroyed, fire in order") {
  constexpr std::size_t kTimers = 300;
  Loop loop;
  std::vector<Timer::Time> fired;
  std::vector<std::unique_ptr<Timer>> timers;
  std::vector<Timer::Time> due(kTimers);
  for (std::size_t i = 0; i < kTimers; ++i) {
    timers.push_back(std::make_unique<Timer>(loop, [&, i] { fired.push_back(due[i]); }));
    timers[i]->start(milliseconds(i * 7919 % 31));
    due[i] = timers[i]->due();
  }
  for (std::size_t i = 0; i < kTimers; i += 3)
    timers[i].reset();
  fakes::run_until(loop, [&] { return fired.size() == kTimers - kTimers / 3; });
  CHECK(std::is_sorted(fired.begin(), fired.end()));
}

TEST_CASE("a timer may stop and destroy others that are due with it") {
  Loop loop;
  int fired = 0;
  auto destroyed = std::make_unique<Timer>(loop, [&] { ++fired; });
  Timer stopped(loop, [&] { ++fired; });
  Timer first(loop, [&] {
    destroyed.reset();
    stopped.stop();
  });
  first.start(milliseconds(0));
  destroyed->start(milliseconds(0));
  stopped.start(milliseconds(0));
  fakes::run_until(loop, [&] { return !first.running(); });
  fakes::run_turns(loop, 3);
  CHECK(fired == 0);
}

}  // namespace
}  // namespace net
