#pragma once
// The Store of one process. SharedMemory is what its workers share, behind a mutex that is held for
// microseconds at a sign-in and never on the path of a request; each worker has its MemoryStore.

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "policy/store.h"

namespace policy {

class MemoryStore;

class SharedMemory final {
 public:
  // Values beyond this push out the one that expires first.
  static constexpr std::size_t kMaxValues = 100'000;

  // `clock` must outlive it.
  explicit SharedMemory(const RateOptions& rate, const base::Clock& clock = base::kSystemClock);
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;

 private:
  friend class MemoryStore;
  struct Watcher;
  struct Value {
    std::string text;
    WallTime expires;
  };
  using Values = std::map<std::string, Value, std::less<>>;
  void erase_value(Values::iterator value);

  const base::Clock& clock_;
  std::mutex mutex_;  // guards all that follows
  RateControl rate_;
  Revocations revocations_;
  Values values_;
  std::set<std::pair<WallTime, std::string>> values_by_expiry_;
  std::vector<std::weak_ptr<Watcher>> watchers_;
};

class MemoryStore final : public Store {
 public:
  // Runs a task on the worker's loop, from any thread: net::Loop::post.
  using Post = std::function<void(std::function<void()>)>;

  MemoryStore(std::shared_ptr<SharedMemory> shared, Post post);

  Token take(std::string_view user, Rated done) override;
  void refund(std::string_view user, std::uint64_t ticket) override;
  void revoke(const Revocation& revocation) override;
  Token revocations(Listed done) override;
  Token watch(Revoked revoked) override;
  void put(std::string_view key, std::string_view value, WallTime expires) override;
  Token get(std::string_view key, Found done) override;
  void erase(std::string_view key) override;

 private:
  std::shared_ptr<SharedMemory> shared_;
  Post post_;
};

}  // namespace policy
