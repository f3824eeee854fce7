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

  Count sip_registers{0};            // REGISTERs relayed to call managers
  Count sip_registered{0};           // of these, answered with 2xx
  Count sip_requests{0};             // other requests of clients, relayed
  Count sip_inside{0};               // requests from inside that went to a client
  Count sip_refused{0};              // by us, but for SERVICE
  Count sip_flow_failed{0};          // 430
  Count service_ok{0};               // SERVICE by the status of the answer
  Count service_forbidden{0};        // 403
  Count service_not_found{0};        // 404
  Count service_no_identity{0};      // 428
  Count service_bad_certificate{0};  // 437
  Count service_bad_identity{0};     // 438
  Count service_other{0};            // 400, 500, 503
  Count sip_trunks{0};               // connections to call managers that stand now

  Count xmpp_streams{0};  // of clients, that stand now

  // Counts the answer to a SERVICE.
  void service_answered(int status);
  static void add(Count& count) { count.fetch_add(1, std::memory_order_relaxed); }
  // Counts a refusal by its status.
  void refused(int status);
};

}  // namespace core
