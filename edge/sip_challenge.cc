#include "edge/sip_challenge.h"

#include <algorithm>
#include <string>

#include "base/text.h"
#include "sip/headers.h"
#include "sip/response.h"
#include "sip/uri.h"

namespace edge {

using sip::FieldId;

namespace {

bool is_for(const base::Result<sip::AuthParams>& auth, std::string_view realm) {
  return auth && auth->get("realm") == realm;
}

}  // namespace

sip::Message make_challenge(const sip::Message& request, const SipSettings& settings,
                            sip::NonceKey& nonces, std::string_view flow, std::int64_t now,
                            bool stale) {
  sip::Message response = sip::make_response(request, 407);
  for (const sip::DigestAlgorithm algorithm : settings.algorithms) {
    sip::DigestChallenge challenge;
    challenge.realm = settings.name;
    challenge.nonce = nonces.make(now, flow, settings.name);
    challenge.algorithm = algorithm;
    challenge.stale = stale;
    challenge.qop_auth = true;
    response.add(FieldId::ProxyAuthenticate, sip::to_string(challenge));
  }
  return response;
}

base::Result<std::optional<sip::DigestCredentials>> find_credentials(const sip::Message& request,
                                                                     std::string_view realm) {
  for (const sip::Field& field : request.fields()) {
    if (field.id != FieldId::ProxyAuthorization) continue;
    const base::Result<sip::AuthParams> auth = sip::parse_auth(field.value);
    if (!is_for(auth, realm)) continue;
    base::Result<sip::DigestCredentials> credentials = sip::read_credentials(*auth);
    if (!credentials) return credentials.error();
    return std::optional<sip::DigestCredentials>(std::move(*credentials));
  }
  return std::optional<sip::DigestCredentials>();
}

void strip_credentials(sip::Message& request, std::string_view realm) {
  std::vector<std::string> others;
  for (const sip::Field& field : request.fields()) {
    if (field.id != FieldId::ProxyAuthorization) continue;
    if (!is_for(sip::parse_auth(field.value), realm)) others.emplace_back(field.value);
  }
  request.remove(FieldId::ProxyAuthorization);
  for (const std::string& other : others)
    request.add(FieldId::ProxyAuthorization, other);
}

bool same_uri(std::string_view a, std::string_view b) {
  if (a == b) return true;
  const base::Result<sip::Uri> left = sip::parse_uri(a);
  const base::Result<sip::Uri> right = sip::parse_uri(b);
  return left && right && base::iequals(left->scheme, right->scheme) &&
         left->has_user == right->has_user && left->user == right->user &&
         left->password == right->password && base::iequals(left->host, right->host) &&
         left->port == right->port && base::iequals(left->params, right->params) &&
         left->headers == right->headers;
}

bool NonceCounts::take(const sip::NonceKey::Judged& nonce, std::uint32_t count, std::int64_t now) {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Entry& entry) { return entry.id == nonce.id; });
  if (found != entries_.end()) {
    if (count <= found->count) return false;
    found->count = count;
    return true;
  }
  if (count == 0 || nonce.made <= floor_) return false;
  if (entries_.size() >= kMaxNonces) expire(now);
  if (entries_.size() >= kMaxNonces) {
    const auto oldest = std::min_element(
        entries_.begin(), entries_.end(),
        [](const Entry& left, const Entry& right) { return left.made < right.made; });
    floor_ = std::max(floor_, oldest->made);
    entries_.erase(oldest);
    if (nonce.made <= floor_) return false;
  }
  entries_.push_back({nonce.id, nonce.made, count});
  return true;
}

void NonceCounts::expire(std::int64_t now) {
  if (entries_.empty()) return;
  // One second more than a nonce is fresh: judge() and we may not round alike.
  std::erase_if(entries_, [&](const Entry& entry) {
    return now - entry.made > sip::NonceKey::kFreshSeconds + 1;
  });
  if (entries_.empty()) std::vector<Entry>().swap(entries_);  // an idle connection keeps nothing
}

}  // namespace edge
