#include "service/heap_trim.h"

#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>

namespace service {
namespace {

constexpr std::chrono::seconds kInterval{5};

// Bytes free at the end of a heap that free() leaves there. By itself it gives back what exceeds
// 128 KiB: a download whose buffers happen to lie at the end has them taken away and given anew,
// page by page, with each of its pieces, which was four times all other work for it.
constexpr int kFreeAtEnd = static_cast<int>(TrimAdvice::kWorthwhile);
// From this size on a block has a mapping of its own, which ends with it.
constexpr int kOwnMapping = 1 << 20;

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
  ::mallopt(M_TRIM_THRESHOLD, kFreeAtEnd);
  ::mallopt(M_MMAP_THRESHOLD, kOwnMapping);  // the first ends the adjusting of the second
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
