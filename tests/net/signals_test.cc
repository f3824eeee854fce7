#include "net/signals.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "net/loop.h"
#include "tests/fakes/run_loop.h"

namespace net {
namespace {

TEST_CASE("signals arrive from the loop, each with its number") {
  sigset_t before;
  pthread_sigmask(SIG_SETMASK, nullptr, &before);
  {
    Loop loop;
    std::vector<int> arrived;
    auto signals = Signals::open(loop, {SIGUSR1, SIGHUP, SIGTERM},
                                 [&](int number) { arrived.push_back(number); });
    REQUIRE(signals);
    // To this thread: the test program may have others that do not block them.
    pthread_kill(pthread_self(), SIGUSR1);
    pthread_kill(pthread_self(), SIGTERM);
    CHECK(arrived.empty());
    fakes::run_until(loop, [&] { return arrived.size() == 2; });
    std::ranges::sort(arrived);
    CHECK(arrived == std::vector<int>{SIGUSR1, SIGTERM});
    pthread_kill(pthread_self(), SIGHUP);
    fakes::run_until(loop, [&] { return arrived.size() == 3; });
    CHECK(arrived.back() == SIGHUP);
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

TEST_CASE("a broken pipe does not end the process") {
  ignore_sigpipe();
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  ::close(ends[0]);
  CHECK(::write(ends[1], "x", 1) == -1);
  ::close(ends[1]);
}

}  // namespace
}  // namespace net
