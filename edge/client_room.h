#pragma once
// How many clients the edge lets in: of each protocol as many in a worker as was configured, and in
// all as many as the process has descriptors for. Half of those are kept, in equal parts, for the
// protocols that are served, so that a flood of one leaves room for the others; the other half is
// for whoever comes first.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "edge/board.h"

namespace edge {

struct ClientRoom {
  using Protocol = Counters::Count Counters::*;  // the count of its connections now

  std::uint64_t of_worker = 200'000;  // connections of one protocol
  std::uint64_t of_process = 0;       // of all workers and protocols: what descriptors allow
  std::vector<Protocol> served;

  // Whether one more may come to that worker. Several workers that ask at the same moment may each
  // be told so: who reckons descriptors leaves some over.
  bool has_place(Protocol protocol, const Board& board, std::size_t worker) const;
};

}  // namespace edge
