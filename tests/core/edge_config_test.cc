#include "core/edge_config.h"

#include <doctest/doctest.h>

#include <optional>
#include <pugixml.hpp>

namespace core {
namespace {

EdgeConfigDocument full() {
  EdgeConfigDocument document;
  document.services = {
      {"_cisco-uds",
       dns::Outcome::Ok,
       {{0, 5, 8443, "ucm-sub.lab.example"}, {1, 0, 8444, "ucm-pub.lab.example"}}},
      {"_cuplogin", dns::Outcome::NameError, {}},
      {"_cisco-phone-tftp", dns::Outcome::ServerError, {}},
  };
  document.tftp_servers = {*base::parse_ip("10.106.4.82"), *base::parse_ip("2001:db8::1")};
  document.sip_edges = {{"edge1.lab.example", 5061}, {"edge2.lab.example", 5061}};
  document.sip_routes = {"sip:core1:5061;transport=tls;lr", "sip:core2:5061;transport=tls;lr"};
  document.xmpp_edges = {{"edge1.lab.example", 5222}};
  document.http_edges = {{"edge1.lab.example", 8443}};
  document.user_uds_servers = {{"ucm-pub.lab.example", 8443}};
  return document;
}

TEST_CASE("the document has the layout and order of wire.md 4, byte for byte") {
  CHECK(to_xml(full()) ==
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><getEdgeConfigResponse version=\"1.0\">"
        "<serviceConfig>"
        "<service><name>_cisco-uds</name>"
        "<server><priority>0</priority><weight>5</weight><port>8443</port>"
        "<address>ucm-sub.lab.example</address></server>"
        "<server><priority>1</priority><weight>0</weight><port>8444</port>"
        "<address>ucm-pub.lab.example</address></server></service>"
        "<service><name>_cuplogin</name><error>NameError</error></service>"
        "<service><name>_cisco-phone-tftp</name><error>ServerError</error></service>"
        "<service><name>tftpServer</name><address>10.106.4.82</address>"
        "<address>2001:db8::1</address></service></serviceConfig>"
        "<edgeConfig><sipEdgeServer>"
        "<server><address>edge1.lab.example</address><tlsPort>5061</tlsPort></server>"
        "<server><address>edge2.lab.example</address><tlsPort>5061</tlsPort></server>"
        "</sipEdgeServer><sipRequest>"
        "<route>&lt;sip:core1:5061;transport=tls;lr&gt;</route>"
        "<route>&lt;sip:core2:5061;transport=tls;lr&gt;</route></sipRequest>"
        "<xmppEdgeServer><server><address>edge1.lab.example</address><tlsPort>5222</tlsPort>"
        "</server></xmppEdgeServer><httpEdgeServer><server><address>edge1.lab.example</address>"
        "<tlsPort>8443</tlsPort></server></httpEdgeServer><turnEdgeServer/>"
        "<userUdsServer><server><address>ucm-pub.lab.example</address><tlsPort>8443</tlsPort>"
        "</server></userUdsServer></edgeConfig></getEdgeConfigResponse>");
}

TEST_CASE("servers known from before are listed while the DNS is away") {
  for (const dns::Outcome outcome : {dns::Outcome::ServerError, dns::Outcome::Timeout}) {
    EdgeConfigDocument document;
    document.services = {{"_cisco-uds", outcome, {{0, 0, 8443, "ucm.lab.example"}}}};
    const std::string text = to_xml(document);
    CHECK(text.find("<address>ucm.lab.example</address>") != std::string::npos);
    CHECK(text.find("<error>") == std::string::npos);
  }
}

TEST_CASE("text from outside cannot become markup") {
  EdgeConfigDocument document;
  document.services = {{"_a", dns::Outcome::Ok, {{0, 0, 1, "</address><evil>&\"'"}}}};
  document.sip_routes = {"sip:a?b=<c>&d"};
  pugi::xml_document xml;
  REQUIRE(xml.load_string(to_xml(document).c_str()));
  const pugi::xml_node root = xml.child("getEdgeConfigResponse");
  CHECK(std::string(root.child("serviceConfig")
                        .child("service")
                        .child("server")
                        .child("address")
                        .text()
                        .get()) == "</address><evil>&\"'");
  CHECK(std::string(root.child("edgeConfig").child("sipRequest").child("route").text().get()) ==
        "<sip:a?b=<c>&d>");
  CHECK_FALSE(root.select_node("//evil"));
}

TEST_CASE("the services asked for are read from the query") {
  using Names = std::vector<std::string>;
  const Names both = {"_cisco-uds", "_cuplogin"};
  struct Case {
    std::string query;
    std::optional<Names> names;  // none: refused
  };
  const Case cases[] = {
      {"", both},
      {"&", both},
      {"other=1", both},
      {"service_name", both},
      {"Service_Name=_x", both},
      {"service_name=_cisco-uds", Names{"_cisco-uds"}},
      {"service_name=_cisco-uds&service_name=_cuplogin", both},
      {"service_name=_cuplogin&x=y&service_name=_cisco-uds", Names{"_cuplogin", "_cisco-uds"}},
      {"service_name=_a&service_name=_a", Names{"_a"}},
      {"service_name=_A-1", Names{"_A-1"}},
      {"service_name=_" + std::string(62, 'a'), Names{"_" + std::string(62, 'a')}},
      {"service_name=_" + std::string(63, 'a'), std::nullopt},
      {"service_name=", std::nullopt},
      {"service_name=_", std::nullopt},
      {"service_name=cisco-uds", std::nullopt},
      {"service_name=_cisco.uds", std::nullopt},
      {"service_name=_a%2db", std::nullopt},
      {"service_name=_a+b", std::nullopt},
      {"service_name=_a=b", std::nullopt},
      {"service_name=_a_b", std::nullopt},
      {"service_name=__a", std::nullopt},
      {"service_name=_-", std::nullopt},
      {"service_name=_a-", std::nullopt},
      {std::string("service_name=_a\0", 16), std::nullopt},
      {"service_name=_a&service_name=<x>", std::nullopt},
  };
  for (const Case& c : cases) {
    CAPTURE(c.query);
    const auto names = asked_services(c.query);
    CHECK(static_cast<bool>(names) == c.names.has_value());
    if (names && c.names) CHECK(*names == *c.names);
  }
}

TEST_CASE("so many services may be asked for, and not one more") {
  std::string query;
  for (std::size_t i = 0; i < kMaxAskedServices; ++i)
    query += "service_name=_s" + std::to_string(i) + "&";
  const auto most = asked_services(query);
  REQUIRE(most);
  CHECK(most->size() == kMaxAskedServices);
  CHECK(asked_services(query + "service_name=_s0"));  // one of them again
  const auto more = asked_services(query + "service_name=_more");
  REQUIRE_FALSE(more);
  CHECK(more.error().code == base::Errc::TooLarge);
}

}  // namespace
}  // namespace core
