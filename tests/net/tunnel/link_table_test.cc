#include "net/tunnel/link_table.h"

#include <doctest/doctest.h>

namespace net::tunnel {
namespace {

// An attempt that found `edge_worker`. False: somebody else has it.
bool link(LinkTable& table, std::size_t worker, std::uint32_t edge_worker, std::uint32_t of) {
  REQUIRE(table.reserve("edge", worker));
  const bool wanted = table.claim("edge", worker, edge_worker, of);
  table.settle("edge", worker);
  return wanted;
}

TEST_CASE("one attempt at a time until the edge has said how many workers it has") {
  LinkTable table(2);
  CHECK(table.coverage("edge").edge_workers == 0);
  CHECK(table.reserve("edge", 0));
  CHECK_FALSE(table.reserve("edge", 0));
  CHECK_FALSE(table.reserve("edge", 1));
  CHECK(table.reserve("other", 1));  // each edge by itself
  table.settle("edge", 0);
  CHECK(table.reserve("edge", 1));
}

TEST_CASE("each worker of the edge is claimed once") {
  LinkTable table(1);
  CHECK(link(table, 0, 1, 3));
  CHECK_FALSE(link(table, 0, 1, 3));
  CHECK(table.coverage("edge").edge_workers == 3);
  CHECK(table.coverage("edge").links == 1);
  CHECK(link(table, 0, 0, 3));
  CHECK(link(table, 0, 2, 3));
  CHECK_FALSE(table.reserve("edge", 0));  // all are covered
  table.release("edge", 0, 1);
  CHECK(table.coverage("edge").links == 2);
  CHECK(link(table, 0, 1, 3));
}

TEST_CASE("workers share the links evenly, rounded up") {
  struct Case {
    std::size_t workers;
    std::uint32_t edge_workers;
    std::size_t share;
  };
  const Case cases[] = {{1, 1, 1}, {1, 5, 5}, {2, 4, 2}, {2, 3, 2}, {4, 2, 1}, {3, 8, 3}};
  for (const Case& c : cases) {
    CAPTURE(c.workers);
    CAPTURE(c.edge_workers);
    LinkTable table(c.workers);
    std::uint32_t next = 0;
    REQUIRE(link(table, 0, next++, c.edge_workers));
    for (std::size_t mine = 1; mine < c.share; ++mine)
      REQUIRE(link(table, 0, next++, c.edge_workers));
    CHECK_FALSE(table.reserve("edge", 0));
    for (std::size_t worker = 1; worker < c.workers; ++worker) {
      for (std::size_t i = 0; i < c.share && next < c.edge_workers; ++i)
        REQUIRE(link(table, worker, next++, c.edge_workers));
    }
    CHECK(table.coverage("edge").links == c.edge_workers);
  }
}

TEST_CASE("attempts under way count against the share and against what is wanted") {
  LinkTable table(2);
  REQUIRE(link(table, 0, 0, 3));
  CHECK(table.reserve("edge", 0));
  CHECK_FALSE(table.reserve("edge", 0));  // one link and one attempt: its share
  CHECK(table.reserve("edge", 1));
  CHECK_FALSE(table.reserve("edge", 1));  // the third is on its way already
}

TEST_CASE("an edge that comes back with fewer workers is asked for no more than those") {
  LinkTable table(1);
  REQUIRE(link(table, 0, 0, 2));
  REQUIRE(link(table, 0, 1, 2));
  table.release("edge", 0, 0);
  table.release("edge", 0, 1);
  REQUIRE(link(table, 0, 0, 1));
  CHECK_FALSE(table.reserve("edge", 0));
}

}  // namespace
}  // namespace net::tunnel
