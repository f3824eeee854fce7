#pragma once
// The steps of a stateless proxy (RFC 3261 sections 16.3 to 16.7 and 16.11) as changes to a
// message. Where to send it is the caller's business.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/address.h"
#include "sip/headers.h"
#include "sip/message.h"

namespace sip {

// For the link between edge and core only, as Sallyport-Flow: "user@domain" of the user whose
// request it is. No other domain's call manager gets to see it, and a core that no longer lets that
// user in refuses it.
inline constexpr std::string_view kUserField = "Sallyport-User";

inline constexpr std::string_view kMagicCookie = "z9hG4bK";

// Lowers Max-Forwards, or adds 70 less one where there is none; false when it was 0 (483).
bool lower_max_forwards(Message& request);

// Writes into the top Via what RFC 3261 section 18.2.1 and RFC 3581 ask of a receiver: received=
// (always, as the seed has it) and rport= where the client asked for it, then ";ingress-zone=zone".
// False when there is no Via to be read.
bool mark_received(Message& request, const base::Endpoint& from, std::string_view zone);

// A number that tells this transaction from others of the same sender, and is the same for its
// ACK and CANCEL: over the top Via's branch and sent-by, Call-ID, From tag, To tag for ACK of a
// 2xx excluded, CSeq number and request URI (RFC 3261 section 16.11).
std::uint64_t transaction_key(const Message& request);

// "SIP/2.0/TLS 10.106.4.81:7001;egress-zone=TZone;branch=z9hG4bK…;proxy-call-id=<uuid>;rport".
struct OwnVia {
  std::string_view transport = "TLS";
  std::string_view host_port;
  std::string_view zone;     // egress-zone; empty: none
  std::string_view branch;   // without the magic cookie
  std::string_view call_id;  // proxy-call-id; empty: none
};
std::string to_string(const OwnVia& via);

// The client's Contact as the registrar sees it, and back (wire.md 6.6):
//   <sip:user@CLIENT:PORT;transport=tls;ob>;params
//   <sip:user@CORE:5060;transport=tcp;ob;orig-hostport=CLIENT:PORT;flow=STATE>;params
// The client's transport, when it is another than tls or not there, is kept as orig-transport, the
// scheme sips as orig-scheme. `value` is one Contact value; `*` stays. Malformed as
// parse_name_addr and parse_uri have it.
base::Result<std::string> hide_contact(std::string_view value, std::string_view core_host_port,
                                       std::string_view transport, std::string_view state);
// The URI only (without brackets) that the client gave, of a URI that hide_contact made; nothing
// when it has no orig-hostport. `state` gets the flow parameter's value when not null.
std::optional<std::string> original_uri(std::string_view uri, std::string* state = nullptr);
// Every Contact of a message that hide_contact made becomes the client's own again.
void restore_contacts(Message& message);

// Whether the request may open a dialog, so that later ones of it must pass here too by
// Record-Route (RFC 3261 section 16.6, step 4): an INVITE, SUBSCRIBE, REFER or NOTIFY without a tag
// in To.
bool opens_dialog(const Message& request);

// Whether the request is a loose-routed one for us: the host of the first Route.
std::optional<NameAddr> first_route(const Message& request);

}  // namespace sip
