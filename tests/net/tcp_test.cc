#include "net/tcp.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
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

}  // namespace
}  // namespace net
