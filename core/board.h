#pragma once
// What the workers tell the admin page about themselves. A worker writes when something changes,
// the page reads: a lock, since neither happens on the path of a request.

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "core/counters.h"

namespace core {

struct ServiceStatus {
  std::string name;     // "_cisco-uds"
  std::string outcome;  // "Ok", "NameError", …
  std::vector<std::string> servers;
};

struct DomainStatus {
  std::string name;
  bool settled = false;
  std::vector<ServiceStatus> services;
  std::vector<std::string> nodes;  // "uds ucm-pub.lab.example:8443"
};

class Board final {
 public:
  explicit Board(std::size_t workers) : domains_(workers), counters_(workers) {}

  void set_domains(std::size_t worker, std::vector<DomainStatus> domains) {
    const std::lock_guard lock(mutex_);
    domains_[worker] = std::move(domains);
  }
  // Every worker discovers for itself; one that has not yet holds back readiness.
  std::vector<std::vector<DomainStatus>> domains() const {
    const std::lock_guard lock(mutex_);
    return domains_;
  }
  // Why an edge cannot be dialled; empty: no trouble.
  void set_edge_trouble(const std::string& edge, std::string reason) {
    const std::lock_guard lock(mutex_);
    edge_trouble_[edge] = std::move(reason);
  }
  std::string edge_trouble(const std::string& edge) const {
    const std::lock_guard lock(mutex_);
    const auto found = edge_trouble_.find(edge);
    return found == edge_trouble_.end() ? std::string() : found->second;
  }
  Counters& counters(std::size_t worker) { return counters_[worker]; }
  std::uint64_t total(Counters::Count Counters::*count) const {
    std::uint64_t sum = 0;
    for (const Counters& one : counters_)
      sum += (one.*count).load(std::memory_order_relaxed);
    return sum;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::vector<DomainStatus>> domains_;
  std::map<std::string, std::string> edge_trouble_;
  std::vector<Counters> counters_;
};

}  // namespace core
