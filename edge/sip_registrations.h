#pragma once
// What one client's connection has registered, and the REGISTERs that are on their way: from these
// the edge knows which requests may pass, and whom a revocation ends.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "edge/associations.h"
#include "sip/message.h"

namespace edge {

class SipRegistrations final {
 public:
  using Steady = std::chrono::steady_clock::time_point;
  // Of one connection: a gateway or a load generator may register many lines over one.
  static constexpr std::size_t kMaxRegistrations = 4096;
  static constexpr std::size_t kMaxPending = 1024;  // the oldest goes
  // A registrar that has not answered by then will not (RFC 3261 section 17.1.2: 64 T1, and more).
  static constexpr std::chrono::seconds kPendingLimit{64};
  // A refresh that comes a little late finds its connection alive.
  static constexpr std::chrono::seconds kGrace{10};

  // A REGISTER went to a core under this branch.
  void begin(std::string branch, const sip::Message& request, AssociationPtr association,
             Steady now);
  // Its final answer came, with the client's own Contacts in it.
  enum class Change { None, Registered, Removed };
  struct Outcome {
    Change change = Change::None;
    AssociationPtr association;  // of the REGISTER; null when none was begun
    std::string line;            // "5002@ucm-sub"
    std::uint32_t seconds = 0;   // Registered: the shortest of its contacts
  };
  Outcome finish(std::string_view branch, const sip::Message& response, Steady now);

  bool any() const { return !registrations_.empty(); }
  bool any_pending() const { return !pending_.empty(); }  // a REGISTER waits for its answer
  // The association whose user owns the address (edge::owns), at a host that a line of the user is
  // registered at or that lies in the user's domain, and in none of our `domains` below that: its
  // owner is vouched for in P-Asserted-Identity, host and all. Null when none is registered.
  AssociationPtr owner(std::string_view uri, std::span<const std::string> domains) const;
  // Of one of those that are registered: where its connection belongs. Null when there is none.
  AssociationPtr first() const;
  template <typename Predicate>
  bool any_of(const Predicate& predicate) const {
    for (const auto& [key, registration] : registrations_) {
      if (predicate(*registration.association)) return true;
    }
    return false;
  }
  void expire(Steady now);
  Steady next_end() const;  // when expire() has something to do; Steady::max(): never

 private:
  using Key = std::pair<std::string, std::string>;  // line, URI of Contact
  struct Registration {
    AssociationPtr association;
    Steady until;
  };
  struct Contact {
    std::string uri;
    std::uint32_t seconds = 0;  // asked for
  };
  struct Pending {
    std::string branch;
    std::string line;
    std::vector<Contact> contacts;
    bool all = false;  // Contact: *
    AssociationPtr association;
    Steady since;
  };

  bool forget_line(const std::string& line);

  std::map<Key, Registration> registrations_;
  std::vector<Pending> pending_;
};

}  // namespace edge
