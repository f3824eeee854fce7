#include "service/heap_trim.h"

#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>

namespace service {
namespace {

constexpr std::chrono::seconds kInterval{5};

// Bytes of memory that the process has now (proc(5), statm); 0: not known.
std::uint64_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::uint64_t all = 0;
  std::uint64_t resident = 0;
  if (!(file >> all >> resident)) return 0;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

bool TrimAdvice::on_reading(std::uint64_t resident) {
  const bool is_first = least_ == 0;
  const bool still = resident < last_ + kStill;
  last_ = resident;
  least_ = is_first ? resident : std::min(least_, resident);
  return still && resident >= least_ + std::max(kWorthwhile, least_ / 4);
}

HeapTrim::HeapTrim(net::Loop& loop) : timer_(loop, [this] { look(); }) {
  look();
}

void HeapTrim::look() {
  if (advice_.on_reading(resident_bytes())) {
    ::malloc_trim(0);
    advice_.on_trimmed(resident_bytes());
  }
  timer_.start(kInterval);
}

}  // namespace service
