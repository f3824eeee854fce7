#include "sip/uri.h"

#include <doctest/doctest.h>

#include <string>

#include "sip/limits.h"

namespace sip {
namespace {

TEST_CASE("a URI is taken apart") {
  const std::string text = "SIPS:user;par=u%40x:pa$s@[2001:db8::1]:5061;transport=TLS;lr?a=b&c=d";
  const auto uri = parse_uri(text);
  REQUIRE(uri);
  CHECK(uri->scheme == "SIPS");
  CHECK(uri->is_sips());
  CHECK(uri->has_user);
  CHECK(uri->user == "user;par=u%40x");
  CHECK(uri->password == "pa$s");
  CHECK(uri->host == "2001:db8::1");
  CHECK(uri->is_ipv6);
  CHECK(uri->port == 5061);
  CHECK(uri->params == "transport=TLS;lr");
  CHECK(uri->param("Transport") == "TLS");
  CHECK(uri->param("lr") == "");
  CHECK_FALSE(uri->param("maddr"));
  CHECK(uri->headers == "a=b&c=d");
}

TEST_CASE("URIs are held to their grammar") {
  for (const char* good :
       {"sip:example.com", "sip:5002@uclabcucm-sub", "sip:a@10.106.4.85:5061;zone-id=1;directed;lr",
        "sip:96446082-3aa2-435b-9c73@10.106.4.73:49256;transport=tls",
        "sip:u@10.1.1.1;orig-hostport=10.106.4.73:49256",
        "sip:+1-212-555-1212:1234@gw.com;user=phone", "sip:*67#@example.com",
        "sip:call_manager.lab.example", "sip:example.com.", "sip:a@[::ffff:192.0.2.1]",
        "sip:[2001:db8:::192.0.2.1]", "sip:a:@b", "sip:3com.example"}) {
    CAPTURE(good);
    CHECK(parse_uri(good));
  }
  for (const char* bad : {"",
                          "sip",
                          "sip:",
                          "sip:@host",
                          "sip:a@",
                          "sip:a@b@c",
                          "sip:a b@c",
                          "sip:a@b c",
                          "sip:a@b;",
                          "sip:a@b;;lr",
                          "sip:a@b;lr;lr",
                          "sip:a@b?",
                          "sip:a@b:",
                          "sip:a@b:0",
                          "sip:a@b:65536",
                          "sip:a@b:-1",
                          "sip:a@b:5060x",
                          "sip:2001:db8::10",
                          "sip:a@[2001:db8::1",
                          "sip:a@2001:db8::1]",
                          "sip:a@[]",
                          "sip:a@[10.0.0.1]",
                          "sip:a@[[::1]]",
                          "sip:a@[::1]x",
                          "sip:a@[::::1]",
                          "sip:a@1.2.3",
                          "sip:a@256.1.1.1",
                          "sip:a@0x7f000001",
                          "sip:a@127.1",
                          "sip:a@-b",
                          "sip:a@b-",
                          "sip:a@b..c",
                          "sip:a@.",
                          "sip:%4@b",
                          "sip:a%zz@b",
                          "sip:a@b;x=%4",
                          "sip:a@b?x=%",
                          "<sip:a@b>",
                          "sip:a@b;x=\"y\"",
                          "sip:a@b>",
                          "sip:a\"@b",
                          " sip:a@b",
                          "sip:a@b ",
                          "sip:a@b\t",
                          "1sip:a@b",
                          "sip:a\xc3\xa4@b",
                          "http://a b",
                          "tel:",
                          "tel:\"1\"",
                          ":a",
                          "sip:a@b?x<y"}) {
    CAPTURE(bad);
    const auto uri = parse_uri(bad);
    REQUIRE_FALSE(uri);
    CHECK(uri.error().code == base::Errc::Malformed);
  }
  for (const char* other : {"tel:+1-201-555-0123", "isbn:2983792873", "http://www.example.com/?a",
                            "soap.beep://192.0.2.103:3002", "name:John_Smith", "sipx:a@b"}) {
    CAPTURE(other);
    const auto uri = parse_uri(other);
    REQUIRE_FALSE(uri);
    CHECK(uri.error().code == base::Errc::Unsupported);
  }
  CHECK_FALSE(parse_uri("sip:a@" + std::string(64, 'x') + ".example"));
  CHECK(parse_uri("sip:a@" + std::string(63, 'x') + ".example"));
  CHECK_FALSE(parse_uri(std::string("sip:a@b\0c", 9)));
}

TEST_CASE("a host with a port, alone") {
  const auto plain = parse_host_port("10.106.4.73:49256");
  REQUIRE(plain);
  CHECK(plain->host == "10.106.4.73");
  CHECK(plain->port == 49256);
  CHECK_FALSE(plain->is_ipv6);
  const auto v6 = parse_host_port("[2001:db8::1]");
  REQUIRE(v6);
  CHECK(v6->host == "2001:db8::1");
  CHECK(v6->is_ipv6);
  CHECK_FALSE(v6->port);
  for (const char* bad :
       {"", ":5060", "a:", "a:b", "a :1", "a: 1", "[::1]:", "[::1", "::1", "a@b"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_host_port(bad));
  }
}

TEST_CASE("hosts as addresses, and written again") {
  CHECK(host_address("10.0.0.1") == *base::parse_ip("10.0.0.1"));
  CHECK(host_address("2001:db8:::192.0.2.1") == *base::parse_ip("2001:db8::192.0.2.1"));
  CHECK_FALSE(host_address("example.com"));
  CHECK_FALSE(host_address("[::1]"));
  CHECK_FALSE(host_address(std::string(100, 'a') + ":::1"));
  CHECK_FALSE(host_address(":::::"));
  CHECK(host_port("a.example", std::nullopt) == "a.example");
  CHECK(host_port("a.example", std::uint16_t{5060}) == "a.example:5060");
  CHECK(host_port("2001:db8::1", std::nullopt) == "[2001:db8::1]");
  CHECK(host_port("2001:db8::1", std::uint16_t{5061}) == "[2001:db8::1]:5061");
}

}  // namespace
}  // namespace sip
