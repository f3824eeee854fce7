#include "core/revoke.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "core/config.h"
#include "policy/user.h"

namespace core {
namespace {

constexpr std::string_view kUsage = "use PUT /revoke?user=NAME@DOMAIN";

int hex_value(char c) {
  if (base::is_digit(c)) return c - '0';
  return base::to_lower(c) - 'a' + 10;
}

// '+' stands for itself: names hold pluses and never spaces.
base::Result<std::string> decode_percent(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded.push_back(text[i]);
      continue;
    }
    if (text.size() - i < 3 || !base::is_hex_digit(text[i + 1]) ||
        !base::is_hex_digit(text[i + 2])) {
      return base::Error{base::Errc::Malformed, "user: '%' without two hexadecimal digits"};
    }
    decoded.push_back(static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2])));
    i += 2;
  }
  return decoded;
}

}  // namespace

base::Result<policy::Revocation> parse_revoke(std::string_view query,
                                              std::span<const std::string> domains,
                                              std::chrono::system_clock::time_point now) {
  constexpr std::string_view kParameter = "user=";
  if (!query.starts_with(kParameter) || query.find('&') != std::string_view::npos) {
    return base::Error{base::Errc::Malformed, std::string(kUsage)};
  }
  const auto typed = decode_percent(query.substr(kParameter.size()));
  if (!typed) return typed.error();
  const std::size_t at = typed->find('@');
  if (at == std::string::npos) return base::Error{base::Errc::Malformed, std::string(kUsage)};
  const std::string domain = base::to_lower(std::string_view(*typed).substr(at + 1));
  if (!base::is_host_name(domain)) {
    return base::Error{base::Errc::Malformed, "user: what follows the '@' is no domain"};
  }
  if (std::find(domains.begin(), domains.end(), domain) == domains.end()) {
    return base::Error{base::Errc::NotFound, "this core does not serve " + domain};
  }
  auto user = policy::canonical_user(*typed, domain);
  if (!user) return base::Error{base::Errc::Malformed, "user: " + user.error().detail};
  // Sessions may have been issued under a longer lifetime than that of today.
  return policy::Revocation::of_user(
      std::move(*user), domain, std::chrono::floor<std::chrono::seconds>(now), kMaxSessionLifetime);
}

std::vector<net::tunnel::CoreEvent> revocation_events(
    std::span<const policy::Revocation> revocations, const net::tunnel::CoreEvent& event) {
  std::vector<net::tunnel::CoreEvent> events;
  while (!revocations.empty()) {
    const std::size_t count = std::min(revocations.size(), kRevocationsPerEvent);
    events.push_back(event);
    for (const policy::Revocation& revocation : revocations.first(count)) {
      events.back().revocations.push_back(policy::to_string(revocation));
    }
    revocations = revocations.subspan(count);
  }
  return events;
}

}  // namespace core
