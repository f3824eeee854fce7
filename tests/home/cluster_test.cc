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

TEST_CASE("a domain of ours behind a user's name is taken away, another one is not") {
  Cluster by_nodes;
  by_nodes.nodes = {"ucm-pub.lab.example", "ucm-sub.lab.example", "ucm.example"};
  Cluster by_key = by_nodes;
  by_key.domains = {"people.example", "example.net"};
  struct Case {
    const char* account;
    const char* of_nodes;
    const char* of_key;
  };
  const Case cases[] = {
      {"mac.donald", "mac.donald", "mac.donald"},
      {"mac.donald@lab.example", "mac.donald", "mac.donald@lab.example"},
      {"mac.donald@LAB.Example", "mac.donald", "mac.donald@LAB.Example"},
      {"mac.donald@people.example", "mac.donald@people.example", "mac.donald"},
      {"mac.donald@example", "mac.donald@example", "mac.donald@example"},
      {"mac.donald@", "mac.donald@", "mac.donald@"},
      {"mac.donald@xlab.example", "mac.donald@xlab.example", "mac.donald@xlab.example"},
      {"mac@donald@lab.example", "mac@donald", "mac@donald@lab.example"},
      {"@lab.example", "", "@lab.example"},
      {"", "", ""},
  };
  for (const Case& c : cases) {
    CAPTURE(c.account);
    CHECK(without_domain(by_nodes, c.account) == c.of_nodes);
    CHECK(without_domain(by_key, c.account) == c.of_key);
  }
}

}  // namespace
}  // namespace home
