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
  Count links_refused{0};               // of who dialled as a core
  Count no_place{0};                    // connections closed at once (client_room.h)
  Count https_connections{0};           // now, not since the beginning
  Count sip_messages{0};                // that arrived from clients
  Count sip_challenged{0};              // 407
  Count sip_refused{0};                 // requests of clients, other than 407 and 503
  Count sip_unavailable{0};             // 503
  Count sip_wrong_digests{0};           // credentials that did not fit
  Count sip_forwarded{0};               // requests of clients that went to a core
  Count sip_to_clients{0};              // requests from inside that went to a client
  Count sip_flow_failures{0};           // 430
  Count sip_questions{0};               // SERVICE sent
  Count sip_questions_failed{0};        // that brought no association
  Count sip_registered_total{0};        // REGISTERs that a registrar granted
  Count sip_connections{0};             // now, not since the beginning
  Count sip_connections_registered{0};  // likewise
  Count sip_channels{0};                // likewise
  Count xmpp_opened{0};                 // stream headers for a domain of ours
  Count xmpp_secured{0};                // connections on which TLS came up
  Count xmpp_signed_in{0};              // streams on which SASL succeeded
  Count xmpp_failed_sign_ins{0};        // failures of SASL
  Count xmpp_refused{0};                // streams ended for what the client did
  Count xmpp_unavailable{0};            // streams ended since core or node was not there
  Count xmpp_connections{0};            // now, not since the beginning
  Count xmpp_streams{0};                // likewise: those joined to a core

  static void add(Count& count) { count.fetch_add(1, std::memory_order_relaxed); }
  static void set(Count& count, std::uint64_t now) { count.store(now, std::memory_order_relaxed); }
};

}  // namespace edge
