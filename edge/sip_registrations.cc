#include "edge/sip_registrations.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/domain.h"
#include "base/text.h"
#include "edge/sip_admission.h"
#include "sip/headers.h"
#include "sip/uri.h"

namespace edge {

using sip::FieldId;

namespace {

constexpr std::uint32_t kDefaultSeconds = 3600;  // RFC 3261 section 10.2.1.1

std::uint32_t seconds_of(const sip::NameAddr& contact, std::uint32_t otherwise) {
  const auto param = contact.param("expires");
  if (!param) return otherwise;
  const base::Result<std::uint32_t> seconds = sip::parse_delta_seconds(*param);
  return seconds ? *seconds : otherwise;
}

std::optional<std::uint32_t> expires_of(const sip::Message& message) {
  const base::Result<std::uint32_t> seconds =
      sip::parse_delta_seconds(message.value(FieldId::Expires));
  if (!seconds) return std::nullopt;
  return *seconds;
}

// What the registrar granted: by URI, and the shortest for a URI that it spells in another way.
struct Granted {
  std::map<std::string, std::uint32_t, std::less<>> contacts;
  std::optional<std::uint32_t> shortest;

  explicit Granted(const sip::Message& response) {
    const std::uint32_t otherwise = expires_of(response).value_or(kDefaultSeconds);
    for (const std::string_view value : response.values(FieldId::Contact)) {
      const base::Result<sip::NameAddr> contact = sip::parse_name_addr(value);
      if (!contact || contact->is_star) continue;
      const std::uint32_t seconds = seconds_of(*contact, otherwise);
      // A binding may stand there twice, from an earlier connection of the same client's too.
      std::uint32_t& longest = contacts[std::string(contact->uri)];
      longest = std::max(longest, seconds);
      shortest = std::min(shortest.value_or(seconds), seconds);
    }
  }
  std::uint32_t seconds(std::string_view uri, std::uint32_t asked) const {
    const auto found = contacts.find(uri);
    if (found != contacts.end()) return found->second;
    return shortest ? std::min(*shortest, asked) : 0;
  }
};

}  // namespace

void SipRegistrations::begin(std::string branch, const sip::Message& request,
                             AssociationPtr association, Steady now) {
  Pending pending;
  pending.branch = std::move(branch);
  pending.line = address_of_record(request, FieldId::To);
  pending.association = std::move(association);
  pending.since = now;
  const std::uint32_t otherwise = expires_of(request).value_or(kDefaultSeconds);
  for (const std::string_view value : request.values(FieldId::Contact)) {
    const base::Result<sip::NameAddr> contact = sip::parse_name_addr(value);
    if (!contact) continue;
    pending.all = pending.all || contact->is_star;
    if (contact->is_star) continue;
    pending.contacts.push_back({std::string(contact->uri), seconds_of(*contact, otherwise)});
  }
  if (pending_.size() >= kMaxPending) pending_.erase(pending_.begin());
  pending_.push_back(std::move(pending));
}

SipRegistrations::Outcome SipRegistrations::finish(std::string_view branch,
                                                   const sip::Message& response, Steady now) {
  const auto found = std::find_if(pending_.begin(), pending_.end(),
                                  [&](const Pending& one) { return one.branch == branch; });
  if (found == pending_.end()) return {};
  const Pending pending = std::move(*found);
  pending_.erase(found);
  if (pending_.empty()) std::vector<Pending>().swap(pending_);
  Outcome outcome{Change::None, pending.association, pending.line, 0};
  if (response.status() >= 300) return outcome;
  if (pending.all && forget_line(pending.line)) outcome.change = Change::Removed;
  const Granted granted(response);
  for (const Contact& contact : pending.contacts) {
    const Key key{pending.line, contact.uri};
    const std::uint32_t seconds =
        contact.seconds == 0 ? 0 : granted.seconds(contact.uri, contact.seconds);
    if (seconds == 0) {
      if (registrations_.erase(key) > 0 && outcome.change == Change::None) {
        outcome.change = Change::Removed;
      }
      continue;
    }
    if (registrations_.size() >= kMaxRegistrations && !registrations_.contains(key)) continue;
    registrations_[key] = {pending.association, now + std::chrono::seconds{seconds} + kGrace};
    const bool first = outcome.change != Change::Registered;
    outcome.seconds = first ? seconds : std::min(outcome.seconds, seconds);
    outcome.change = Change::Registered;
  }
  return outcome;
}

bool SipRegistrations::forget_line(const std::string& line) {
  const auto first = registrations_.lower_bound({line, ""});
  auto last = first;
  while (last != registrations_.end() && last->first.first == line)
    ++last;
  const bool any = first != last;
  registrations_.erase(first, last);
  return any;
}

AssociationPtr SipRegistrations::owner(std::string_view uri,
                                       std::span<const std::string> domains) const {
  const base::Result<sip::Uri> address = sip::parse_uri(uri);
  if (!address) return nullptr;
  const std::string* const in = narrowest(address->host, domains);
  const sip::Association* foreign = nullptr;  // lines of one user stand together
  for (const auto& [key, registration] : registrations_) {
    const sip::Association* const association = registration.association.get();
    if (association == foreign) continue;
    const std::string_view line = key.first;
    const std::string_view host = line.substr(line.rfind('@') + 1);
    if (!base::iequals(host, address->host) && (!in || *in != association->domain)) continue;
    if (owns(*association, uri)) return registration.association;
    foreign = association;
  }
  return nullptr;
}

AssociationPtr SipRegistrations::first() const {
  return registrations_.empty() ? nullptr : registrations_.begin()->second.association;
}

void SipRegistrations::expire(Steady now) {
  std::erase_if(registrations_, [&](const auto& one) { return one.second.until <= now; });
  std::erase_if(pending_, [&](const Pending& one) { return now - one.since >= kPendingLimit; });
}

SipRegistrations::Steady SipRegistrations::next_end() const {
  Steady next = Steady::max();
  for (const auto& [key, registration] : registrations_)
    next = std::min(next, registration.until);
  for (const Pending& one : pending_)
    next = std::min(next, one.since + kPendingLimit);
  return next;
}

}  // namespace edge
