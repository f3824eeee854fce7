#include "dns/selection.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/random.h"

namespace dns {
namespace {

// Draws one target after the other out of `rest`, all of one priority, and appends them to `order`.
void draw(std::vector<SrvTarget> rest, const Dice& dice, std::vector<SrvTarget>& order) {
  // RFC 2782: those of weight 0 at the front, so that only a draw of 0 picks them before others.
  std::stable_partition(rest.begin(), rest.end(), [](const SrvTarget& t) { return t.weight == 0; });
  while (!rest.empty()) {
    std::uint32_t sum = 0;
    for (const SrvTarget& target : rest)
      sum += target.weight;
    // Where all weigh nothing, all are alike: a running sum would always pick the first.
    if (sum == 0) {
      const auto at =
          static_cast<std::ptrdiff_t>(dice(static_cast<std::uint32_t>(rest.size() - 1)));
      order.push_back(std::move(rest[static_cast<std::size_t>(at)]));
      rest.erase(rest.begin() + at);
      continue;
    }
    const std::uint32_t drawn = dice(sum);
    std::uint32_t running = 0;
    const auto chosen = std::find_if(rest.begin(), std::prev(rest.end()), [&](const SrvTarget& t) {
      running += t.weight;
      return running >= drawn;
    });
    order.push_back(std::move(*chosen));
    rest.erase(chosen);
  }
}

}  // namespace

Dice system_dice() {
  return [](std::uint32_t limit) {
    return static_cast<std::uint32_t>(base::random_below(std::uint64_t{limit} + 1));
  };
}

std::vector<SrvTarget> select(std::vector<SrvTarget> targets, const Dice& dice) {
  std::stable_sort(targets.begin(), targets.end(),
                   [](const SrvTarget& a, const SrvTarget& b) { return a.priority < b.priority; });
  std::vector<SrvTarget> order;
  order.reserve(targets.size());
  for (auto first = targets.begin(); first != targets.end();) {
    const auto last = std::find_if(
        first, targets.end(), [&](const SrvTarget& t) { return t.priority != first->priority; });
    draw({std::make_move_iterator(first), std::make_move_iterator(last)}, dice, order);
    first = last;
  }
  return order;
}

}  // namespace dns
