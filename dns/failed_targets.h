#pragma once
// Remembers targets that just failed, so that they are tried last for a while and not never.
// One per loop, no locks.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dns/resolver.h"

namespace dns {

class FailedTargets final {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // Seconds, not hours: a server that returns must be in use again at once (architecture.md).
  static constexpr std::chrono::seconds kSetAside{10};
  // Bounds the memory; beyond it the one that failed longest ago is forgotten.
  static constexpr std::size_t kMaxTargets = 1024;

  explicit FailedTargets(std::chrono::milliseconds set_aside = kSetAside);

  // `host` is compared without regard to case. A success takes the mark away again.
  void failed(std::string_view host, std::uint16_t port, Time now);
  void succeeded(std::string_view host, std::uint16_t port);
  bool is_failed(std::string_view host, std::uint16_t port, Time now) const;
  bool empty() const { return failed_at_.empty(); }  // the usual case: nothing to compare with

  // Moves the failed ones behind the others; within both groups the order stays.
  void move_last(std::vector<SrvTarget>& targets, Time now) const;

 private:
  using Key = std::pair<std::string, std::uint16_t>;  // lower-case host, port

  std::chrono::milliseconds set_aside_;
  std::map<Key, Time> failed_at_;
};

}  // namespace dns
