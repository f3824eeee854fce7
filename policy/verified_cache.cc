#include "policy/verified_cache.h"

#include <iterator>
#include <utility>

namespace policy {

VerifiedCache::VerifiedCache(const SessionVerifier& verifier, const Revocations& revocations,
                             std::size_t max_entries)
    : verifier_(verifier),
      revocations_(revocations),
      max_entries_(max_entries),
      generation_(verifier.generation()) {}

SessionVerdict VerifiedCache::check(std::string_view text, WallTime now) {
  if (generation_ != verifier_.generation()) {  // a key may have been taken away
    index_.clear();
    entries_.clear();
    generation_ = verifier_.generation();
  }
  if (const auto known = index_.find(text); known != index_.end()) {
    const auto entry = known->second;
    SessionVerdict verdict = judge(entry->token, now);
    if (verdict.fault == SessionFault::Expired) {
      drop(entry);
    } else {
      entries_.splice(entries_.begin(), entries_, entry);
    }
    return verdict;
  }
  SessionVerdict verdict = verifier_.verify(text, now);
  if (!verdict) return verdict;
  remember(text, verdict.token);
  return judge(verdict.token, now);
}

SessionVerdict VerifiedCache::judge(const std::shared_ptr<const SessionToken>& token,
                                    WallTime now) const {
  SessionFault fault = SessionVerifier::check_times(*token, now);
  if (fault == SessionFault::None && revocations_.is_revoked(*token)) fault = SessionFault::Revoked;
  return {fault, token};
}

void VerifiedCache::remember(std::string_view text, std::shared_ptr<const SessionToken> token) {
  if (max_entries_ == 0) return;
  if (entries_.size() >= max_entries_) drop(std::prev(entries_.end()));
  entries_.push_front({std::string(text), std::move(token)});
  index_.emplace(entries_.front().text, entries_.begin());
}

void VerifiedCache::drop(Entries::iterator entry) {
  index_.erase(entry->text);
  entries_.erase(entry);
}

}  // namespace policy
