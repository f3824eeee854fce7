#pragma once
// What a password leaves behind when it passes by: digest proofs for the edges' realms
// (policy/associations.h), so that a signed-in client may register over SIP without the core
// keeping the password. Also where a changed password is noticed: then the user's older sessions
// and associations end, at every edge within a second. One per worker.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "core/accounts.h"
#include "policy/associations.h"
#include "policy/revocations.h"
#include "policy/store.h"

namespace core {

class DigestProofs final {
 public:
  // Looks at associations that run at once; more of them are not begun, which costs a user who
  // changed the password the immediate end of older sessions, and nobody else anything.
  static constexpr std::size_t kMaxLooks = 10'000;

  // `store`, `clock` and `log` must outlive it. `realms`: the names of the configured edges.
  DigestProofs(policy::Store& store, const base::Clock& clock, base::Logger& log,
               std::vector<std::string> realms, std::chrono::seconds lifetime);
  DigestProofs(const DigestProofs&) = delete;
  DigestProofs& operator=(const DigestProofs&) = delete;

  // How long what is made from now on is good for: the lifetime of a session.
  void set_lifetime(std::chrono::seconds lifetime) { lifetime_ = lifetime; }

  // The call manager accepted `password`, which came with the user name `typed`. `replaced`:
  // another one was accepted before, so it was changed. `done` comes from the loop when the
  // associations are made, with the second from which on sessions may be issued; destroying the
  // token cancels it, perhaps the making too.
  using Proven = std::function<void(std::chrono::sys_seconds since)>;
  [[nodiscard]] policy::Store::Token accepted(const Account& account, std::string_view typed,
                                              std::string_view password, bool replaced,
                                              Proven done);
  // The call manager refused `password`. `was_accepted`: it is the very one that was accepted
  // before; whether it is the one that an association was made of is found out here. In both cases
  // the password was changed since.
  void refused(std::string_view user, std::string_view domain, std::string_view password,
               bool was_accepted);
  // Erases what the revocation ends.
  void on_revoked(const policy::Revocation& revocation);

 private:
  using Found = policy::Associations::Found;
  void look(const policy::AssociationKey& key, Found done);
  void store(const Account& account, const policy::Association& made,
             const std::vector<std::string>& spellings, std::string_view password);
  void revoke_older(std::string_view user, std::string_view domain, std::chrono::sys_seconds before,
                    std::string_view why);
  std::chrono::sys_seconds now() const {
    return std::chrono::floor<std::chrono::seconds>(clock_.now());
  }

  policy::Store& store_;
  const base::Clock& clock_;
  base::Logger& log_;
  const std::vector<std::string> realms_;
  std::chrono::seconds lifetime_;
  policy::Associations associations_;
  std::uint64_t looks_ = 0;
  std::map<std::uint64_t, policy::Store::Token> looking_;
};

// HA1 of both algorithms.
policy::DigestProof make_proof(std::string_view username, std::string_view realm,
                               std::string_view password);

// The names a client may give over SIP for the user it signed in as: the canonical one first, then
// as it was typed, each also with the domain; each once.
std::vector<std::string> spellings_of(std::string_view user, std::string_view domain,
                                      std::string_view typed);

}  // namespace core
