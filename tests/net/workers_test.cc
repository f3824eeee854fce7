#include "net/workers.h"

#include <doctest/doctest.h>
#include <pthread.h>

#include <array>
#include <atomic>
#include <csignal>
#include <set>
#include <thread>

#include "net/listener.h"
#include "net/loop.h"
#include "net/tcp.h"

namespace net {
namespace {

TEST_CASE("each worker has a thread and a name of its own, and takes no signals") {
  Workers workers(3, "a-very-long-program-name");
  workers.start();
  std::array<std::thread::id, 3> ids;
  std::array<std::string, 3> names;
  std::atomic<int> blocked = 0;
  workers.call_all([&](std::size_t worker, Loop& loop) {
    CHECK(&loop == &workers.loop(worker));
    ids[worker] = std::this_thread::get_id();
    char name[16];
    pthread_getname_np(pthread_self(), name, sizeof name);
    names[worker] = name;
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, nullptr, &mask);
    if (sigismember(&mask, SIGTERM) == 1 && sigismember(&mask, SIGHUP) == 1) ++blocked;
  });
  CHECK(std::set<std::thread::id>(ids.begin(), ids.end()).size() == 3);
  CHECK(names[2] == "a-very-long-p-2");
  CHECK(blocked == 3);
  sigset_t mask;
  pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  CHECK(sigismember(&mask, SIGTERM) == 0);
}

TEST_CASE("workers stop and join, once or twice, and a stop before the start counts") {
  std::atomic<int> ran = 0;
  Workers workers(2, "w");
  workers.post_all([&](std::size_t, Loop&) { ++ran; });
  workers.stop();
  workers.start();
  workers.join();
  workers.join();
  CHECK(ran == 2);
}

TEST_CASE("workers share a port, and every caller is served by one of them") {
  constexpr int kCallers = 64;
  Workers workers(2, "w");
  std::array<std::unique_ptr<Listener>, 2> listeners;
  std::atomic<int> came = 0;
  const auto accepted = [&](Socket, const base::Endpoint&) {
    ++came;
    came.notify_all();
  };
  workers.start();
  base::Endpoint local{base::IpAddress::v4({127, 0, 0, 1}), 0};
  workers.loop(0).post([&] {
    listeners[0] = std::move(*Listener::open(workers.loop(0), local, accepted, Sharing::Workers));
  });
  workers.call_all([](std::size_t, Loop&) {});
  local = listeners[0]->local();
  workers.loop(1).post([&] {
    listeners[1] = std::move(*Listener::open(workers.loop(1), local, accepted, Sharing::Workers));
  });
  workers.call_all([](std::size_t, Loop&) {});
  std::vector<Socket> callers;
  for (int i = 0; i < kCallers; ++i) {
    callers.push_back(std::move(*start_connect(local, std::nullopt)));
  }
  for (int n = came; n < kCallers; n = came)
    came.wait(n);
  workers.call_all([&](std::size_t worker, Loop&) { listeners[worker].reset(); });
  CHECK(came == kCallers);
}

}  // namespace
}  // namespace net
