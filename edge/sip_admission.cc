#include "edge/sip_admission.h"

#include <algorithm>
#include <array>

#include "base/domain.h"
#include "base/text.h"
#include "sip/check.h"
#include "sip/headers.h"
#include "sip/uri.h"

namespace edge {

using sip::FieldId;

namespace {

constexpr std::uint16_t kSipsPort = 5061;
constexpr std::string_view kDeviceParam = "+u.sip!devicename.ccm.cisco.com";

bool is_known(std::string_view method) {
  constexpr std::array<std::string_view, 15> kKnown = {
      "REGISTER", "OPTIONS", "INVITE", "ACK",   "CANCEL",    "BYE",     "PRACK",  "UPDATE",
      "INFO",     "MESSAGE", "NOTIFY", "REFER", "SUBSCRIBE", "PUBLISH", "SERVICE"};
  return std::find(kKnown.begin(), kKnown.end(), method) != kKnown.end();
}

bool is_ours(std::string_view host, std::span<const std::string> domains) {
  return std::any_of(domains.begin(), domains.end(),
                     [&](const std::string& domain) { return base::is_in_domain(host, domain); });
}

SipAdmission refuse(int status, std::string reason) {
  return {SipTask::Forward, SipRefusal{status, std::move(reason)}};
}

SipAdmission admit_options(const sip::Message& request, const SipSettings& settings,
                           bool registered) {
  const base::Result<sip::Uri> uri = sip::parse_uri(request.uri());
  if (!uri) return refuse(400, "request URI: " + uri.error().detail);
  const bool ours = is_ours(uri->host, settings.domains) || base::iequals(uri->host, settings.name);
  const bool here =
      base::iequals(uri->host, settings.name) ||
      std::any_of(settings.domains.begin(), settings.domains.end(),
                  [&](const auto& domain) { return base::iequals(uri->host, domain); });
  if (here && !uri->has_user) return {SipTask::AnswerOptions, {}};
  if (registered) return {SipTask::Forward, {}};
  if (!ours) return refuse(404, "OPTIONS for " + std::string(uri->host) + ", not served here");
  return refuse(403, "OPTIONS before registration");
}

// The parameters of a list, one after the other, quotes kept. find_param() gives the first of a
// name only, and somebody else may read the last.
template <typename Visit>
void each_param(std::string_view params, const Visit& visit) {
  bool quoted = false;
  std::size_t start = 0;
  for (std::size_t i = 0; i <= params.size(); ++i) {
    if (i < params.size()) {
      if (quoted && params[i] == '\\') {
        ++i;
        continue;
      }
      if (params[i] == '"') quoted = !quoted;
      if (quoted || params[i] != ';') continue;
    }
    const std::string_view one =
        params.substr(std::min(start, params.size()), std::min(i, params.size()) - start);
    const std::size_t equals = std::min(one.find('='), one.size());
    visit(base::trim(one.substr(0, equals)),
          base::trim(one.substr(std::min(equals + 1, one.size()))));
    start = i + 1;
  }
}

std::optional<std::string> foreign_device(std::string_view params,
                                          const sip::Association& association) {
  std::optional<std::string> foreign;
  each_param(params, [&](std::string_view name, std::string_view value) {
    // In URIs "%2b" is '+' to whoever undoes escapes, and no name here needs one.
    const base::Result<std::string> plain = sip::unescape(name);
    if (!base::iequals(plain ? *plain : name, kDeviceParam)) return;
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
      value = value.substr(1, value.size() - 2);
    }
    // A backslash is in no device's name, so an escaped one is nobody's.
    const bool known =
        std::any_of(association.devices.begin(), association.devices.end(),
                    [&](const auto& device) { return base::iequals(device, value); });
    if (!known) foreign = std::string(value);
  });
  return foreign;
}

// What follows the flow in the user part of a Record-Route of ours: the mark of who was called, or
// nothing. No value: it is none of this connection.
std::optional<std::string_view> mark_of(std::string_view user, const EdgeNames& edge) {
  if (edge.flow_id.empty() || !user.starts_with(edge.flow_id)) return std::nullopt;
  user.remove_prefix(edge.flow_id.size());
  if (user.empty()) return user;
  if (user.front() != '.') return std::nullopt;
  return user.substr(1);
}

// The user part of a URI with escapes undone; nothing when there is none to be read.
std::optional<std::string> user_of(std::string_view uri) {
  const base::Result<sip::Uri> parsed = sip::parse_uri(uri);
  if (!parsed || !parsed->has_user || !parsed->password.empty()) return std::nullopt;
  const base::Result<std::string> user = sip::unescape(parsed->user);
  if (!user || user->empty()) return std::nullopt;
  return *user;
}

}  // namespace

