#include "policy/host_path.h"

#include <doctest/doctest.h>

#include "base/base64.h"

namespace policy {
namespace {

std::string path_of(std::string_view decoded, std::string_view rest = "/x") {
  return "/" + base::encode_base64url(decoded) + std::string(rest);
}

TEST_CASE("the examples of the wire contract are read") {
  const auto plain = parse_host_path("/dWNsYWIuY29t/get_edge_config?service_name=_cisco-uds");
  REQUIRE(plain);
  CHECK(plain->domain == "uclab.com");
  CHECK_FALSE(plain->target);
  CHECK(plain->rest == "/get_edge_config?service_name=_cisco-uds");
  const auto uds = parse_host_path(
      "/dWNsYWIuY29tL2h0dHBzL3VjbGFiY3VjbS1wdWIudWNsYWIuY29tLzg0NDM=/cucm-uds/version");
  REQUIRE(uds);
  CHECK(uds->target ==
        HostPath::Target{Scheme::Https, "uclabcucm-pub.uclab.com", 8443, false, true});
  CHECK(uds->rest == "/cucm-uds/version");
  const auto tftp =
      parse_host_path("/dWNsYWIuY29tL2h0dHAvdWNsYWJjdWNtLXB1Yi82OTcw/SPDefault.cnf.xml");
  REQUIRE(tftp);
  CHECK(tftp->target == HostPath::Target{Scheme::Http, "uclabcucm-pub", 6970, false, false});
}

TEST_CASE("the decoded text is held to its grammar") {
  struct Case {
    const char* text;
    const char* host;  // nullptr: refused; "": no target
    std::uint16_t port;
    bool is_address;
  };
  const Case cases[] = {
      {"Lab.Example", "", 0, false},
      {"lab.example/https/UCM.lab.example", "ucm.lab.example", 8443, false},
      {"lab.example/http/ucm", "ucm", 6970, false},
      {"lab.example/https/ucm/1", "ucm", 1, false},
      {"lab.example/https/ucm/65535", "ucm", 65535, false},
      {"lab.example/https/127.0.0.1/8443", "127.0.0.1", 8443, true},
      {"lab.example/https/169.254.169.254", "169.254.169.254", 8443, true},
      {"lab.example/https/[2001:DB8::1]/8443", "2001:db8::1", 8443, true},
      {"lab.example/https/[::ffff:10.0.0.1]/8443", nullptr, 0, false},
      {"lab.example/https/2001:db8::1/8443", nullptr, 0, false},
      {"lab.example/https/[10.0.0.1]/8443", nullptr, 0, false},
      {"lab.example/https/127.1", nullptr, 0, false},
      {"lab.example/https/0x7f000001", nullptr, 0, false},
      {"lab.example/https/2130706433", nullptr, 0, false},
      {"lab.example/https/0177.0.0.1", nullptr, 0, false},
      {"lab.example/https/ucm./8443", nullptr, 0, false},
      {"lab.example/https/ucm:8443", nullptr, 0, false},
      {"lab.example/https/user@ucm", nullptr, 0, false},
      {"lab.example/https/ucm_pub", nullptr, 0, false},
      {"lab.example/https//8443", nullptr, 0, false},
      {"lab.example/https/ucm/", nullptr, 0, false},
      {"lab.example/https/ucm/0", nullptr, 0, false},
      {"lab.example/https/ucm/65536", nullptr, 0, false},
      {"lab.example/https/ucm/08443", nullptr, 0, false},
      {"lab.example/https/ucm/+8443", nullptr, 0, false},
      {"lab.example/https/ucm/8443/x", nullptr, 0, false},
      {"lab.example/https", nullptr, 0, false},
      {"lab.example/HTTPS/ucm", nullptr, 0, false},
      {"lab.example/ftp/ucm", nullptr, 0, false},
      {"lab.example/", nullptr, 0, false},
      {"lab.example.", nullptr, 0, false},
      {".lab.example", nullptr, 0, false},
      {"lab..example", nullptr, 0, false},
      {"lab example", nullptr, 0, false},
      {"10.0.0.1", nullptr, 0, false},
      {"lab.example/https/ucm\n", nullptr, 0, false},
      {"lab.example%2fhttps", nullptr, 0, false},
      {"lab.exampl\xc3\xa9", nullptr, 0, false},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    const auto path = parse_host_path(path_of(c.text));
    REQUIRE(static_cast<bool>(path) == (c.host != nullptr));
    if (!path) continue;
    CHECK(path->domain == "lab.example");
    CHECK(path->target.has_value() == !std::string_view(c.host).empty());
    if (!path->target) continue;
    CHECK(path->target->host == c.host);
    CHECK(path->target->port == c.port);
    CHECK(path->target->is_address == c.is_address);
  }
  CHECK_FALSE(parse_host_path(path_of(std::string_view("lab.example\0", 12))));
}

TEST_CASE("padding may be absent, written or escaped, and nothing else may be") {
  // "uclab.com" needs none; "lab.example" one; "a.example1x" is there for two.
  struct Case {
    const char* target;
    bool good;
  };
  const Case cases[] = {
      {"/bGFiLmV4YW1wbGU/x", true},
      {"/bGFiLmV4YW1wbGU=/x", true},
      {"/bGFiLmV4YW1wbGU%3D/x", true},
      {"/bGFiLmV4YW1wbGU%3d/x", true},
      {"/bGFiLmV4YW1wbGU==/x", false},
      {"/bGFiLmV4YW1wbGU%3D%3D/x", false},
      {"/bGFiLmV4YW1wbGU%253D/x", false},
      {"/bGFiLmV4YW1wbGU%3/x", false},
      {"/bGFiLmV4YW1wbGV/x", false},  // a bit set behind the last byte
      {"/%62GFiLmV4YW1wbGU/x", false},
      {"/bGFi\nLmV4YW1wbGU/x", false},
      {"/bGFiLmV4YW1wbGU /x", false},
      {"/ bGFiLmV4YW1wbGU/x", false},
      {"/bGFi=LmV4YW1wbGU/x", false},
      {"/dWNsYWIuY29t/x", true},
      {"/dWNsYWIuY29t=/x", false},
      {"/dWNsYWIuY29t%3D/x", false},
      {"/%3D/x", false},
      {"//x", false},
      {"/", false},
      {"", false},
      {"dWNsYWIuY29t/x", false},
      {"/dWNsYWIuY29t", false},
      {"/dWNsYWIuY29t/", true},
      {"/dWNsYWIuY29t?x/", false},
      {"*", false},
      {"https://edge/dWNsYWIuY29t/x", false},
  };
  for (const Case& c : cases) {
    CAPTURE(c.target);
    CHECK(static_cast<bool>(parse_host_path(c.target)) == c.good);
  }
}

TEST_CASE("the rest is kept byte for byte, and may hold no control, space or fragment") {
  for (const char* rest : {"/", "/a/../b", "/a%2fb?c=%00&d;e", "//", "/dWNsYWIuY29t/x"}) {
    CAPTURE(rest);
    const std::string target = path_of("lab.example", rest);
    const auto path = parse_host_path(target);
    REQUIRE(path);
    CHECK(path->rest == rest);
  }
  for (const std::string rest : {"/a b", "/a\r\n", "/a#b", "/a\x7f", "/\xff", "/\t"}) {
    CAPTURE(rest);
    CHECK_FALSE(parse_host_path(path_of("lab.example", rest)));
  }
}

TEST_CASE("the first segment has a limit") {
  const std::string at_limit(kMaxHostPathBase64, 'A');
  CHECK(parse_host_path("/" + at_limit + "/x").error().code == base::Errc::Malformed);
  CHECK(parse_host_path("/" + at_limit + "A/x").error().code == base::Errc::TooLarge);
}

TEST_CASE("what is remembered says what was said before, and no more") {
  HostPathCache cache;
  // More than there is room for, so that some take the place of others.
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 500; ++i) {
      const std::string text = "lab.example/https/a-node-with-a-name-" + std::to_string(i) + "/80";
      const std::string target = path_of(text, "/r" + std::to_string(round));
      for (int again = 0; again < 2; ++again) {
        const auto path = cache.parse(target);
        REQUIRE(path);
        CHECK(*path == *parse_host_path(target));
      }
    }
  }
  const std::string good = path_of("lab.example");
  REQUIRE(cache.parse(good));
  CHECK(cache.parse(path_of("lab.example", "/a b")).error().code == base::Errc::Malformed);
  CHECK(cache.parse(path_of("lab.example", "")).error().code == base::Errc::Malformed);
  CHECK(cache.parse("//x").error().code == base::Errc::Malformed);
  CHECK(cache.parse("x").error().code == base::Errc::Malformed);
  CHECK(cache.parse(good)->rest == "/x");
  // Beyond what is remembered, and beyond the limit.
  const std::string label(60, 'a');
  const std::string host = label + "." + label + "." + label + "." + label;
  const std::string longest = path_of(host + "/https/" + host + "/8443");
  REQUIRE(cache.parse(longest));
  CHECK(*cache.parse(longest) == *parse_host_path(longest));
  CHECK(cache.parse("/" + std::string(kMaxHostPathBase64 + 4, 'a') + "/x").error().code ==
        base::Errc::TooLarge);
}

TEST_CASE("what is written is read back equal") {
  HostPath path;
  path.domain = "lab.example";
  path.rest = "/cucm-uds/version?x=y";
  CHECK(*parse_host_path(to_string(path)) == path);
  path.target = HostPath::Target{Scheme::Http, "2001:db8::1", 1, true, true};
  CHECK(*parse_host_path(to_string(path)) == path);
  path.target = HostPath::Target{Scheme::Https, "ucm-pub", 8443, false, false};
  CHECK(*parse_host_path(to_string(path)) == path);
}

}  // namespace
}  // namespace policy
