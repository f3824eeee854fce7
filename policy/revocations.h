#pragma once
// Sessions that ended before their time: single ones, and all of a user up to a moment. The core
// makes them and tells every edge, one text line each. One per worker, no locks.

#include <chrono>
#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "policy/session.h"

namespace policy {

struct Revocation {
  enum class Kind { Session, User };
  Kind kind = Kind::Session;
  SessionId id{};                      // Session: the one that ends
  std::string user;                    // User: whose sessions end, canonical
  std::string domain;                  // User: of this domain
  std::chrono::sys_seconds before{};   // User: those issued at or before this second
  std::chrono::sys_seconds expires{};  // when every session it speaks of has expired by itself
  bool operator==(const Revocation&) const = default;

  static Revocation of_session(const SessionToken& token);
  // `lifetime` is that of the longest session, so that the revocation outlives them all.
  static Revocation of_user(std::string user, std::string domain, std::chrono::sys_seconds before,
                            std::chrono::seconds lifetime);
};

// "session 0123...cdef 1760000000" or "user mac.donald@example.com 1760000000 1760028800": id or
// user@domain, then before (user only), then expires, in seconds since 1970; no line end.
std::string to_string(const Revocation& revocation);
// Reads exactly what to_string writes; Malformed for everything else.
base::Result<Revocation> parse_revocation(std::string_view line);

class Revocations final {
 public:
  // More are not remembered: the one that expires first is dropped for a new one.
  static constexpr std::size_t kMaxRevocations = 100'000;

  explicit Revocations(std::size_t max_count = kMaxRevocations);

  // Takes it in, and drops those that have expired. One that has expired already has no effect.
  void add(const Revocation& revocation, WallTime now);
  bool is_revoked(const SessionToken& token) const;
  // All that are in force, to tell an edge that joins late.
  std::vector<Revocation> list() const;
  std::size_t size() const { return by_expiry_.size(); }

 private:
  struct Span {
    std::chrono::sys_seconds before;
    std::chrono::sys_seconds expires;
  };
  using UserKey = std::pair<std::string, std::string>;  // user, domain
  using UserView = std::pair<std::string_view, std::string_view>;
  struct UserLess {  // so that a check allocates nothing
    using is_transparent = void;
    bool operator()(const UserView& a, const UserView& b) const { return a < b; }
  };
  // What to forget and when: the id, or the user when the name is not empty.
  struct Due {
    std::chrono::sys_seconds expires;
    SessionId id;
    UserKey user;
    auto operator<=>(const Due&) const = default;
  };
  void drop(std::set<Due>::iterator due);

  std::size_t max_count_;
  std::map<SessionId, std::chrono::sys_seconds> sessions_;
  std::map<UserKey, Span, UserLess> users_;
  std::set<Due> by_expiry_;
};

}  // namespace policy
