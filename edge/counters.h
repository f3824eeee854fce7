#pragma once
// What one worker has counted since the process began. Written by its worker, read by the admin
// page: relaxed atomics, since nobody draws conclusions from two of them.

#include <atomic>
#include <cstdint>

namespace edge {

struct Counters {
  using Count = std::atomic<std::uint64_t>;
  Count requests{0};             // exchanges that arrived from clients
  Count forwarded{0};            // sent through a link
  Count refused_malformed{0};    // 400
  Count refused_credentials{0};  // 401
  Count refused_domain{0};       // 404
  Count refused_no_link{0};      // 503
  Count link_failures{0};        // exchanges whose link broke before an answer
  Count handshake_failures{0};

  static void add(Count& count) { count.fetch_add(1, std::memory_order_relaxed); }
};

}  // namespace edge
