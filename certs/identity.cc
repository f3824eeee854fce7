#include "certs/identity.h"

#include <algorithm>
#include <cstddef>

#include "base/text.h"

namespace certs {
namespace {

// RFC 4985 section 2: "_service.domain"; in use also "_service._protocol.domain".
bool is_srv_name(std::string_view text) {
  return base::is_service_name(text) && text.starts_with('_') && !text.starts_with("_.") &&
         text.find('.') != std::string_view::npos;
}

// "edge.lab.example." is the same name as without the dot, which only says that it is complete.
std::string_view without_last_dot(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  return name;
}

// RFC 9525 section 6.3. `reference` is a valid host name and thus holds no '*'.
bool matches_dns(std::string_view presented, std::string_view reference) {
  if (base::iequals(presented, reference)) return true;
  if (!presented.starts_with("*.")) return false;
  const std::string_view suffix = presented.substr(1);              // ".lab.example"
  if (suffix.find('.', 1) == std::string_view::npos) return false;  // "*.example" is half the world
  const std::size_t dot = reference.find('.');
  return dot != std::string_view::npos && base::iequals(reference.substr(dot), suffix);
}

base::Error malformed(std::string_view text, std::string_view why) {
  return {base::Errc::Malformed, "\"" + std::string(text) + "\" " + std::string(why)};
}

base::Result<Name> parse_dns(std::string_view whole, std::string_view text, bool wildcard) {
  const std::string_view name = without_last_dot(text);
  const std::string_view plain = wildcard && name.starts_with("*.") ? name.substr(2) : name;
  if (base::is_host_name(plain)) return Name{Name::Kind::Dns, base::to_lower(name)};
  if (base::parse_ip(text)) return malformed(whole, "is an address: write IP: in front of it");
  if (name.find('*') != std::string_view::npos) {
    return malformed(whole, wildcard ? "has a '*' that is not the whole first label"
                                     : "has a '*': a name to look for is one name");
  }
  return malformed(whole, "is not a DNS name (an international name is written xn--)");
}

base::Result<Name> parse(std::string_view text, bool wildcard) {
  const std::size_t colon = text.find(':');
  const std::string_view kind = text.substr(0, colon);
  const std::string_view rest =
      colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1);
  if (base::iequals(kind, "DNS") && colon != std::string_view::npos) {
    return parse_dns(text, rest, wildcard);
  }
  if (base::iequals(kind, "IP") && colon != std::string_view::npos) {
    const auto address = base::parse_ip(rest);
    if (!address) return malformed(text, "is not an IP address");
    return Name{Name::Kind::Ip, base::to_string(*address)};
  }
  if (base::iequals(kind, "SRV") && colon != std::string_view::npos) {
    const std::string_view name = without_last_dot(rest);
    if (is_srv_name(name)) return Name{Name::Kind::Srv, base::to_lower(name)};
    return malformed(text, "is not a service name such as SRV:_collab-edge._tls.lab.example");
  }
  return malformed(text, "does not say its kind: write DNS:, IP: or SRV: in front of it");
}

}  // namespace

base::Result<Name> parse_name(std::string_view text) {
  return parse(text, false);
}

base::Result<Name> parse_presented_name(std::string_view text) {
  return parse(text, true);
}

std::string to_string(const Name& name) {
  switch (name.kind) {
    case Name::Kind::Dns:
      return "DNS:" + name.text;
    case Name::Kind::Ip:
      return "IP:" + name.text;
    case Name::Kind::Srv:
      return "SRV:" + name.text;
  }
  return "?";
}

std::vector<Name> names_of(const Identity& identity) {
  std::vector<Name> names;
  for (const std::string& name : identity.dns_names)
    names.push_back({Name::Kind::Dns, name});
  for (const base::IpAddress& address : identity.addresses) {
    names.push_back({Name::Kind::Ip, base::to_string(address)});
  }
  for (const std::string& name : identity.srv_names)
    names.push_back({Name::Kind::Srv, name});
  return names;
}

bool holds(const Identity& identity, const Name& name) {
  const std::string_view reference = without_last_dot(name.text);
  switch (name.kind) {
    case Name::Kind::Dns:
      return base::is_host_name(reference) &&
             std::any_of(identity.dns_names.begin(), identity.dns_names.end(),
                         [&](const auto& presented) { return matches_dns(presented, reference); });
    case Name::Kind::Ip: {
      const auto address = base::parse_ip(name.text);
      return address && std::find(identity.addresses.begin(), identity.addresses.end(), *address) !=
                            identity.addresses.end();
    }
    case Name::Kind::Srv:
      return is_srv_name(reference) &&
             std::any_of(
                 identity.srv_names.begin(), identity.srv_names.end(),
                 [&](const auto& presented) { return base::iequals(presented, reference); });
  }
  return false;
}

}  // namespace certs
