#include "net/tcp.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <thread>
#include <utility>

namespace net {
namespace {

TEST_CASE("what a failed call means") {
  struct Case {
    int number;
    base::Errc code;
  };
  const Case cases[] = {
      {ECONNREFUSED, base::Errc::Refused}, {EHOSTUNREACH, base::Errc::Refused},
      {ENETUNREACH, base::Errc::Refused},  {ECONNRESET, base::Errc::Closed},
      {EPIPE, base::Errc::Closed},         {ETIMEDOUT, base::Errc::Timeout},
      {EMFILE, base::Errc::System},        {EINVAL, base::Errc::System},
  };
  for (const Case& c : cases) {
    CAPTURE(c.number);
    CHECK(system_error("x", c.number).code == c.code);
  }
  CHECK(system_error("connect to 10.1.2.3:5", ECONNREFUSED).detail ==
        "connect to 10.1.2.3:5: Connection refused");
}

TEST_CASE("a socket closes its descriptor once, and moves") {
  Socket first = std::move(*tcp_socket({}));
  const int fd = first.fd();
  CHECK((::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
  CHECK((::fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
  Socket second(std::move(first));
  CHECK_FALSE(first);
  CHECK(second.fd() == fd);
  first = std::move(second);
  CHECK(first.fd() == fd);
  first.close();
  first.close();
  CHECK_FALSE(first);
  CHECK(::fcntl(fd, F_GETFD) == -1);
}

TEST_CASE("a connection that may be silent is asked by the kernel whether it is there") {
  const Socket socket = std::move(*tcp_socket({}));
  const auto option = [&](int level, int name) {
    int value = -1;
    socklen_t size = sizeof value;
    REQUIRE(::getsockopt(socket.fd(), level, name, &value, &size) == 0);
    return value;
  };
  CHECK(option(SOL_SOCKET, SO_KEEPALIVE) == 0);
  keep_alive(socket);
  CHECK(option(SOL_SOCKET, SO_KEEPALIVE) == 1);
  CHECK(option(IPPROTO_TCP, TCP_KEEPIDLE) == 300);
  CHECK(option(IPPROTO_TCP, TCP_KEEPINTVL) == 60);
  CHECK(option(IPPROTO_TCP, TCP_KEEPCNT) == 5);
}

TEST_CASE("listening on a foreign address says which and why") {
  const auto socket = listen_on({base::IpAddress::v4({192, 0, 2, 1}), 8443});
  REQUIRE_FALSE(socket);
  CHECK(socket.error().code == base::Errc::System);
  CHECK(socket.error().detail == "listen on 192.0.2.1:8443: Cannot assign requested address");
}

TEST_CASE("an address is free unless somebody listens there, shared or not") {
  const base::IpAddress any4;
  const base::IpAddress any6 = *base::parse_ip("::");
  const base::IpAddress one4 = base::IpAddress::v4({127, 0, 0, 1});
  const base::IpAddress two4 = base::IpAddress::v4({127, 0, 0, 2});
  const base::IpAddress one6 = *base::parse_ip("::1");
  struct Case {
    base::IpAddress taken;
    base::IpAddress wanted;
    bool free;
  };
  const Case cases[] = {
      {one4, one4, false}, {any4, one4, false}, {one4, any4, false}, {any4, any4, false},
      {one4, two4, true},  {one6, one6, false}, {any6, one6, false}, {one6, any6, false},
      {any6, any4, true},  {any4, any6, true},  {any6, one4, true},  {one4, any6, true},
  };
  for (const Sharing sharing : {Sharing::None, Sharing::Workers}) {
    for (const Case& c : cases) {
      CAPTURE(static_cast<int>(sharing));
      CAPTURE(to_string(c.taken));
      CAPTURE(to_string(c.wanted));
      auto listening = listen_on({c.taken, 0}, sharing);
      REQUIRE(listening);
      const base::Endpoint wanted{c.wanted, local_endpoint(*listening).port};
      const base::Endpoint addresses[] = {{one4, 0}, wanted};
      const auto free = check_free(addresses);
      REQUIRE(bool{free} == c.free);
      if (free) continue;
      CHECK(free.error().code == base::Errc::System);
      CHECK(free.error().detail == "listen on " + to_string(wanted) + ": Address already in use");
      listening->close();
      CHECK(check_free(addresses));
    }
  }
}

TEST_CASE("a look whether an address is free leaves it free, and connections that ended do too") {
  const base::IpAddress local4 = base::IpAddress::v4({127, 0, 0, 1});
  auto listening = listen_on({local4, 0}, Sharing::Workers);
  REQUIRE(listening);
  const base::Endpoint local = local_endpoint(*listening);
  auto caller = start_connect(local, std::nullopt);
  REQUIRE(caller);
  const auto wait_for = [](const Socket& socket) {
    pollfd readable{socket.fd(), POLLIN, 0};
    REQUIRE(::poll(&readable, 1, 5000) == 1);
  };
  wait_for(*listening);
  Socket accepted(::accept4(listening->fd(), nullptr, nullptr, SOCK_CLOEXEC));
  REQUIRE(accepted);
  listening->close();
  CHECK(check_free({&local, 1}));  // the connection is still open
  accepted.close();  // the first to close is the one that waits (RFC 9293 section 3.6.1)
  wait_for(*caller);
  caller->close();
  CHECK(check_free({&local, 1}));
  CHECK(check_free({&local, 1}));
  const auto first = listen_on(local, Sharing::Workers);
  CHECK(first);
  CHECK(listen_on(local, Sharing::Workers));
}

TEST_CASE("an address that is still somebody else's is waited for") {
  auto listening = listen_on({base::IpAddress::v4({127, 0, 0, 1}), 0});
  REQUIRE(listening);
  const base::Endpoint local = local_endpoint(*listening);
  CHECK_FALSE(check_free({&local, 1}, std::chrono::milliseconds{50}));
  std::thread ending([&listening] {
    std::this_thread::sleep_for(std::chrono::milliseconds{50});
    listening->close();
  });
  CHECK(check_free({&local, 1}, std::chrono::seconds{30}));
  ending.join();
}

TEST_CASE("an address that this machine does not have is not waited for") {
  const base::Endpoint foreign{base::IpAddress::v4({192, 0, 2, 1}), 8443};
  const auto before = std::chrono::steady_clock::now();
  const auto free = check_free({&foreign, 1}, std::chrono::seconds{60});
  CHECK(std::chrono::steady_clock::now() - before < std::chrono::seconds{30});
  REQUIRE_FALSE(free);
  CHECK(free.error().detail == "listen on 192.0.2.1:8443: Cannot assign requested address");
}

}  // namespace
}  // namespace net
