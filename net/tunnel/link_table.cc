#include "net/tunnel/link_table.h"

#include <algorithm>
#include <cassert>

namespace net::tunnel {

bool LinkTable::reserve(const std::string& edge, std::size_t worker) {
  const std::lock_guard lock(mutex_);
  Edge& e = edges_[edge];
  // Until the first hello says how many workers the edge has, one attempt is enough to ask.
  const std::size_t wanted = std::max<std::size_t>(e.edge_workers, 1);
  if (e.linked.size() + e.attempts >= wanted) return false;
  const std::size_t share = (wanted + workers_ - 1) / workers_;
  if (e.by_worker[worker] >= share) return false;
  ++e.attempts;
  ++e.by_worker[worker];
  return true;
}

void LinkTable::settle(const std::string& edge, std::size_t worker) {
  const std::lock_guard lock(mutex_);
  Edge& e = edges_[edge];
  assert(e.attempts > 0 && e.by_worker[worker] > 0);
  --e.attempts;
  --e.by_worker[worker];
}

bool LinkTable::claim(const std::string& edge, std::size_t worker, std::uint32_t edge_worker,
                      std::uint32_t edge_workers) {
  const std::lock_guard lock(mutex_);
  Edge& e = edges_[edge];
  e.edge_workers = edge_workers;
  if (!e.linked.insert(edge_worker).second) return false;
  ++e.by_worker[worker];
  return true;
}

void LinkTable::release(const std::string& edge, std::size_t worker, std::uint32_t edge_worker) {
  const std::lock_guard lock(mutex_);
  Edge& e = edges_[edge];
  const std::size_t erased = e.linked.erase(edge_worker);
  assert(erased == 1 && e.by_worker[worker] > 0);
  --e.by_worker[worker];
}

LinkTable::Coverage LinkTable::coverage(const std::string& edge) const {
  const std::lock_guard lock(mutex_);
  const auto found = edges_.find(edge);
  if (found == edges_.end()) return {};
  return {found->second.edge_workers, found->second.linked.size()};
}

}  // namespace net::tunnel
