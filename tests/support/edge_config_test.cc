#include "support/edge_config.h"

#include <doctest/doctest.h>

#include "tests/support/seed_bodies.h"

namespace support {
namespace {

std::string replaced(std::string_view from, std::string_view to) {
  std::string text = seed::kEdgeConfig;
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

TEST_CASE("the answer of the seed's lab is read whole") {
  const auto config = parse_edge_config(seed::kEdgeConfig);
  REQUIRE(config);
  REQUIRE(config->services.size() == 3);
  CHECK(config->services[0] == Service{"_cisco-phone-tftp", "NameError", {}});
  CHECK(config->service("_cisco-uds")->servers[1] ==
        ServiceServer{0, 0, 8443, "uclabcucm-pub.uclab.com"});
  CHECK(config->service("_sip") == nullptr);
  CHECK(config->tftp_servers == std::vector<std::string>{"10.106.4.82", "10.106.4.84"});
  CHECK(config->sip_edges[0] == EdgeServer{"uclabexpwe01.uclab.com", 5061});
  CHECK(config->xmpp_edges[1] == EdgeServer{"uclabexpwe02.uclab.com", 5222});
  CHECK(config->http_edges.size() == 2);
  CHECK(config->turn_edges.empty());
  CHECK(config->user_uds_nodes == std::vector<EdgeServer>{{"uclabcucm-pub", 8443}});
  REQUIRE(config->sip_routes.size() == 2);
  CHECK(config->sip_routes[0] == "<sip:10.106.4.85:5061;transport=tls;zone-id=1;directed;lr>");
}

TEST_CASE("what is written reads back as the same") {
  const auto config = parse_edge_config(seed::kEdgeConfig);
  REQUIRE(config);
  const auto again = parse_edge_config(to_xml(*config));
  REQUIRE(again);
  CHECK(*again == *config);
}

TEST_CASE("an answer that is cut anywhere is refused") {
  const std::string_view whole = seed::kEdgeConfig;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    // A copy of its own size, so that a sanitizer sees a read past the cut.
    CHECK(!parse_edge_config(std::string(whole.substr(0, size))));
  }
}

TEST_CASE("each part must be there once and make sense") {
  struct Case {
    std::string_view from;
    std::string_view to;
    std::string_view reason;
  };
  const Case cases[] = {
      {"version=\"1.0\"", "version=\"2.0\"", "version 1.0"},
      {"<turnEdgeServer/>", "", "lacks <turnEdgeServer>"},
      {"<turnEdgeServer/>", "<turnEdgeServer/><turnEdgeServer/>", "more than one <turnEdgeServer>"},
      {"<error>NameError</error>", "<error>Oops</error>", "unknown <error>"},
      {"<error>NameError</error>", "", "either an <error> or <server>s"},
      {"<name>_cuplogin</name>", "<name>_cuplogin</name><error>Timeout</error>",
       "either an <error> or <server>s"},
      {"<name>_cuplogin</name>", "<name>_cisco-uds</name>", "there twice"},
      {"<name>_cuplogin</name>", "<name>tftpServer</name>", "there twice"},
      {"<name>_cuplogin</name>", "<name></name>", "name of a service"},
      {"<name>_cuplogin</name>", "", "lacks <name>"},
      {"<port>8443</port>", "<port>0</port>", "port 0"},
      {"<port>8443</port>", "<port>-1</port>", "not a number"},
      {"<port>8443</port>", "<port>65536</port>", "not a number"},
      {"<port>8443</port>", "", "lacks <port>"},
      {"<weight>0</weight>", "", "lacks <weight>"},
      {"cimp-pub.uclab.com", "cimp pub", "neither a host name nor an address"},
      {"cimp-pub.uclab.com", "", "neither a host name nor an address"},
      {"cimp-pub.uclab.com", "a/../b", "neither a host name nor an address"},
      {"10.106.4.82", "10.106.4.082", "neither a host name nor an address"},
      {"<tlsPort>5061</tlsPort>", "<tlsPort>0</tlsPort>", "<tlsPort> is 0"},
      {"<tlsPort>5061</tlsPort>", "", "lacks <tlsPort>"},
      {"&lt;sip:", "sip:", "angle brackets"},
      {"&lt;sip:", "&lt;http:", "angle brackets"},
      {"zone-id=1;directed;lr&gt;", "zone-id=1;directed&gt;", "no ;lr"},
      {";directed;lr&gt;", ";directed;lr&gt;,&lt;sip:x;lr&gt;", "angle brackets"},
      {"zone-id=1", "zone-id=1&#13;&#10;X: y", "angle brackets"},
      {"<server><address>uclabcucm-pub</address><tlsPort>8443</tlsPort></server>", "",
       "<userUdsServer> names no server"},
      {"<?xml", "<!DOCTYPE x><?xml", ""},
      {"<edgeConfig>", "<edgeConfig/><edgeConfig>", "more than one <edgeConfig>"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.from);
    CAPTURE(c.to);
    const auto config = parse_edge_config(replaced(c.from, c.to));
    REQUIRE(!config);
    CAPTURE(config.error().detail);
    CHECK(config.error().detail.find(c.reason) != std::string::npos);
  }
}

TEST_CASE("elements that nobody knows are passed over") {
  CHECK(parse_edge_config(replaced("<turnEdgeServer/>", "<turnEdgeServer/><later><x/></later>")));
}

TEST_CASE("a site without chat names no edge for it, or leaves the part out") {
  const std::string whole = seed::kEdgeConfig;
  const std::string open = "<xmppEdgeServer>", close = "</xmppEdgeServer>";
  const std::size_t begin = whole.find(open), end = whole.find(close) + close.size();
  for (const char* part : {"", "<xmppEdgeServer/>"}) {
    CAPTURE(part);
    const auto config = parse_edge_config(whole.substr(0, begin) + part + whole.substr(end));
    REQUIRE(config);
    CHECK(config->xmpp_edges.empty());
    CHECK(*parse_edge_config(to_xml(*config)) == *config);
  }
  CHECK(!parse_edge_config(replaced(close, close + "<xmppEdgeServer/>")));
}

TEST_CASE("a list may be as long as its limit and no longer") {
  const auto with_servers = [](std::size_t count) {
    std::string list;
    for (std::size_t i = 0; i < count; ++i) {
      list += "<server><address>turn</address><tlsPort>3478</tlsPort></server>";
    }
    return replaced("<turnEdgeServer/>", "<turnEdgeServer>" + list + "</turnEdgeServer>");
  };
  const auto full = parse_edge_config(with_servers(kMaxListed));
  REQUIRE(full);
  CHECK(full->turn_edges.size() == kMaxListed);
  const auto over = parse_edge_config(with_servers(kMaxListed + 1));
  REQUIRE(!over);
  CHECK(over.error().code == base::Errc::TooLarge);
}

}  // namespace
}  // namespace support
