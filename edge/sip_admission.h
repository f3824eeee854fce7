#pragma once
// What a client's request must fulfil before a byte of it goes inside (wire.md 6). Pure: messages
// and names in, a verdict out.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/result.h"
#include "edge/sip_settings.h"
#include "sip/delegation.h"
#include "sip/message.h"

namespace edge {

// Why a request is answered by us, and with what.
struct SipRefusal {
  int status = 403;
  std::string reason;            // for the log
  std::string phrase = {};       // of the status line; empty: the usual words
  std::string unsupported = {};  // of a 420
  int cause = 0;  // what the core said; in Reason (RFC 3326), so that the client's log has it
};

inline constexpr std::string_view kAllowUnregistered = "REGISTER, OPTIONS";
inline constexpr std::string_view kAllow =
    "REGISTER, OPTIONS, INVITE, ACK, CANCEL, BYE, PRACK, UPDATE, INFO, MESSAGE, NOTIFY, REFER, "
    "SUBSCRIBE, PUBLISH";

// The faults of form, in order: sip::check_request(), Max-Forwards 0, Proxy-Require. `request` may
// be of anybody.
std::optional<SipRefusal> check_form(const sip::Message& request);

enum class SipTask {
  Register,
  AnswerOptions,  // it asks this edge itself
  Forward,        // within a registration
};
struct SipAdmission {
  SipTask task = SipTask::Forward;
  std::optional<SipRefusal> refusal;
};
// What a request of a client asks for. `registered`: its connection has a registration.
SipAdmission admit(const sip::Message& request, const SipSettings& settings, bool registered);

// The names by which clients may call this edge: its own and the address that they dialled.
struct EdgeNames {
  std::string_view name;
  base::Endpoint local;
  std::string_view flow_id = {};  // the user part of our Record-Routes of this connection
};
// Whether a URI is this edge: one of the names, and port 5061, the dialled one or none.
bool names_edge(std::string_view uri, const EdgeNames& edge);

// The mark in the first Routes that name this edge, where one of them is a Record-Route of ours to
// who was called (sip_branch.h); else empty.
std::string called_mark(const sip::Message& request, const EdgeNames& edge);

// Takes the Route values that name this edge off the request, then the one that names a core, which
// it returns: its host, empty when there was none. A core's value with a user part is a
// Record-Route of its own and stays, and so does whatever follows a Record-Route of ours: the core
// knows what it sealed and goes nowhere else. 403 when what comes first is anything else. `cores`:
// hosts that are allowed, lower case.
struct RouteChoice {
  std::string core;
  std::optional<SipRefusal> refusal;
};
RouteChoice take_routes(sip::Message& request, const EdgeNames& edge,
                        std::span<const std::string> cores);

// The domain that a host lies in; the longest, because one may lie below another. Null: in none.
const std::string* narrowest(std::string_view host, std::span<const std::string> domains);

// The domain of a digest's username: "user@domain", else that of To, at or below one of ours, else
// our only one. Refused otherwise.
base::Result<std::string> domain_of(std::string_view username, const sip::Message& request,
                                    std::span<const std::string> domains);

// What a SERVICE says of where the user registers: the host of the Request-URI where that is a name
// in the user's domain, else the domain. Anybody may write any host there, and a core that looks in
// another domain finds somebody else, or nobody.
std::string sip_domain_of(const sip::Message& request, const std::string& domain,
                          std::span<const std::string> domains);

// Whether the user part of a URI (escapes undone once) is the user's: one of the association's
// lines, or the user's name.
bool owns(const sip::Association& association, std::string_view uri);
// From, To and the devices in Contact of a REGISTER belong to the user; From equals To, and is no
// address in another of our `domains`: there it is somebody else's.
std::optional<SipRefusal> check_registrant(const sip::Message& request,
                                           const sip::Association& association,
                                           std::span<const std::string> domains);

// "user@host" of the first address of a field, escapes undone once, host in lower case; empty when
// it does not parse.
std::string address_of_record(const sip::Message& message, sip::FieldId id);

}  // namespace edge