std::optional<SipRefusal> check_form(const sip::Message& request) {
  if (const auto fault = sip::check_request(request)) {
    return SipRefusal{fault->status, fault->detail, fault->phrase};
  }
  const std::string_view hops = request.value(FieldId::MaxForwards);
  if (!hops.empty() && hops.find_first_not_of('0') == std::string_view::npos) {
    return SipRefusal{483, "Max-Forwards is 0"};
  }
  std::string unknown = sip::unknown_options(request, FieldId::ProxyRequire, {});
  if (!unknown.empty()) {
    return SipRefusal{420, "Proxy-Require: " + unknown, {}, unknown};
  }
  return std::nullopt;
}

SipAdmission admit(const sip::Message& request, const SipSettings& settings, bool registered) {
  const std::string_view method = request.method();
  if (!is_known(method)) return refuse(405, "method " + std::string(method) + " is not known");
  if (method == "REGISTER") return {SipTask::Register, {}};
  if (method == "OPTIONS") return admit_options(request, settings, registered);
  if (method == "SERVICE") return refuse(403, "SERVICE is between edge and core only");
  if (!registered) return refuse(405, std::string(method) + " before registration");
  return {SipTask::Forward, {}};
}

bool names_edge(std::string_view text, const EdgeNames& edge) {
  const base::Result<sip::Uri> uri = sip::parse_uri(text);
  if (!uri) return false;
  if (uri->port && *uri->port != kSipsPort && *uri->port != edge.local.port) return false;
  if (base::iequals(uri->host, edge.name)) return true;
  const base::Result<base::IpAddress> address = base::parse_ip(uri->host);
  return address && *address == edge.local.address;
}

std::string called_mark(const sip::Message& request, const EdgeNames& edge) {
  for (const std::string_view value : request.values(FieldId::Route)) {
    const base::Result<sip::NameAddr> route = sip::parse_name_addr(value);
    if (!route || !names_edge(route->uri, edge)) break;
    const base::Result<sip::Uri> uri = sip::parse_uri(route->uri);
    const auto mark = uri ? mark_of(uri->user, edge) : std::nullopt;
    if (mark && !mark->empty()) return std::string(*mark);
  }
  return {};
}

RouteChoice take_routes(sip::Message& request, const EdgeNames& edge,
                        std::span<const std::string> cores) {
  const auto refused = [](std::string_view value, const char* why) {
    return RouteChoice{{}, SipRefusal{403, "Route " + std::string(value) + ": " + why}};
  };
  bool in_dialog = false;
  while (const auto value = request.first_value(FieldId::Route)) {
    const base::Result<sip::NameAddr> route = sip::parse_name_addr(*value);
    if (!route) return refused(*value, "malformed");
    const base::Result<sip::Uri> uri = sip::parse_uri(route->uri);
    if (!uri) return refused(*value, "malformed");
    if (names_edge(route->uri, edge)) {
      in_dialog = in_dialog || mark_of(uri->user, edge).has_value();
      request.remove_first_value(FieldId::Route);
      continue;
    }
    if (in_dialog && uri->has_user) return {};
    std::string host = base::to_lower(uri->host);
    if (std::find(cores.begin(), cores.end(), host) == cores.end()) {
      return refused(*value, "names neither this edge nor a core of the domain");
    }
    if (!uri->has_user) {
      const auto transport = uri->param("transport");
      if (!transport || !base::iequals(*transport, "tls")) return refused(*value, "not over TLS");
      request.remove_first_value(FieldId::Route);
    }
    return {std::move(host), {}};
  }
  return {};
}

