#include "core/sip_nodes.h"

#include <doctest/doctest.h>

#include "tests/core/inside.h"

namespace core {
namespace {

sip::Message request(const std::string& uri, const std::string& routes, bool in_dialog) {
  auto message = sip::parse_message("INVITE " + uri + " SIP/2.0\r\n" + routes +
                                    "Via: SIP/2.0/TLS e;branch=z9hG4bK1\r\n" + "To: <sip:x@y>" +
                                    (in_dialog ? ";tag=1" : "") + "\r\n\r\n");
  REQUIRE(message);
  return std::move(*message);
}

std::string shown(const std::vector<SipTarget>& targets) {
  std::string text;
  for (const SipTarget& target : targets)
    text += to_string(target) + " ";
  return text;
}

constexpr char kPubThenSub[] = "ucm-pub.lab.example:5060 ucm-sub.lab.example:5060 ";
constexpr char kSubThenPub[] = "ucm-sub.lab.example:5060 ucm-pub.lab.example:5060 ";

TEST_CASE("a host is a node by its name, short or whole, or its address, at its port only") {
  Inside inside;
  inside.discover();
  SipNodes nodes({}, inside.discoveries);
  nodes.set_host_of([](const base::IpAddress& address) -> std::optional<std::string> {
    if (base::to_string(address) == "10.9.9.9") return "ucm-pub.lab.example";
    return std::nullopt;
  });
  struct Case {
    std::string host;
    std::optional<std::uint16_t> port;
    const char* found;
  };
  const Case cases[] = {
      {"ucm-sub", {}, "ucm-sub.lab.example:5060"},
      {"UCM-Sub.lab.example.", 5060, "ucm-sub.lab.example:5060"},
      {"ucm-sub.lab.example", 5061, ""},
      {"ucm-sub.lab.example", 22, ""},
      {"ucm-sub.evil.example", {}, ""},
      {"ucm-sub.lab.example.evil.example", {}, ""},
      {"lab.example", {}, ""},
      {"10.9.9.9", {}, "ucm-pub.lab.example:5060"},
      {"10.9.9.8", {}, ""},
      {"", {}, ""},
  };
  for (const Case& c : cases) {
    CAPTURE(c.host);
    const auto found = nodes.find(c.host, c.port);
    CHECK((found ? to_string(*found) : "") == c.found);
  }
}

TEST_CASE("inside are the nodes, and the domains that they serve") {
  Inside inside;
  inside.discover();
  const SipNodes nodes({}, inside.discoveries);
  CHECK(nodes.is_inside("ucm-sub", std::nullopt));
  CHECK(nodes.is_inside("Lab.example", 5060));
  CHECK_FALSE(nodes.is_inside("lab.example", 22));
  CHECK_FALSE(nodes.is_inside("ucm-sub.lab.example", 22));
  CHECK_FALSE(nodes.is_inside("x.lab.example", std::nullopt));
  CHECK_FALSE(nodes.is_inside("evil.example", std::nullopt));
}

TEST_CASE("Route, then the request URI, then the call managers in order say where to") {
  Inside inside;
  inside.discover();
  const SipNodes nodes({}, inside.discoveries);
  struct Case {
    const char* uri;
    std::string routes;
    bool in_dialog;
    const char* targets;  // or the status
    std::size_t left;     // Routes
  };
  const Case cases[] = {
      {"sip:ucm-pub", "Route: <sip:ucm-sub;transport=tcp;lr>\r\n", false, kSubThenPub, 0},
      {"sip:ucm-sub", "", false, kSubThenPub, 0},
      {"sip:5003@lab.example", "", false, kPubThenSub, 0},
      {"sip:5003@evil.example", "", false, kPubThenSub, 0},
      {"sip:5003@evil.example", "Route: <sip:evil.example;lr>\r\n", false, "403", 1},
      {"sip:a@ucm-sub", "Route: <sip:ucm-sub;lr>\r\nRoute: <sip:evil.example;lr>\r\n", false, "403",
       2},
      {"sip:a@ucm-sub", "Route: <sip:ucm-sub;lr>, <sip:other.example;lr>\r\n", true,
       "ucm-sub.lab.example:5060 ", 2},
      {"sip:a@ucm-sub", "", true, "ucm-sub.lab.example:5060 ", 0},
      {"sip:a@10.1.1.1", "", true, kPubThenSub, 0},
      {"sip:a@ucm-sub", "Route: <http://ucm-sub>\r\n", false, "400", 1},
  };
  for (const Case& c : cases) {
    CAPTURE(c.uri);
    CAPTURE(c.routes);
    sip::Message message = request(c.uri, c.routes, c.in_dialog);
    SipRefusal refusal;
    const auto targets = nodes.choose(message, {}, refusal);
    CHECK((targets ? shown(*targets) : std::to_string(refusal.status)) == c.targets);
    CHECK(message.values(sip::FieldId::Route).size() == c.left);
  }
}

TEST_CASE("a user gets to the call managers of the user's own domain only") {
  Inside inside;
  inside.discover();
  SipNodes nodes({}, inside.discoveries);
  nodes.set_host_of([](const base::IpAddress& address) -> std::optional<std::string> {
    return base::to_string(address) == "10.9.9.9" ? "ucm-pub.lab.example" : "10.9.9.8";
  });
  CHECK(nodes.find("ucm-sub", {}, "lab.example"));
  CHECK(nodes.find("10.9.9.9", {}, "lab.example"));
  CHECK_FALSE(nodes.find("10.9.9.8", {}, "lab.example"));
  CHECK_FALSE(nodes.find("ucm-sub.lab.example", {}, "other.example"));
  CHECK_FALSE(nodes.find("10.9.9.9", {}, "other.example"));
  for (const char* route : {"", "Route: <sip:ucm-sub.lab.example;lr>\r\n"}) {
    CAPTURE(route);
    sip::Message message = request("sip:ucm-sub.lab.example", route, false);
    SipRefusal refusal;
    CHECK_FALSE(nodes.choose(message, "other.example", refusal));
    CHECK(refusal.status == (*route == 0 ? 503 : 403));
    const auto own = nodes.choose(message, "lab.example", refusal);
    REQUIRE(own);
    CHECK(shown(*own) == kSubThenPub);
  }
}

TEST_CASE("configured registrars stand in for those discovered") {
  Inside inside;
  inside.discover();
  SipConfig config;
  config.registrars = {"sbc.lab.example:5070", "10.2.2.2"};
  const SipNodes nodes(config, inside.discoveries);
  sip::Message message = request("sip:5003@lab.example", "", false);
  SipRefusal refusal;
  const auto targets = nodes.choose(message, {}, refusal);
  REQUIRE(targets);
  CHECK(shown(*targets) == "sbc.lab.example:5070 10.2.2.2:5060 ");
  CHECK(nodes.find("sbc", std::nullopt));
  CHECK(nodes.find("sbc.lab.example", 5070));
  CHECK_FALSE(nodes.find("sbc.lab.example", 5060));
}

}  // namespace
}  // namespace core
