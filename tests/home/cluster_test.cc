#include "home/cluster.h"

#include <doctest/doctest.h>

namespace home {
namespace {

TEST_CASE("a node is known by its name with or without domain, anything else is the publisher") {
  Cluster cluster;
  cluster.nodes = {"ucm-pub.lab.example", "ucm-sub.lab.example"};
  struct Case {
    std::string_view authority;
    std::size_t node;
  };
  const Case cases[] = {
      {"ucm-sub.lab.example:8443", 1},
      {"UCM-SUB.lab.example", 1},
      {"ucm-sub:8443", 1},
      {"ucm-pub", 0},
      {"evil.example", 0},
      {"ucm-sub.evil.example", 0},
      {"127.0.20.84:8443", 0},
      {"", 0},
      {"ucm-sub\"><x", 0},
  };
  for (const Case& c : cases) {
    CAPTURE(c.authority);
    CHECK(node_asked(cluster, c.authority) == cluster.nodes[c.node]);
  }
}

}  // namespace
}  // namespace home
