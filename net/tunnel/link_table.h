#pragma once
// What a core knows about the workers of the edges it dials: shared by the core's own workers, so
// that together they give every edge worker one link and spread the links among themselves.
// Used when a link is made or lost, never on the path of a request: hence a lock will do.

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace net::tunnel {

class LinkTable final {
 public:
  // `workers`: how many workers this core has.
  explicit LinkTable(std::size_t workers) : workers_(workers) {}

  // Whether `worker` shall dial `edge` now; if so that attempt is counted until settle().
  bool reserve(const std::string& edge, std::size_t worker);
  // The attempt has ended, with a link or without.
  void settle(const std::string& edge, std::size_t worker);
  // The attempt reached worker `edge_worker` of `edge_workers`. False: that one has a link already.
  bool claim(const std::string& edge, std::size_t worker, std::uint32_t edge_worker,
             std::uint32_t edge_workers);
  // The link was lost.
  void release(const std::string& edge, std::size_t worker, std::uint32_t edge_worker);

  struct Coverage {
    std::uint32_t edge_workers = 0;  // 0: not known yet
    std::size_t links = 0;
  };
  Coverage coverage(const std::string& edge) const;

 private:
  struct Edge {
    std::uint32_t edge_workers = 0;
    std::set<std::uint32_t> linked;
    std::size_t attempts = 0;
    std::map<std::size_t, std::size_t> by_worker;  // links and attempts of each of our workers
  };

  const std::size_t workers_;
  mutable std::mutex mutex_;
  std::map<std::string, Edge> edges_;
};

}  // namespace net::tunnel
