#pragma once
// Remembers tokens that verified, so that a signature is checked once per session and worker, and
// asks the revocations every time. One per worker, no locks.

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "policy/revocations.h"
#include "policy/session.h"

namespace policy {

class VerifiedCache final {
 public:
  static constexpr std::size_t kMaxEntries = 100'000;  // about 60 MiB; then the least used goes

  // Both must outlive the cache and belong to the same worker.
  VerifiedCache(const SessionVerifier& verifier, const Revocations& revocations,
                std::size_t max_entries = kMaxEntries);

  // The whole judgement: signature (or memory of it), times, revocation. A hit allocates nothing.
  // Only tokens that verified are remembered, so made-up ones cannot push out others.
  SessionVerdict check(std::string_view text, WallTime now);

  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::string text;
    std::shared_ptr<const SessionToken> token;
  };
  using Entries = std::list<Entry>;  // the most recently used first

  SessionVerdict judge(const std::shared_ptr<const SessionToken>& token, WallTime now) const;
  void remember(std::string_view text, std::shared_ptr<const SessionToken> token);
  void drop(Entries::iterator entry);

  const SessionVerifier& verifier_;
  const Revocations& revocations_;
  std::size_t max_entries_;
  std::uint64_t generation_;
  Entries entries_;
  std::unordered_map<std::string_view, Entries::iterator> index_;  // keys lie in entries_
};

}  // namespace policy
