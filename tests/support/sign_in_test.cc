#include "support/sign_in.h"

#include <doctest/doctest.h>

namespace support {
namespace {

TEST_CASE("user and domain come in one piece or in two") {
  struct Case {
    std::string_view user;
    std::string_view domain;
    std::string_view expected_user;
  };
  const Case cases[] = {
      {"mac.donald@UCLAB.com", "", "mac.donald"},
      {"mac.donald", "uclab.com", "mac.donald"},
      {"mac.donald@uclab.com", "uclab.COM", "mac.donald"},
      {"J\xc3\xb6rg M", "uclab.com", "J\xc3\xb6rg M"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.user);
    const auto account = parse_account(c.user, c.domain);
    REQUIRE(account);
    CHECK(account->user == c.expected_user);
    CHECK(account->domain == "uclab.com");
  }
}

TEST_CASE("what cannot be a user of a domain is refused") {
  const std::string long_name(kMaxUserBytes + 1, 'u');
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"", ""},
      {"mac.donald", ""},
      {"@uclab.com", ""},
      {"mac@", ""},
      {"mac@a.com", "b.com"},
      {"a:b@uclab.com", ""},
      {"a\n@u.com", ""},
      {"a@b@uclab.com", ""},
      {"mac", "uclab..com"},
      {"mac", "10.1.2.3"},
      {"mac", "u/clab.com"},
      {long_name, "uclab.com"},
  };
  for (const auto& [user, domain] : cases) {
    CAPTURE(user);
    CAPTURE(domain);
    CHECK(!parse_account(user, domain));
  }
}

TEST_CASE("host paths are spelled as the seed's client spells them") {
  CHECK(edge_config_path("uclab.com") ==
        "/dWNsYWIuY29t/get_edge_config?service_name=_cisco-uds&service_name=_cuplogin");
  CHECK(host_path("uclab.com", {"https", "uclabcucm-pub.uclab.com", 8443, "/cucm-uds/version"}) ==
        "/dWNsYWIuY29tL2h0dHBzL3VjbGFiY3VjbS1wdWIudWNsYWIuY29tLzg0NDM/cucm-uds/version");
  CHECK(host_path("uclab.com", {"http", "uclabcucm-pub", 6970, "/MDonald.cnf.xml"}) ==
        "/dWNsYWIuY29tL2h0dHAvdWNsYWJjdWNtLXB1Yi82OTcw/MDonald.cnf.xml");
}

TEST_CASE("a user name in a path or query keeps to itself") {
  CHECK(percent_encode("mac.donald_~-1") == "mac.donald_~-1");
  CHECK(percent_encode("a/../b?c&d=e %") == "a%2F..%2Fb%3Fc%26d%3De%20%25");
  CHECK(percent_encode("\xc3\xb6") == "%C3%B6");
}

}  // namespace
}  // namespace support
