#include "policy/memory_store.h"

#include <cassert>
#include <utility>

namespace policy {

// Who waits for a revocation: called on its own worker's loop.
struct SharedMemory::Watcher {
  MemoryStore::Post post;
  Store::Revoked revoked;
};

namespace {

// Keeps a callback alive; the task that would call it holds a weak reference only.
template <typename Callback>
class Call final : public StoreCall {
 public:
  explicit Call(std::shared_ptr<Callback> callback) : callback_(std::move(callback)) {}

 private:
  std::shared_ptr<Callback> callback_;
};

template <typename Callback, typename Answer>
Store::Token answer_later(const MemoryStore::Post& post, Callback done, Answer answer) {
  auto callback = std::make_shared<Callback>(std::move(done));
  post([weak = std::weak_ptr<Callback>(callback), answer = std::move(answer)] {
    if (const auto alive = weak.lock()) (*alive)(answer);
  });
  return std::make_unique<Call<Callback>>(std::move(callback));
}

}  // namespace

SharedMemory::SharedMemory(const RateOptions& rate, const base::Clock& clock)
    : clock_(clock), rate_(rate) {}

void SharedMemory::erase_value(Values::iterator value) {
  values_by_expiry_.erase({value->second.expires, value->first});
  values_.erase(value);
}

MemoryStore::MemoryStore(std::shared_ptr<SharedMemory> shared, Post post)
    : shared_(std::move(shared)), post_(std::move(post)) {}

Store::Token MemoryStore::take(std::string_view user, Rated done) {
  RateVerdict verdict;
  {
    const std::lock_guard lock(shared_->mutex_);
    verdict = shared_->rate_.take(user, shared_->clock_.steady());
  }
  return answer_later(post_, std::move(done), base::Result<RateVerdict>(verdict));
}

void MemoryStore::refund(std::string_view user, std::uint64_t ticket) {
  const std::lock_guard lock(shared_->mutex_);
  shared_->rate_.refund(user, ticket);
}

void MemoryStore::revoke(const Revocation& revocation) {
  std::vector<std::weak_ptr<SharedMemory::Watcher>> watchers;
  {
    const std::lock_guard lock(shared_->mutex_);
    shared_->revocations_.add(revocation, shared_->clock_.now());
    watchers = shared_->watchers_;
  }
  // Outside the lock: post() takes the lock of a loop.
  for (const auto& weak : watchers) {
    const auto watcher = weak.lock();
    if (watcher == nullptr) continue;
    watcher->post([weak, revocation] {
      if (const auto alive = weak.lock()) alive->revoked(revocation);
    });
  }
}

Store::Token MemoryStore::revocations(Listed done) {
  std::vector<Revocation> all;
  {
    const std::lock_guard lock(shared_->mutex_);
    all = shared_->revocations_.list();
  }
  return answer_later(post_, std::move(done),
                      base::Result<std::vector<Revocation>>(std::move(all)));
}

Store::Token MemoryStore::watch(Revoked revoked) {
  auto watcher = std::make_shared<SharedMemory::Watcher>();
  watcher->post = post_;
  watcher->revoked = std::move(revoked);
  {
    const std::lock_guard lock(shared_->mutex_);
    std::erase_if(shared_->watchers_, [](const auto& weak) { return weak.expired(); });
    shared_->watchers_.push_back(watcher);
  }
  return std::make_unique<Call<SharedMemory::Watcher>>(std::move(watcher));
}

void MemoryStore::put(std::string_view key, std::string_view value, WallTime expires) {
  assert(key.size() <= kMaxKeyBytes && value.size() <= kMaxValueBytes);
  const std::lock_guard lock(shared_->mutex_);
  const WallTime now = shared_->clock_.now();
  auto& values = shared_->values_;
  auto& by_expiry = shared_->values_by_expiry_;
  if (const auto old = values.find(key); old != values.end()) shared_->erase_value(old);
  while (!by_expiry.empty() &&
         (by_expiry.begin()->first <= now || values.size() >= SharedMemory::kMaxValues)) {
    shared_->erase_value(values.find(by_expiry.begin()->second));
  }
  if (expires <= now) return;
  values.emplace(key, SharedMemory::Value{std::string(value), expires});
  by_expiry.emplace(expires, key);
}

Store::Token MemoryStore::get(std::string_view key, Found done) {
  std::optional<std::string> value;
  {
    const std::lock_guard lock(shared_->mutex_);
    const auto found = shared_->values_.find(key);
    if (found != shared_->values_.end() && shared_->clock_.now() < found->second.expires) {
      value = found->second.text;
    }
  }
  return answer_later(post_, std::move(done),
                      base::Result<std::optional<std::string>>(std::move(value)));
}

void MemoryStore::erase(std::string_view key) {
  const std::lock_guard lock(shared_->mutex_);
  const auto found = shared_->values_.find(key);
  if (found != shared_->values_.end()) shared_->erase_value(found);
}

}  // namespace policy
