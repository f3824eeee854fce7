#include "edge/client_room.h"

#include <algorithm>

namespace edge {

bool ClientRoom::has_place(Protocol protocol, const Board& board, std::size_t worker) const {
  if ((board.counters(worker).*protocol).load(std::memory_order_relaxed) >= of_worker) return false;
  const std::uint64_t kept = of_process / 2 / std::max<std::size_t>(served.size(), 1);
  std::uint64_t taken = 0;
  for (const Protocol other : served) {
    const std::uint64_t now = board.total(other);
    taken += other == protocol ? now : std::max(now, kept);
  }
  return taken < of_process;
}

}  // namespace edge
