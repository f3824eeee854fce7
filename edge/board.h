#pragma once
// What the workers tell the admin page about themselves. A worker writes when a link changes, the
// page reads: a lock, since neither happens on the path of a request.

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "edge/counters.h"

namespace edge {

struct LinkStatus {
  std::string core;
  std::string address;
  std::vector<std::string> domains;
  std::size_t load = 0;      // exchanges the core was answering when it last told
  std::int64_t skew_ms = 0;  // the core's clock minus ours
};

class Board final {
 public:
  explicit Board(std::size_t workers) : links_(workers), counters_(workers) {}

  void set_links(std::size_t worker, std::vector<LinkStatus> links) {
    const std::lock_guard lock(mutex_);
    links_[worker] = std::move(links);
  }
  std::vector<std::vector<LinkStatus>> links() const {
    const std::lock_guard lock(mutex_);
    return links_;
  }
  Counters& counters(std::size_t worker) { return counters_[worker]; }
  const Counters& counters(std::size_t worker) const { return counters_[worker]; }
  std::uint64_t total(Counters::Count Counters::*count) const {
    std::uint64_t sum = 0;
    for (const Counters& one : counters_)
      sum += (one.*count).load(std::memory_order_relaxed);
    return sum;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::vector<LinkStatus>> links_;
  std::vector<Counters> counters_;
};

}  // namespace edge
