#pragma once
// What the edge changes in a message on its way (wire.md 6.5). Pure; the judgement came before
// (sip_admission.h).

#include <optional>
#include <string>
#include <string_view>

#include "base/address.h"
#include "edge/sip_admission.h"
#include "sip/message.h"

namespace edge {

inline constexpr std::string_view kClientZone = "CollaborationEdgeZone";
inline constexpr std::string_view kTunnelZone = "TZone";

// The two hops a message crosses here.
struct SipHops {
  std::string_view edge;     // the edge's name
  std::string_view flow_id;  // of the client's connection
  base::Endpoint client;     // where the client is
  base::Endpoint dialled;    // our end of that
  base::Endpoint link;       // our end of the link to the core
  std::string account = {};  // user@domain, for a client's request
  std::string called = {};   // BranchKey::mark_called(), for one to the client
};

// Whatever a client says about what only we know: removed from its requests and responses.
void strip_claims(sip::Message& message);

// A client's request on its way inside, all but our Via: credentials for us go, Path (of a
// REGISTER), P-Asserted-Identity of `asserted` (To, From or none), X-TAATag, Sallyport-Flow and
// Sallyport-User come, and Record-Route where a dialog may begin.
void dress_for_core(sip::Message& request, const SipHops& hops,
                    std::optional<sip::FieldId> asserted);
// A request from inside on its way to the client, likewise: Route values that name the client or us
// go, and so does Sallyport-Flow.
void dress_for_client(sip::Message& request, const SipHops& hops);

// Puts our Via on top.
void add_via(sip::Message& request, const base::Endpoint& local, std::string_view zone,
             std::string_view branch);

// "<sip:FLOW@EDGE:5061;transport=tls;lr>", or with "FLOW.MARK" for one who is called.
std::string record_route(const SipHops& hops);

}  // namespace edge
