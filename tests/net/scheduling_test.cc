#include "net/scheduling.h"

#include <doctest/doctest.h>
#include <sched.h>

#include <thread>

namespace net {
namespace {

// What a thread, and one that it starts, have after the call.
struct Policies {
  int own = -1;
  int of_child = -1;
};

Policies after_call(int policy) {
  Policies found;
  std::thread thread([&] {
    const sched_param none{};
    CHECK(::sched_setscheduler(0, policy, &none) == 0);
    use_batch_scheduling();
    found.own = ::sched_getscheduler(0);
    std::thread child([&] { found.of_child = ::sched_getscheduler(0); });
    child.join();
  });
  thread.join();
  return found;
}

TEST_CASE("a thread of the usual policy becomes one of batches, and so do those it starts") {
  const Policies found = after_call(SCHED_OTHER);
  CHECK(found.own == SCHED_BATCH);
  CHECK(found.of_child == SCHED_BATCH);
}

TEST_CASE("a policy that somebody chose stays") {
  const Policies found = after_call(SCHED_IDLE);
  CHECK(found.own == SCHED_IDLE);
  CHECK(found.of_child == SCHED_IDLE);
}

}  // namespace
}  // namespace net
