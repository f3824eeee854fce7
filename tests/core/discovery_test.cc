#include "core/discovery.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/core/inside.h"

namespace core {
namespace {

using policy::Node;

bool has(const std::vector<Node>& nodes, Node::Kind kind, const std::string& host) {
  return std::any_of(nodes.begin(), nodes.end(),
                     [&](const Node& node) { return node.kind == kind && node.host == host; });
}

bool asked(const Inside& lab, const std::string& name) {
  return std::find(lab.resolver.asked.begin(), lab.resolver.asked.end(), name) !=
         lab.resolver.asked.end();
}

TEST_CASE("three services of the domain are asked for, and their outcomes kept apart") {
  Inside lab;
  lab.resolver.services["_cuplogin._tcp.lab.example"] = {
      dns::Outcome::ServerError, {}, {}, "SERVFAIL"};
  const Discovery& found = lab.discover();
  for (const char* name : {"_cisco-uds", "_cuplogin", "_cisco-phone-tftp"}) {
    CHECK(asked(lab, std::string(name) + "._tcp.lab.example"));
    REQUIRE(found.find(name));
    CHECK(found.find(name)->name == name);
  }
  CHECK(found.find("_sip") == nullptr);
  CHECK(found.uds().outcome == dns::Outcome::Ok);
  CHECK(found.presence().outcome == dns::Outcome::ServerError);
  CHECK(found.tftp().outcome == dns::Outcome::NameError);
  CHECK(lab.changes == 1);
}

TEST_CASE("nodes come in the order of selection") {
  Inside lab;
  const auto nodes = lab.discover().uds_nodes();
  REQUIRE(nodes.size() == 2);
  CHECK(to_string(nodes[0]) == "https://ucm-pub.lab.example:8443");
  CHECK(to_string(nodes[1]) == "https://ucm-sub.lab.example:8443");
}

TEST_CASE("servers that the call manager lists count beside the announced ones") {
  Inside lab;
  lab.resolver.add_service("_cisco-uds._tcp.lab.example", {{0, 0, 8443, kPub}});
  const Discovery& found = lab.discover();
  CHECK(found.uds_nodes().size() == 1);
  const auto nodes = found.nodes();
  CHECK(has(nodes, Node::Kind::Uds, kPub));
  CHECK(has(nodes, Node::Kind::Uds, kSub));
  CHECK(lab.pub.uds->web.count("/cucm-uds/servers") == 1);
}

TEST_CASE("without a TFTP service the call managers serve the files") {
  Inside lab;
  const Discovery& found = lab.discover();
  const auto nodes = found.nodes();
  CHECK(has(nodes, Node::Kind::Tftp, kPub));
  CHECK(has(nodes, Node::Kind::Tftp, kSub));
  CHECK(found.tftp_addresses() == std::vector<base::IpAddress>{lab.pub.address, lab.sub.address});
  CHECK(has(nodes, Node::Kind::Tftp, base::to_string(lab.sub.address)));
}

TEST_CASE("an announced TFTP server gives the addresses, call managers stay allowed") {
  Inside lab;
  lab.resolver.add_service("_cisco-phone-tftp._tcp.lab.example", {{0, 0, 69, "tftp.lab.example"}});
  lab.resolver.add_host("tftp.lab.example", {"10.1.2.3", "10.1.2.3"});
  const Discovery& found = lab.discover();
  CHECK(found.tftp_addresses() == std::vector<base::IpAddress>{*base::parse_ip("10.1.2.3")});
  CHECK(has(found.nodes(), Node::Kind::Tftp, "tftp.lab.example"));
  CHECK(has(found.nodes(), Node::Kind::Tftp, kPub));
}

TEST_CASE("no host is named twice for the same thing") {
  Inside lab;
  const auto nodes = lab.discover({{"ucm-pub", kPub}, {"ucm-pub"}}).nodes();
  for (const Node& node : nodes)
    CHECK(std::count(nodes.begin(), nodes.end(), node) == 1);
}

TEST_CASE("nodes that the administrator names are not looked for") {
  Inside lab;
  lab.resolver.services.clear();
  const Discovery& found = lab.discover({{"ucm-sub"}, {kPub}});
  REQUIRE(found.uds_nodes().size() == 1);
  CHECK(found.uds_nodes()[0].host == kSub);
  CHECK(found.tftp_addresses() == std::vector<base::IpAddress>{lab.pub.address});
}

TEST_CASE("a domain without call managers settles and knows none") {
  Inside lab;
  lab.resolver.services.clear();
  const Discovery& found = lab.discover();
  CHECK(found.settled());
  CHECK(found.uds_nodes().empty());
  CHECK(found.nodes().empty());
  CHECK(lab.changes == 1);  // it has settled
}

TEST_CASE("what fails is asked again after a second, and said once") {
  Inside lab;
  lab.pub.uds->stop();
  lab.sub.uds->stop();
  const Discovery& found = lab.discover();
  CHECK(found.settled());
  CHECK(found.uds_nodes().size() == 2);  // announced, though they do not answer
  const std::string words = "the call manager did not list its servers";
  CHECK(lab.sink.text().find(words) != std::string::npos);
  REQUIRE(lab.pub.uds->start_again());
  REQUIRE(lab.sub.uds->start_again());
  fakes::run_until(lab.loop, [&] {
    return lab.pub.uds->web.count("/cucm-uds/servers") +
               lab.sub.uds->web.count("/cucm-uds/servers") >
           0;
  });
}

TEST_CASE("while the DNS is away what it said last still holds; that there is none is an answer") {
  for (const dns::Outcome outcome :
       {dns::Outcome::Timeout, dns::Outcome::ServerError, dns::Outcome::NameError}) {
    CAPTURE(dns::to_string(outcome));
    Inside lab;
    // The first round fails in part, so that the second comes after a second.
    lab.resolver.services["_cuplogin._tcp.lab.example"] = {dns::Outcome::Timeout, {}, {}, {}};
    const Discovery& found = lab.discover();
    REQUIRE(found.uds_nodes().size() == 2);
    lab.resolver.services["_cisco-uds._tcp.lab.example"] = {outcome, {}, {}, {}};
    fakes::run_until(lab.loop, [&] { return found.uds().outcome == outcome; });
    CHECK(found.uds_nodes().size() == (outcome == dns::Outcome::NameError ? 0 : 2));
  }
}

TEST_CASE("a name without dots is of the domain") {
  Inside lab;
  const Discovery& found = lab.discover();
  CHECK(found.domain() == kDomain);
  CHECK(found.qualify("ucm-pub") == kPub);
  CHECK(found.qualify("ucm.other.example") == "ucm.other.example");
}

TEST_CASE("it may die at any moment") {
  Inside lab;
  for (int turns = 0; turns < 12; ++turns) {
    auto short_lived = std::make_unique<Discovery>(lab.loop, lab.resolver, lab.pool, lab.log,
                                                   kDomain, FixedNodes{}, [] {});
    fakes::run_turns(lab.loop, turns);
    short_lived.reset();
    fakes::run_turns(lab.loop, 3);
  }
}

}  // namespace
}  // namespace core
