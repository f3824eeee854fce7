#pragma once
// What one worker has counted since the process began. Written by its worker, read by the admin
// page: relaxed atomics, since nobody draws conclusions from two of them.

#include <atomic>
#include <cstdint>

namespace core {

struct Counters {
  using Count = std::atomic<std::uint64_t>;
  Count requests{0};             // exchanges that arrived over links
  Count sign_ins{0};             // get_edge_config answered with 200
  Count relayed{0};              // sent to a server inside
  Count refused_credentials{0};  // 401
  Count refused_access{0};       // 403: allow list, device of another user, user not enabled
  Count refused_rate{0};         // 429
  Count upstream_failures{0};    // 502, 503, 504

  static void add(Count& count) { count.fetch_add(1, std::memory_order_relaxed); }
  // Counts a refusal by its status.
  void refused(int status);
};

}  // namespace core
