#include "net/fd_limit.h"

#include <sys/resource.h>

#include <cerrno>

#include "net/tcp.h"

namespace net {

base::Result<std::uint64_t> raise_fd_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return system_error("getrlimit", errno);
  limit.rlim_cur = limit.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) return system_error("setrlimit", errno);
  return std::uint64_t{limit.rlim_cur};
}

}  // namespace net
