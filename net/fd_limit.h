#pragma once
// How many connections a process can hold.

#include <cstdint>

#include "base/result.h"

namespace net {

// Raises the limit of open descriptors (RLIMIT_NOFILE) to the hard limit and returns it. System
// when the kernel refuses; the limit is then what it was.
base::Result<std::uint64_t> raise_fd_limit();

}  // namespace net
