#include "dns/selection.h"

#include <doctest/doctest.h>

#include <map>
#include <string>

namespace dns {
namespace {

std::string hosts(const std::vector<SrvTarget>& targets) {
  std::string text;
  for (const SrvTarget& target : targets)
    text += target.host;
  return text;
}

TEST_CASE("priority comes before weight, and the dice decide within a priority") {
  const std::vector<SrvTarget> targets = {
      {20, 100, 1, "c"}, {10, 10, 1, "a"}, {10, 30, 1, "b"}, {10, 0, 1, "z"}};
  struct Case {
    std::uint32_t first_draw;
    const char* order;
  };
  // The running sums are z 0, a 10, b 40.
  const Case cases[] = {{0, "zabc"}, {1, "azbc"}, {10, "azbc"}, {11, "bzac"}, {40, "bzac"}};
  for (const Case& c : cases) {
    CAPTURE(c.first_draw);
    bool first = true;
    const auto order = select(targets, [&](std::uint32_t limit) {
      const std::uint32_t draw = first ? c.first_draw : 0;
      first = false;
      CHECK(draw <= limit);
      return draw;
    });
    CHECK(hosts(order) == c.order);
  }
}

TEST_CASE("the share of first places follows the weights") {
  const std::vector<SrvTarget> targets = {{1, 1, 1, "a"}, {1, 3, 1, "b"}, {1, 0, 1, "z"}};
  std::map<std::string, int> first;
  for (std::uint32_t draw = 0; draw <= 4; ++draw) {
    const auto order = select(targets, [&](std::uint32_t limit) { return limit == 4 ? draw : 0; });
    ++first[order.front().host];
  }
  CHECK(first["z"] == 1);
  CHECK(first["a"] == 1);
  CHECK(first["b"] == 3);
}

TEST_CASE("targets that all weigh nothing are alike") {
  const std::vector<SrvTarget> targets = {{1, 0, 1, "a"}, {1, 0, 1, "b"}, {1, 0, 1, "c"}};
  for (std::uint32_t draw = 0; draw < 3; ++draw) {
    const auto order =
        select(targets, [&](std::uint32_t limit) { return draw < limit ? draw : limit; });
    CHECK(order.front().host == targets[draw].host);
  }
}

TEST_CASE("no targets give no order, and the largest weights do not overflow") {
  CHECK(select({}, system_dice()).empty());
  const std::vector<SrvTarget> heavy(64, SrvTarget{1, 65'535, 1, "a"});
  CHECK(select(heavy, system_dice()).size() == 64);
}

TEST_CASE("the system's dice stay within the limit and reach both ends") {
  const Dice dice = system_dice();
  std::map<std::uint32_t, int> seen;
  for (int i = 0; i < 500; ++i)
    ++seen[dice(2)];
  CHECK(seen.size() == 3);
  CHECK(seen.rbegin()->first == 2);
  CHECK(dice(0) == 0);
}

}  // namespace
}  // namespace dns
