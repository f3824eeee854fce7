#include "edge/associations.h"

#include <utility>

namespace edge {

Associations::Entries::iterator Associations::erase(Entries::iterator entry) {
  by_expiry_.erase({entry->second.association->expires, entry->first});
  return entries_.erase(entry);
}

Associations::Found Associations::find(const Key& key, policy::WallTime now) {
  const auto found = entries_.find(own(key));
  if (found == entries_.end()) return {};
  if (found->second.association->expires <= now) {
    erase(found);
    return {};
  }
  return {found->second.association, found->second.fetched};
}

base::Result<AssociationPtr> Associations::add(const Key& key, sip::Association association,
                                               policy::WallTime now, Steady fetched) {
  drop(key);
  if (association.expires <= now) {
    return base::Error{base::Errc::Refused, "the association has expired"};
  }
  if (is_revoked(association)) {
    return base::Error{base::Errc::Refused, "the sign-in was revoked"};
  }
  if (entries_.size() >= max_count_) erase(entries_.find(by_expiry_.begin()->second));
  auto kept = std::make_shared<const sip::Association>(std::move(association));
  OwnKey own_key = own(key);
  by_expiry_.emplace(kept->expires, own_key);
  entries_.emplace(std::move(own_key), Entry{kept, fetched});
  return AssociationPtr(std::move(kept));
}

void Associations::drop(const Key& key) {
  if (const auto found = entries_.find(own(key)); found != entries_.end()) erase(found);
}

void Associations::revoke(const policy::Revocation& revocation, policy::WallTime now) {
  revocations_.add(revocation, now);
  if (revocation.kind != policy::Revocation::Kind::User) return;
  auto entry = entries_.lower_bound(OwnKey{revocation.user, revocation.domain, ""});
  while (entry != entries_.end() && std::get<0>(entry->first) == revocation.user &&
         std::get<1>(entry->first) == revocation.domain) {
    entry =
        entry->second.association->issued <= revocation.before ? erase(entry) : std::next(entry);
  }
}

bool Associations::is_revoked(const sip::Association& association) const {
  policy::SessionToken token;  // what a revocation of a user is compared with
  token.user = association.user;
  token.domain = association.domain;
  token.issued = association.issued;
  return revocations_.is_revoked(token);
}

}  // namespace edge
