#include "net/listener.h"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <chrono>
#include <vector>

#include "net/loop.h"
#include "net/tcp.h"
#include "tests/fakes/run_loop.h"

namespace net {
namespace {

const base::IpAddress kLocal4 = base::IpAddress::v4({127, 0, 0, 1});
const base::IpAddress kLocal6 = *base::parse_ip("::1");

TEST_CASE("a listener on port 0 says which port it got and who came") {
  for (const base::IpAddress& address : {kLocal4, kLocal6}) {
    CAPTURE(to_string(address));
    Loop loop;
    std::vector<base::Endpoint> came;
    auto listener =
        Listener::open(loop, {address, 0}, [&](Socket socket, const base::Endpoint& who) {
          CHECK(socket);
          came.push_back(who);
        });
    REQUIRE(listener);
    CHECK((*listener)->local().address == address);
    CHECK((*listener)->local().port != 0);
    const auto caller = start_connect((*listener)->local(), std::nullopt);
    REQUIRE(caller);
    fakes::run_until(loop, [&] { return came.size() == 1; });
    CHECK(came[0] == local_endpoint(*caller));
  }
}

TEST_CASE("two listeners share a port, as the workers do; IPv4 and IPv6 stand side by side") {
  Loop loop;
  const auto ignore = [](Socket, const base::Endpoint&) {};
  auto first = Listener::open(loop, {base::IpAddress(), 0}, ignore);
  REQUIRE(first);
  const base::Endpoint any4 = (*first)->local();
  CHECK(Listener::open(loop, any4, ignore));
  CHECK(Listener::open(loop, {*base::parse_ip("::"), any4.port}, ignore));
}

TEST_CASE("after close() nobody is accepted any more, not even from inside the callback") {
  Loop loop;
  int came = 0;
  std::unique_ptr<Listener> listener;
  listener = std::move(*Listener::open(loop, {kLocal4, 0}, [&](Socket, const base::Endpoint&) {
    ++came;
    listener->close();
  }));
  const base::Endpoint local = listener->local();
  const auto first = start_connect(local, std::nullopt);
  const auto second = start_connect(local, std::nullopt);
  fakes::run_until(loop, [&] { return came == 1; });
  fakes::run_turns(loop);
  CHECK(came == 1);
  listener->close();
}

TEST_CASE("more callers than one turn takes are all accepted") {
  Loop loop;
  std::vector<Socket> accepted;
  auto listener = Listener::open(loop, {kLocal4, 0}, [&](Socket socket, const base::Endpoint&) {
    accepted.push_back(std::move(socket));
  });
  std::vector<Socket> callers;
  for (int i = 0; i < 150; ++i) {
    callers.push_back(std::move(*start_connect((*listener)->local(), std::nullopt)));
  }
  fakes::run_until(loop, [&] { return accepted.size() == callers.size(); });
}

TEST_CASE("out of descriptors it rests and goes on when there are some again") {
  Loop loop;
  int came = 0;
  auto listener =
      Listener::open(loop, {kLocal4, 0}, [&](Socket, const base::Endpoint&) { ++came; });
  const auto caller = start_connect((*listener)->local(), std::nullopt);
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  rlimit none = before;
  none.rlim_cur = 0;  // whatever is open stays open
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  fakes::run_turns(loop);
  CHECK(came == 0);
  // Resting, the loop has nothing due: its turns wait instead of spinning.
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(250);
  int turns = 0;
  while (std::chrono::steady_clock::now() < end) {
    loop.turn();
    ++turns;
  }
  CHECK(turns < 10);
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
  fakes::run_until(loop, [&] { return came == 1; });
}

}  // namespace
}  // namespace net
