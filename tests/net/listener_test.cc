#include "net/listener.h"

#include <doctest/doctest.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
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

const auto kIgnore = [](Socket, const base::Endpoint&) {};

TEST_CASE("workers' listeners share a port; IPv4 and IPv6 stand side by side") {
  Loop loop;
  auto first = Listener::open(loop, {base::IpAddress(), 0}, kIgnore, Sharing::Workers);
  REQUIRE(first);
  const base::Endpoint any4 = (*first)->local();
  CHECK(Listener::open(loop, any4, kIgnore, Sharing::Workers));
  CHECK(Listener::open(loop, {*base::parse_ip("::"), any4.port}, kIgnore, Sharing::Workers));
}

TEST_CASE("a port is one listener's own unless both say that it is shared") {
  Loop loop;
  struct Case {
    Sharing first;
    Sharing second;
  };
  for (const Case& c : {Case{Sharing::None, Sharing::None}, Case{Sharing::Workers, Sharing::None},
                        Case{Sharing::None, Sharing::Workers}}) {
    CAPTURE(static_cast<int>(c.first));
    CAPTURE(static_cast<int>(c.second));
    const auto first = Listener::open(loop, {kLocal4, 0}, kIgnore, c.first);
    REQUIRE(first);
    const base::Endpoint local = (*first)->local();
    const auto second = Listener::open(loop, local, kIgnore, c.second);
    REQUIRE_FALSE(second);
    CHECK(second.error().code == base::Errc::System);
    CHECK(second.error().detail == "listen on " + to_string(local) + ": Address already in use");
    (*first)->close();
    CHECK(Listener::open(loop, local, kIgnore, c.second));
  }
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

// Sends until the kernel takes no more; `reader` reads along for the first `read_along` octets,
// which lets the kernel's buffers grow.
void fill(const Socket& writer, const Socket& reader, std::size_t read_along) {
  static char octets[64 * 1024];
  std::size_t sent = 0;
  for (;;) {
    const ssize_t taken = ::send(writer.fd(), octets, sizeof octets, MSG_NOSIGNAL);
    if (taken > 0) sent += static_cast<std::size_t>(taken);
    if (sent < read_along) {
      while (::recv(reader.fd(), octets, sizeof octets, 0) > 0) {
      }
    } else if (taken < 0) {
      return;
    }
  }
}

TEST_CASE("what is accepted and what is dialled keeps little of what the peer does not read") {
  Loop loop;
  Socket accepted;
  auto listener = Listener::open(loop, {kLocal4, 0}, [&](Socket socket, const base::Endpoint&) {
    accepted = std::move(socket);
  });
  const auto dialled = start_connect((*listener)->local(), std::nullopt);
  REQUIRE(dialled);
  fakes::run_until(loop, [&] { return bool{accepted}; });
  const auto check = [](const Socket& writer, const Socket& reader) {
    int no_delay = 0;
    socklen_t length = sizeof no_delay;
    CHECK(::getsockopt(writer.fd(), IPPROTO_TCP, TCP_NODELAY, &no_delay, &length) == 0);
    CHECK(no_delay != 0);
    fill(writer, reader, 32 << 20);
    int unsent = 0;
    CHECK(::ioctl(writer.fd(), SIOCOUTQNSD, &unsent) == 0);
    CHECK(unsent <= 256 * 1024);
  };
  check(accepted, *dialled);
  check(*dialled, accepted);
}

TEST_CASE("a window bounds what a peer sends ahead, however fast it was read before") {
  constexpr int kWindow = 128 * 1024;
  Loop loop;
  Socket accepted;
  auto listener = Listener::open(loop, {kLocal4, 0}, [&](Socket socket, const base::Endpoint&) {
    accepted = std::move(socket);
  });
  const auto dialled = start_connect((*listener)->local(), std::nullopt, kWindow);
  REQUIRE(dialled);
  fakes::run_until(loop, [&] { return bool{accepted}; });
  fill(accepted, *dialled, 32 << 20);
  int unread = 0;
  CHECK(::ioctl(dialled->fd(), SIOCINQ, &unread) == 0);
  CHECK(unread > 0);
  CHECK(unread <= 2 * kWindow);  // what the kernel makes of SO_RCVBUF (socket(7))
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
