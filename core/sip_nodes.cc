#include "core/sip_nodes.h"

#include <algorithm>
#include <utility>

#include "base/domain.h"
#include "base/text.h"
#include "sip/forward.h"
#include "sip/headers.h"
#include "sip/uri.h"

namespace core {
namespace {

void add_once(std::vector<SipTarget>& list, SipTarget item) {
  if (std::find(list.begin(), list.end(), item) == list.end()) list.push_back(std::move(item));
}

// One spelling for a host: lower case, no final dot, addresses as they are written here.
std::string canonical_host(std::string_view host) {
  if (const auto address = base::parse_ip(host)) return base::to_string(*address);
  if (host.ends_with('.')) host.remove_suffix(1);
  return base::to_lower(host);
}

bool serves(const Discovery& discovery, std::string_view domain) {
  return domain.empty() || base::iequals(discovery.domain(), domain);
}

bool has_tag(const sip::Message& message, sip::FieldId id) {
  const auto address = sip::parse_name_addr(message.value(id));
  return address && address->param("tag").has_value();
}

}  // namespace

std::string to_string(const SipTarget& target) {
  return sip::host_port(target.host, target.port);
}

SipNodes::SipNodes(const SipConfig& config,
                   const std::vector<std::unique_ptr<Discovery>>& discoveries)
    : port_(config.port), discoveries_(discoveries) {
  for (const std::string& text : config.registrars) {
    const auto parsed = sip::parse_host_port(text);
    if (!parsed) continue;  // the configuration was checked
    registrars_.push_back({canonical_host(parsed->host), parsed->port.value_or(config.port)});
  }
}

std::optional<SipTarget> SipNodes::find(std::string_view host, std::optional<std::uint16_t> port,
                                        std::string_view domain) const {
  const std::string name = canonical_host(host);
  const auto is_host = [&](std::string_view known) {
    if (known == name) return true;
    if (name.find('.') != std::string::npos) return false;
    return std::any_of(discoveries_.begin(), discoveries_.end(),
                       [&](const auto& discovery) { return discovery->qualify(name) == known; });
  };
  for (const SipTarget& registrar : registrars_) {
    if (is_host(registrar.host) && port.value_or(registrar.port) == registrar.port) {
      return registrar;
    }
  }
  if (port.value_or(port_) != port_) return std::nullopt;
  for (const auto& discovery : discoveries_) {
    if (!serves(*discovery, domain)) continue;
    for (const policy::Node& node : discovery->nodes()) {
      if (is_host(node.host)) return SipTarget{node.host, port_};
    }
  }
  const auto address = base::parse_ip(name);
  if (!address || !host_of_) return std::nullopt;
  const auto owner = host_of_(*address);
  if (!owner) return std::nullopt;
  if (domain.empty()) return SipTarget{*owner, port_};
  // A node that is known by its address only was looked for above.
  return base::parse_ip(*owner) ? std::nullopt : find(*owner, port, domain);
}

bool SipNodes::is_inside(std::string_view host, std::optional<std::uint16_t> port) const {
  if (find(host, port)) return true;
  const std::string name = canonical_host(host);
  return port.value_or(port_) == port_ &&
         std::any_of(discoveries_.begin(), discoveries_.end(), [&](const auto& discovery) {
           return base::iequals(discovery->domain(), name);
         });
}

std::vector<SipTarget> SipNodes::defaults(std::string_view uri_host,
                                          std::string_view domain) const {
  if (!registrars_.empty()) return registrars_;
  std::vector<SipTarget> targets;
  const auto add = [&](const Discovery& discovery) {
    for (const Node& node : discovery.uds_nodes())
      add_once(targets, {node.host, port_});
  };
  for (const auto& discovery : discoveries_) {
    if (serves(*discovery, domain) && base::is_in_domain(uri_host, discovery->domain()))
      add(*discovery);
  }
  if (!targets.empty()) return targets;
  for (const auto& discovery : discoveries_) {
    if (serves(*discovery, domain)) add(*discovery);
  }
  return targets;
}

base::Result<std::vector<SipTarget>> SipNodes::choose(sip::Message& request,
                                                      std::string_view domain,
                                                      SipRefusal& refusal) const {
  const auto refuse = [&](int status, std::string reason) {
    refusal = {status, std::move(reason)};
    return base::Error{base::Errc::Refused, refusal.reason};
  };
  const bool in_dialog = has_tag(request, sip::FieldId::To);
  std::vector<SipTarget> targets;
  std::size_t routes = 0;
  bool pop = false;
  for (const std::string_view value : request.values(sip::FieldId::Route)) {
    // Within a dialog what follows the first is the business of those that recorded it.
    if (routes++ > 0 && in_dialog) break;
    const auto route = sip::parse_name_addr(value);
    const auto uri = route ? sip::parse_uri(route->uri) : base::Result<sip::Uri>(route.error());
    if (!uri) return refuse(400, "Route: " + uri.error().detail);
    const auto node = find(uri->host, uri->port, domain);
    if (!node) {
      return refuse(403, "Route names " + sip::host_port(uri->host, uri->port) +
                             ", which is no call manager that is known here");
    }
    if (routes > 1) continue;
    targets.push_back(*node);
    // A Route that the client began with has done its work; one that was recorded is taken away by
    // the proxy that it names (RFC 3261 section 16.4).
    pop = !in_dialog && !uri->has_user;
  }
  const auto uri = sip::parse_uri(request.uri());
  if (!uri) return refuse(400, "request URI: " + uri.error().detail);
  if (targets.empty()) {
    if (const auto node = find(uri->host, uri->port, domain)) targets.push_back(*node);
  }
  if (targets.empty() || !in_dialog) {
    for (SipTarget& target : defaults(uri->host, domain))
      add_once(targets, std::move(target));
  }
  if (targets.empty()) return refuse(503, "no call manager is known");
  if (pop) request.remove_first_value(sip::FieldId::Route);
  return targets;
}

}  // namespace core
