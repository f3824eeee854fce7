#include "service/heap_trim.h"

#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

namespace service {
namespace {

// Bytes free at the end of a heap that free() leaves there. By itself it gives back what exceeds
// 128 KiB: a download whose buffers happen to lie at the end has them taken away and given anew,
// page by page, with each of its pieces, which was four times all other work for it.
constexpr int kFreeAtEnd = static_cast<int>(TrimAdvice::kWorthwhile);
// From this size on a block has a mapping of its own, which ends with it.
constexpr int kOwnMapping = 1 << 20;

}  // namespace

std::uint64_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::uint64_t all = 0;
  std::uint64_t resident = 0;
  if (!(file >> all >> resident)) return 0;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

MemoryReading read_memory() {
  const std::uint64_t resident = resident_bytes();
  if (resident == 0) return {};
  const struct mallinfo2 heap = ::mallinfo2();
  return {resident, heap.uordblks + heap.hblkhd};
}

bool TrimAdvice::on_reading(const MemoryReading& now) {
  least_idle_ = std::min(least_idle_, now.idle());
  const auto quarter = static_cast<std::int64_t>(now.used / 4);
  const bool worthwhile = now.idle() >= least_idle_ + std::max(kWorthwhile, quarter);
  readings_ = worthwhile ? readings_ + 1 : 0;
  return readings_ >= kPatience;
}

void TrimAdvice::on_trimmed(const MemoryReading& now) {
  least_idle_ = now.idle();
  readings_ = 0;
}

HeapTrim::HeapTrim(net::Loop& loop, std::chrono::milliseconds interval)
    : interval_(interval), timer_(loop, [this] { look(); }) {
  ::mallopt(M_TRIM_THRESHOLD, kFreeAtEnd);
  ::mallopt(M_MMAP_THRESHOLD, kOwnMapping);  // the first ends the adjusting of the second
  look();
}

void HeapTrim::look() {
  timer_.start(interval_);
  ++looks_;
  if (!is_worth_reading(resident_bytes())) return;
  const MemoryReading now = read_memory();
  resident_ = now.resident;
  looks_ = 0;
  if (!advice_.on_reading(now)) return;
  ::malloc_trim(0);
  const MemoryReading after = read_memory();
  advice_.on_trimmed(after);
  resident_ = after.resident;
}

bool HeapTrim::is_worth_reading(std::uint64_t resident) const {
  const std::uint64_t moved = resident > resident_ ? resident - resident_ : resident_ - resident;
  return moved >= kMoved || advice_.is_doubtful() || looks_ >= kLooksBetween;
}

}  // namespace service