const std::string* narrowest(std::string_view host, std::span<const std::string> domains) {
  const std::string* best = nullptr;
  for (const std::string& domain : domains) {
    if (base::is_in_domain(host, domain) && (!best || domain.size() > best->size())) best = &domain;
  }
  return best;
}

base::Result<std::string> domain_of(std::string_view username, const sip::Message& request,
                                    std::span<const std::string> domains) {
  if (const std::size_t at = username.rfind('@'); at != std::string_view::npos) {
    std::string domain = base::to_lower(username.substr(at + 1));
    if (std::find(domains.begin(), domains.end(), domain) != domains.end()) return domain;
    return base::Error{base::Errc::Refused, "domain " + domain + " is not served here"};
  }
  const base::Result<sip::NameAddr> to = sip::parse_name_addr(request.value(FieldId::To));
  if (to) {
    const base::Result<sip::Uri> uri = sip::parse_uri(to->uri);
    const std::string* best = uri ? narrowest(uri->host, domains) : nullptr;
    if (best) return *best;
  }
  if (domains.size() == 1) return domains.front();
  return base::Error{base::Errc::Refused, "neither username nor To names a domain served here"};
}

std::string sip_domain_of(const sip::Message& request, const std::string& domain,
                          std::span<const std::string> domains) {
  const base::Result<sip::Uri> uri = sip::parse_uri(request.uri());
  if (!uri || !base::is_host_name(uri->host)) return domain;
  const std::string* in = narrowest(uri->host, domains);
  return in && *in == domain ? std::string(uri->host) : domain;
}

bool owns(const sip::Association& association, std::string_view uri) {
  const std::optional<std::string> user = user_of(uri);
  if (!user) return false;
  if (base::iequals(*user, association.user)) return true;
  return std::find(association.lines.begin(), association.lines.end(), *user) !=
         association.lines.end();
}

std::string address_of_record(const sip::Message& message, FieldId id) {
  const base::Result<sip::NameAddr> address = sip::parse_name_addr(message.value(id));
  if (!address) return {};
  const base::Result<sip::Uri> uri = sip::parse_uri(address->uri);
  const std::optional<std::string> user = user_of(address->uri);
  if (!uri || !user) return {};
  return *user + "@" + base::to_lower(uri->host);
}

std::optional<SipRefusal> check_registrant(const sip::Message& request,
                                           const sip::Association& association,
                                           std::span<const std::string> domains) {
  for (const FieldId id : {FieldId::To, FieldId::From}) {
    const base::Result<sip::NameAddr> address = sip::parse_name_addr(request.value(id));
    if (!address || !owns(association, address->uri)) {
      return SipRefusal{403, std::string(sip::name_of(id)) + " " + std::string(request.value(id)) +
                                 " is no line of " + association.user};
    }
    const base::Result<sip::Uri> uri = sip::parse_uri(address->uri);
    std::string host = uri ? base::to_lower(uri->host) : std::string();
    if (host.ends_with('.')) host.pop_back();
    if (host != association.domain &&
        std::find(domains.begin(), domains.end(), host) != domains.end()) {
      return SipRefusal{403, std::string(sip::name_of(id)) + " " + std::string(request.value(id)) +
                                 " is not in " + association.domain};
    }
  }
  if (address_of_record(request, FieldId::From) != address_of_record(request, FieldId::To)) {
    return SipRefusal{403, "registration by a third party: From and To differ"};
  }
  for (const std::string_view value : request.values(FieldId::Contact)) {
    const base::Result<sip::NameAddr> contact = sip::parse_name_addr(value);
    if (!contact) return SipRefusal{400, "Contact: " + contact.error().detail};
    if (contact->is_star) continue;
    std::optional<std::string> foreign = foreign_device(contact->params, association);
    if (const auto uri = sip::parse_uri(contact->uri); !foreign && uri) {
      foreign = foreign_device(uri->params, association);
    }
    if (foreign) return SipRefusal{403, "device " + *foreign + " is not of " + association.user};
  }
  return std::nullopt;
}

}  // namespace edge
