#pragma once
// Remembers tokens that verified, so that a signature is checked once per session and worker, and
// asks the revocations every time. One per worker, no locks.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <string>
#include <string_view>
#include <vector>

#include "base/huge_pages.h"
#include "policy/revocations.h"
#include "policy/session.h"

namespace policy {

class VerifiedCache final {
 public:
  // More than the sessions of a large site, 100,000; some 70 MiB. Then one that was not asked for
  // lately goes.
  static constexpr std::size_t kMaxEntries = 131'072;

  // Both must outlive the cache and belong to the same worker.
  VerifiedCache(const SessionVerifier& verifier, const Revocations& revocations,
                std::size_t max_entries = kMaxEntries);

  // The whole judgement: signature (or memory of it), times, revocation. A hit allocates nothing.
  // Only tokens that verified are remembered, so made-up ones cannot push out others.
  // The token in the verdict may outlive the cache, but not leave its worker.
  SessionVerdict check(std::string_view text, WallTime now);

  std::size_t size() const { return entries_.size(); }

 private:
  using Place = std::uint32_t;  // in entries_
  static constexpr Place kNowhere = UINT32_MAX;

  // With many sessions nothing of them is in the processor's caches, and a check costs the places
  // it looks at: so all is in one table, there is a second chance instead of the exact order of
  // use, and what is large lies in huge pages.
  struct Memory {
    base::HugePages pages;
    std::pmr::unsynchronized_pool_resource pool{{kBlocksAtOnce, kMaxTokenBytes}, &pages};
  };
  static constexpr std::size_t kBlocksAtOnce = 16'384;  // of 300 bytes: some huge pages
  template <typename T>
  struct Allocator;

  struct Entry {
    std::size_t hash = 0;
    std::pmr::string text;
    std::shared_ptr<const SessionToken> token;
    Place next = kNowhere;  // of those with the same head
    bool used = false;      // since the hand passed over it
  };

  SessionVerdict judge(const std::shared_ptr<const SessionToken>& token, WallTime now) const;
  static std::size_t hash_of(std::string_view text);
  Place find(std::string_view text, std::size_t hash) const;
  std::shared_ptr<const SessionToken> remember(std::string_view text, std::size_t hash,
                                               std::shared_ptr<const SessionToken> token);
  void make_room();
  void drop(Place place);
  void clear();
  Place& head(std::size_t hash) { return heads_[hash & (heads_.size() - 1)]; }
  void link(Place place);
  void unlink(Place place);

  const SessionVerifier& verifier_;
  const Revocations& revocations_;
  std::size_t max_entries_;
  std::uint64_t generation_;
  std::shared_ptr<Memory> memory_ = std::make_shared<Memory>();  // of tokens that are kept, too
  std::pmr::vector<Entry> entries_{&memory_->pages};
  std::pmr::vector<Place> heads_;  // a power of two of them, not fewer than entries
  std::size_t hand_ = 0;           // who is looked at next when one must go
};

}  // namespace policy
