#include "net/socket.h"

#include <unistd.h>

namespace net {

Socket& Socket::operator=(Socket&& other) noexcept {
  if (this != &other) {
    close();
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

Socket::~Socket() {
  close();
}

void Socket::close() {
  const int fd = std::exchange(fd_, -1);
  // Not repeated after EINTR: Linux has released the descriptor by then.
  if (fd >= 0) ::close(fd);
}

}  // namespace net
