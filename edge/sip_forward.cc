#include "edge/sip_forward.h"

#include <fmt/format.h>

#include "base/random.h"
#include "edge/sip_challenge.h"
#include "sip/forward.h"
#include "sip/headers.h"
#include "sip/uri.h"

namespace edge {

using sip::FieldId;

namespace {

// "<sip:5002@ucm-sub>": the address alone, without parameters of any kind.
std::string asserted_identity(const sip::Message& request, FieldId id) {
  const base::Result<sip::NameAddr> address = sip::parse_name_addr(request.value(id));
  if (!address) return {};
  const base::Result<sip::Uri> uri = sip::parse_uri(address->uri);
  if (!uri || !uri->has_user) return {};
  return fmt::format("<sip:{}@{}>", uri->user, sip::host_port(uri->host, uri->port));
}

bool is_at(std::string_view text, const base::Endpoint& where) {
  const base::Result<sip::Uri> uri = sip::parse_uri(text);
  if (!uri || uri->port != where.port) return false;
  const base::Result<base::IpAddress> address = base::parse_ip(uri->host);
  return address && *address == where.address;
}

}  // namespace

void strip_claims(sip::Message& message) {
  message.remove(FieldId::SallyportFlow);
  message.remove(sip::kUserField);
  message.remove(FieldId::PAssertedIdentity);
  message.remove("P-Preferred-Identity");  // RFC 3325 section 9.2: we assert, and none is asked for
  message.remove(FieldId::XTaaTag);
}

void dress_for_core(sip::Message& request, const SipHops& hops, std::optional<FieldId> asserted) {
  strip_claims(request);
  strip_credentials(request, hops.edge);
  request.remove(FieldId::Path);
  if (request.method() == "REGISTER") {
    request.add(FieldId::Path,
                fmt::format("<sip:{};transport=tls;lr>", base::to_string(hops.link)));
    request.add(FieldId::Path,
                fmt::format("<sip:{};transport=tls;apparent;ds;lr>", base::to_string(hops.client)));
  } else if (sip::opens_dialog(request)) {
    request.add_first(FieldId::RecordRoute, record_route(hops));
  }
  const std::string identity = asserted ? asserted_identity(request, *asserted) : std::string();
  if (!identity.empty()) request.add(FieldId::PAssertedIdentity, identity);
  request.add(FieldId::XTaaTag, base::random_uuid());
  request.add(FieldId::SallyportFlow, hops.flow_id);
  request.add(sip::kUserField, hops.account);
}

void dress_for_client(sip::Message& request, const SipHops& hops) {
  while (const auto value = request.first_value(FieldId::Route)) {
    const base::Result<sip::NameAddr> route = sip::parse_name_addr(*value);
    const bool ours = route && (names_edge(route->uri, {hops.edge, hops.dialled}) ||
                                is_at(route->uri, hops.link) || is_at(route->uri, hops.client));
    if (!ours) break;
    request.remove_first_value(FieldId::Route);
  }
  if (sip::opens_dialog(request)) {
    request.add_first(FieldId::RecordRoute, record_route(hops));
  }
  request.remove(FieldId::SallyportFlow);
}

void add_via(sip::Message& request, const base::Endpoint& local, std::string_view zone,
             std::string_view branch) {
  const std::string host_port = base::to_string(local);
  const std::string call = base::random_uuid();
  request.add_first(FieldId::Via,
                    sip::to_string(sip::OwnVia{"TLS", host_port, zone, branch, call}));
}

std::string record_route(const SipHops& hops) {
  const std::string_view dot = hops.called.empty() ? "" : ".";
  return fmt::format("<sip:{}{}{}@{}:5061;transport=tls;lr>", hops.flow_id, dot, hops.called,
                     hops.edge);
}

}  // namespace edge
