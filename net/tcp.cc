#include "net/tcp.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <string>
#include <system_error>
#include <thread>

namespace net {
namespace {

// Connections that wait for accept(); the kernel cuts it down to net.core.somaxconn.
constexpr int kBacklog = 4096;
// What the kernel takes of a stream before it goes out. More would only be memory that a peer who
// reads slowly makes us keep, 4 MiB each, until all of TCP on the machine stands still (tcp_mem).
constexpr int kUnsent = 128 * 1024;

base::Errc code_of(int error_number) {
  switch (error_number) {
    case ECONNREFUSED:
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EHOSTDOWN:
    case EACCES:
    case EPERM:
      return base::Errc::Refused;
    case ECONNRESET:
    case ECONNABORTED:
    case EPIPE:
    case ENOTCONN:
      return base::Errc::Closed;
    case ETIMEDOUT:
      return base::Errc::Timeout;
    default:
      return base::Errc::System;
  }
}

void set_option(const Socket& socket, int level, int name, int value = 1) {
  ::setsockopt(socket.fd(), level, name, &value, sizeof value);
}

// No Nagle (RFC 9293 section 3.7.4), since output is gathered by the loop's turn; and kUnsent.
void set_stream_options(const Socket& socket) {
  set_option(socket, IPPROTO_TCP, TCP_NODELAY);
  set_option(socket, IPPROTO_TCP, TCP_NOTSENT_LOWAT, kUnsent);
}

sockaddr* as_sockaddr(sockaddr_storage& storage) {
  return reinterpret_cast<sockaddr*>(&storage);
}

base::Error about(const char* what, const base::Endpoint& where) {
  return system_error(std::string(what) + " " + to_string(where), errno);
}

base::Error not_listening(const base::Endpoint& local, int error_number) {
  return {base::Errc::System, system_error("listen on " + to_string(local), error_number).detail};
}

// 0, or why not. With SO_REUSEADDR a socket is in the way only if it listens, or is bound without
// that option.
int bind_to(const Socket& socket, const base::Endpoint& local, Sharing sharing) {
  set_option(socket, SOL_SOCKET, SO_REUSEADDR);
  if (sharing == Sharing::Workers) set_option(socket, SOL_SOCKET, SO_REUSEPORT);
  if (!local.address.is_v4()) set_option(socket, IPPROTO_IPV6, IPV6_V6ONLY);
  sockaddr_storage storage{};
  const unsigned length = to_sockaddr(local, storage);
  return ::bind(socket.fd(), as_sockaddr(storage), length) == 0 ? 0 : errno;
}

}  // namespace

base::Error system_error(std::string_view what, int error_number) {
  return {code_of(error_number),
          std::string(what) + ": " + std::generic_category().message(error_number)};
}

base::Result<Socket> tcp_socket(const base::IpAddress& address) {
  const int family = address.is_v4() ? AF_INET : AF_INET6;
  Socket socket(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP));
  if (!socket) return base::Error{base::Errc::System, system_error("socket", errno).detail};
  return socket;
}

base::Result<Socket> start_connect(const base::Endpoint& remote,
                                   const std::optional<base::IpAddress>& source, int window) {
  base::Result<Socket> opened = tcp_socket(remote.address);
  if (!opened) return opened.error();
  Socket socket = std::move(*opened);
  sockaddr_storage storage{};
  if (source) {
    // The port is chosen by connect(), so that many connections may leave from one address.
    set_option(socket, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT);
    const base::Endpoint from{*source, 0};
    const unsigned length = to_sockaddr(from, storage);
    if (::bind(socket.fd(), as_sockaddr(storage), length) != 0) return about("dial from", from);
  }
  set_stream_options(socket);
  if (window > 0) set_option(socket, SOL_SOCKET, SO_RCVBUF, window);
  const unsigned length = to_sockaddr(remote, storage);
  const int outcome = ::connect(socket.fd(), as_sockaddr(storage), length);
  // Interrupted or not, the connection is made in the background.
  if (outcome != 0 && errno != EINPROGRESS && errno != EINTR) return about("connect to", remote);
  return socket;
}

std::optional<base::Error> connect_outcome(const Socket& socket, const base::Endpoint& remote) {
  int number = 0;
  socklen_t length = sizeof number;
  if (::getsockopt(socket.fd(), SOL_SOCKET, SO_ERROR, &number, &length) != 0) number = errno;
  if (number == 0) return std::nullopt;
  base::Error error = system_error("connect to " + to_string(remote), number);
  // A reset in the middle of the three-way handshake is a refusal, not the end of a connection.
  if (error.code == base::Errc::Closed) error.code = base::Errc::Refused;
  return error;
}

base::Result<Socket> listen_on(const base::Endpoint& local, Sharing sharing) {
  base::Result<Socket> socket = tcp_socket(local.address);
  if (!socket) return socket.error();
  if (const int failure = bind_to(*socket, local, sharing)) return not_listening(local, failure);
  set_stream_options(*socket);  // what is accepted inherits them
  if (::listen(socket->fd(), kBacklog) != 0) return not_listening(local, errno);
  return socket;
}

base::Result<> check_free(std::span<const base::Endpoint> addresses,
                          std::chrono::milliseconds patience) {
  using Clock = std::chrono::steady_clock;
  constexpr std::chrono::milliseconds kPoll{20};
  for (const base::Endpoint& local : addresses) {
    if (local.port == 0) continue;
    for (const auto until = Clock::now() + patience;; std::this_thread::sleep_for(kPoll)) {
      const base::Result<Socket> socket = tcp_socket(local.address);
      if (!socket) return socket.error();
      const int failure = bind_to(*socket, local, Sharing::None);
      if (failure == 0) break;
      if (failure != EADDRINUSE || Clock::now() >= until) return not_listening(local, failure);
    }
  }
  return {};
}

void keep_alive(const Socket& socket) {
  constexpr int kFirstSeconds = 300, kNextSeconds = 60, kTries = 5;
  set_option(socket, SOL_SOCKET, SO_KEEPALIVE);
  set_option(socket, IPPROTO_TCP, TCP_KEEPIDLE, kFirstSeconds);
  set_option(socket, IPPROTO_TCP, TCP_KEEPINTVL, kNextSeconds);
  set_option(socket, IPPROTO_TCP, TCP_KEEPCNT, kTries);
}

base::Endpoint local_endpoint(const Socket& socket) {
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  if (::getsockname(socket.fd(), as_sockaddr(storage), &length) != 0) return {};
  return base::from_sockaddr(*as_sockaddr(storage));
}

base::Endpoint remote_endpoint(const Socket& socket) {
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  if (::getpeername(socket.fd(), as_sockaddr(storage), &length) != 0) return {};
  return base::from_sockaddr(*as_sockaddr(storage));
}

}  // namespace net
