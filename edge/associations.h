#pragma once
// The digest associations that cores gave one worker, until they end or are revoked (wire.md 6.5).
// They hold HA1, so they live in memory only.

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <tuple>

#include "policy/revocations.h"
#include "sip/delegation.h"

namespace edge {

using AssociationPtr = std::shared_ptr<const sip::Association>;

class Associations final {
 public:
  using Steady = std::chrono::steady_clock::time_point;
  // More are not remembered: the one that expires first goes, and costs a SERVICE when it is
  // missed. Some 600 bytes each.
  static constexpr std::size_t kMaxAssociations = 100'000;

  explicit Associations(std::size_t max_count = kMaxAssociations) : max_count_(max_count) {}

  // Who it is about: `username` as the client spells it, since HA1 is over that.
  struct Key {
    std::string_view user;  // canonical
    std::string_view domain;
    std::string_view username;
  };
  struct Found {
    AssociationPtr association;  // null: none
    Steady fetched{};            // when the core gave it
  };
  // One that has expired is dropped here, and is none.
  Found find(const Key& key, policy::WallTime now);
  // Refused when it has expired, or a revocation speaks of it.
  base::Result<AssociationPtr> add(const Key& key, sip::Association association,
                                   policy::WallTime now, Steady fetched);
  void drop(const Key& key);

  // Drops what was issued to the user at or before the moment, now and for as long as the
  // revocation lasts. Those of single sessions have no effect: associations are a user's.
  void revoke(const policy::Revocation& revocation, policy::WallTime now);
  bool is_revoked(const sip::Association& association) const;

  std::size_t size() const { return entries_.size(); }

 private:
  // User and domain come first, so that all of a user stand together.
  using OwnKey = std::tuple<std::string, std::string, std::string>;
  struct Entry {
    AssociationPtr association;
    Steady fetched;
  };
  using Entries = std::map<OwnKey, Entry>;
  static OwnKey own(const Key& key) {
    return {std::string(key.user), std::string(key.domain), std::string(key.username)};
  }
  Entries::iterator erase(Entries::iterator entry);

  std::size_t max_count_;
  Entries entries_;
  std::set<std::pair<std::chrono::sys_seconds, OwnKey>> by_expiry_;
  policy::Revocations revocations_;
};

}  // namespace edge
