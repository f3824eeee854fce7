#include "edge/sweep.h"

#include <doctest/doctest.h>

namespace edge {
namespace {

TEST_CASE("a sweep reaches everybody in time and never looks at many at once") {
  struct Case {
    std::size_t all;
    std::chrono::seconds longest;
    std::size_t most;  // in a tick
  };
  using std::chrono::seconds;
  const Case cases[] = {
      {0, seconds(2), 0},         {1, seconds(2), 1},           {1'024, seconds(2), 1'024},
      {8'000, seconds(2), 1'024}, {40'000, seconds(10), 1'024}, {200'000, seconds(10), 5'000},
  };
  for (const Case& c : cases) {
    CAPTURE(c.all);
    const std::size_t count = sweep_count(c.all);
    CHECK(count <= c.most);
    CHECK(count * static_cast<std::size_t>(c.longest / kTick) >= c.all);
  }
}

}  // namespace
}  // namespace edge
