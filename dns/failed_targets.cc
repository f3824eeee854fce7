#include "dns/failed_targets.h"

#include <algorithm>

#include "base/text.h"

namespace dns {

FailedTargets::FailedTargets(std::chrono::milliseconds set_aside) : set_aside_(set_aside) {}

void FailedTargets::failed(std::string_view host, std::uint16_t port, Time now) {
  std::erase_if(failed_at_, [&](const auto& entry) { return now - entry.second >= set_aside_; });
  Key key{base::to_lower(host), port};
  if (failed_at_.size() >= kMaxTargets && !failed_at_.contains(key)) {
    failed_at_.erase(
        std::min_element(failed_at_.begin(), failed_at_.end(),
                         [](const auto& a, const auto& b) { return a.second < b.second; }));
  }
  failed_at_[std::move(key)] = now;
}

void FailedTargets::succeeded(std::string_view host, std::uint16_t port) {
  if (failed_at_.empty()) return;  // the usual case costs nothing
  failed_at_.erase({base::to_lower(host), port});
}

bool FailedTargets::is_failed(std::string_view host, std::uint16_t port, Time now) const {
  if (failed_at_.empty()) return false;
  const auto entry = failed_at_.find({base::to_lower(host), port});
  return entry != failed_at_.end() && now - entry->second < set_aside_;
}

void FailedTargets::move_last(std::vector<SrvTarget>& targets, Time now) const {
  std::stable_partition(targets.begin(), targets.end(), [&](const SrvTarget& target) {
    return !is_failed(target.host, target.port, now);
  });
}

}  // namespace dns
