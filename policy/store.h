#pragma once
// What several workers, and one day several machines, share: rate counters, revocations and small
// sealed values. The interface is asynchronous because a shared one lies across the network;
// policy/memory_store.h keeps it in the process.

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "policy/rate.h"
#include "policy/revocations.h"

namespace policy {

// An operation in flight (style.md, rule 18): destroying it cancels the callback, not the effect.
class StoreCall {
 public:
  virtual ~StoreCall() = default;
};

// One worker's view of the store. Callbacks come from the worker's loop, never from inside the
// call.
class Store {
 public:
  using Token = std::unique_ptr<StoreCall>;
  using Rated = std::function<void(base::Result<RateVerdict>)>;
  using Listed = std::function<void(base::Result<std::vector<Revocation>>)>;
  using Revoked = std::function<void(const Revocation&)>;
  using Found = std::function<void(base::Result<std::optional<std::string>>)>;

  virtual ~Store() = default;

  // RateControl::take and refund, counted over everybody who shares the store.
  [[nodiscard]] virtual Token take(std::string_view user, Rated done) = 0;
  virtual void refund(std::string_view user, std::uint64_t ticket) = 0;

  // Makes it known to all who watch, this worker among them.
  virtual void revoke(const Revocation& revocation) = 0;
  // Those in force; with watch() called first, none is missed in between.
  [[nodiscard]] virtual Token revocations(Listed done) = 0;
  // Calls `revoked` for each new one, as long as the token lives.
  [[nodiscard]] virtual Token watch(Revoked revoked) = 0;

  // A value with an end, such as a digest association; at most kMaxValueBytes, and a key at most
  // kMaxKeyBytes. Writing again replaces it.
  static constexpr std::size_t kMaxKeyBytes = 512;
  static constexpr std::size_t kMaxValueBytes = 4096;
  virtual void put(std::string_view key, std::string_view value, WallTime expires) = 0;
  [[nodiscard]] virtual Token get(std::string_view key, Found done) = 0;
  virtual void erase(std::string_view key) = 0;
};

}  // namespace policy
