#include "policy/verified_cache.h"

#include <algorithm>
#include <cassert>
#include <functional>
#include <utility>

namespace policy {

// What is made with it keeps the memory alive.
template <typename T>
struct VerifiedCache::Allocator {
  using value_type = T;

  explicit Allocator(std::shared_ptr<Memory> from) : memory(std::move(from)) {}
  template <typename Other>
  explicit Allocator(const Allocator<Other>& other) : memory(other.memory) {}

  T* allocate(std::size_t count) {
    return static_cast<T*>(memory->pool.allocate(count * sizeof(T), alignof(T)));
  }
  void deallocate(T* what, std::size_t count) noexcept {
    memory->pool.deallocate(what, count * sizeof(T), alignof(T));
  }
  bool operator==(const Allocator&) const = default;

  std::shared_ptr<Memory> memory;
};

VerifiedCache::VerifiedCache(const SessionVerifier& verifier, const Revocations& revocations,
                             std::size_t max_entries)
    : verifier_(verifier),
      revocations_(revocations),
      max_entries_(max_entries),
      generation_(verifier.generation()),
      heads_(1, kNowhere, &memory_->pages) {
  assert(max_entries < kNowhere);
}

// Of the end alone, which is a signature, and so as good as random where it verified: nobody can
// make tokens that gather in one chain.
std::size_t VerifiedCache::hash_of(std::string_view text) {
  constexpr std::size_t kEnd = 32;
  return std::hash<std::string_view>{}(text.substr(text.size() - std::min(kEnd, text.size())));
}

SessionVerdict VerifiedCache::check(std::string_view text, WallTime now) {
  if (generation_ != verifier_.generation()) {  // a key may have been taken away
    clear();
    generation_ = verifier_.generation();
  }
  const std::size_t hash = hash_of(text);
  if (const Place known = find(text, hash); known != kNowhere) {
    entries_[known].used = true;
    SessionVerdict verdict = judge(entries_[known].token, now);
    if (verdict.fault == SessionFault::Expired) drop(known);
    return verdict;
  }
  SessionVerdict verdict = verifier_.verify(text, now);
  if (!verdict) return verdict;
  return judge(remember(text, hash, std::move(verdict.token)), now);
}

SessionVerdict VerifiedCache::judge(const std::shared_ptr<const SessionToken>& token,
                                    WallTime now) const {
  SessionFault fault = SessionVerifier::check_times(*token, now);
  if (fault == SessionFault::None && revocations_.is_revoked(*token)) fault = SessionFault::Revoked;
  return {fault, token};
}

VerifiedCache::Place VerifiedCache::find(std::string_view text, std::size_t hash) const {
  Place place = heads_[hash & (heads_.size() - 1)];
  while (place != kNowhere && (entries_[place].hash != hash || entries_[place].text != text))
    place = entries_[place].next;
  return place;
}

std::shared_ptr<const SessionToken> VerifiedCache::remember(
    std::string_view text, std::size_t hash, std::shared_ptr<const SessionToken> token) {
  if (max_entries_ == 0) return token;
  if (entries_.size() >= max_entries_) make_room();
  if (entries_.size() >= heads_.size()) {
    heads_.assign(2 * heads_.size(), kNowhere);
    for (Place place = 0; place < entries_.size(); ++place)
      link(place);
  }
  auto kept = std::allocate_shared<const SessionToken>(Allocator<SessionToken>(memory_), *token);
  entries_.push_back({hash, std::pmr::string(text, &memory_->pool), kept});
  link(static_cast<Place>(entries_.size() - 1));
  return kept;
}

void VerifiedCache::make_room() {
  for (;; ++hand_) {  // each is passed over once, so this ends
    if (hand_ >= entries_.size()) hand_ = 0;
    if (!std::exchange(entries_[hand_].used, false)) return drop(static_cast<Place>(hand_));
  }
}

// The last one takes its place.
void VerifiedCache::drop(Place place) {
  unlink(place);
  const auto last = static_cast<Place>(entries_.size() - 1);
  if (place != last) {
    unlink(last);
    entries_[place] = std::move(entries_[last]);
    link(place);
  }
  entries_.pop_back();
}

void VerifiedCache::clear() {
  entries_.clear();
  heads_.assign(1, kNowhere);
}

void VerifiedCache::link(Place place) {
  Place& first = head(entries_[place].hash);
  entries_[place].next = std::exchange(first, place);
}

void VerifiedCache::unlink(Place place) {
  Place* at = &head(entries_[place].hash);
  while (*at != place)
    at = &entries_[*at].next;
  *at = entries_[place].next;
}

}  // namespace policy
