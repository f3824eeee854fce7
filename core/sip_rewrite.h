#pragma once
// What the core changes in SIP messages on their way between edges and call managers, so that
// whatever comes back finds its way without a table (wire.md 6). Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sip/message.h"
#include "sip/sealed.h"

namespace core {

// How this core is named in messages.
struct SipSelf {
  std::string host_port;                   // in Contact, Path, Record-Route and Via
  std::vector<std::string> names;          // hosts that mean this core, lower case
  bool path_headers = false;               // Path to the registrar, instead of a Contact of ours
  std::string_view via_transport = "TCP";  // towards call managers

  bool is_me(std::string_view host) const;
};

// A client as the core can reach it: the connection it opened at an edge.
struct ClientPlace {
  std::uint64_t edge = 0;  // sip::name_hash() of its name
  std::uint16_t edge_worker = 0;
  sip::FlowId flow{};
};

inline ClientPlace place_of(const sip::RouteState& state) {
  return {state.edge, state.edge_worker, state.flow};
}

// Takes away the Routes at the front that name this core.
void pop_own_routes(sip::Message& request, const SipSelf& self);

// A request of a client that goes to a call manager: own Via, Path or Contact, Record-Route.
// `transaction`: sip::transaction_key() of the request as it came. Malformed: a Contact that cannot
// be rewritten.
base::Result<> write_inwards(sip::Message& request, const SipSelf& self, const sip::Sealer& sealer,
                             const ClientPlace& client, std::uint64_t transaction);
// Contacts of a client, in an answer, as call managers shall see them.
base::Result<> hide_contacts(sip::Message& message, const SipSelf& self, const sip::Sealer& sealer,
                             const ClientPlace& client);

// Where a request from inside goes: the client that its Route or its request URI is sealed for. The
// request URI becomes the client's own again and Routes go, since behind us only the client's edge
// follows. Nothing when it names no client of ours; Routes of ours are gone then too.
std::optional<ClientPlace> read_outwards(sip::Message& request, const SipSelf& self,
                                         const sip::Sealer& sealer);
// Own Via, Record-Route and Sallyport-Flow of a request that goes to a client. `connection`: by
// which its answer returns.
void write_outwards(sip::Message& request, const SipSelf& self, const sip::Sealer& sealer,
                    const ClientPlace& client, std::uint64_t transaction, std::uint64_t connection);

// The state in the top Via of an answer, if we sealed it as one of `kind`.
std::optional<sip::RouteState> read_via(const sip::Message& response, const sip::Sealer& sealer,
                                        sip::RouteState::Kind kind);

}  // namespace core
