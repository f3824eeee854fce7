#include "net/http/message.h"

#include <doctest/doctest.h>

namespace net::http {
namespace {

TEST_CASE("authorities are read into host and port") {
  struct Case {
    std::string_view text, host;
    int port;  // -1: none
    bool is_address;
  };
  const Case cases[] = {
      {"Edge.Example.COM", "edge.example.com", -1, false},
      {"edge:8443", "edge", 8443, false},
      {"vcs_control.lab.example:8443", "vcs_control.lab.example", 8443, false},
      {"10.1.2.3", "10.1.2.3", -1, true},
      {"10.1.2.3:1", "10.1.2.3", 1, true},
      {"[2001:DB8::1]", "2001:db8::1", -1, true},
      {"[2001:db8:0::1]:65535", "2001:db8::1", 65535, true},
      {"1and1.example", "1and1.example", -1, false},
      {"a.0b", "a.0b", -1, false},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    const base::Result<Authority> authority = parse_authority(c.text);
    REQUIRE(authority);
    CHECK(authority->host == c.host);
    CHECK(authority->port.has_value() == (c.port >= 0));
    if (authority->port) CHECK(*authority->port == c.port);
    CHECK(authority->is_address == c.is_address);
  }
}

TEST_CASE("authorities that somebody could read in two ways are refused") {
  const std::string_view cases[] = {
      "",           ":80",        "a:",         "a:0",        "a:65536",
      "a:080",      "a:+1",       "a: 1",       "a:1:2",      "a b",
      "u@a",        "a/b",        "a?b",        "a#b",        "a%41",
      "a\\b",       "a,b",        "[::1",       "::1",        "[::1]x",
      "[::1]:",     "[10.1.2.3]", "[a]",        "[]",         "[fe80::1%25eth0]",
      "[v1.x]",     "a.",         ".a",         "a..b",       "-a",
      "a-",         "127.1",      "2130706433", "0x7f000001", "0x7f.1",
      "0177.0.0.1", "10.1.2.256", "a.1",        "a.0x1",      "\xc3\xa4",
      "a\t",        "[::1]]"};
  for (const std::string_view text : cases) {
    CAPTURE(text);
    CHECK(!parse_authority(text));
  }
  CHECK(!parse_authority(std::string_view("a\0b", 3)));
  CHECK(parse_authority(std::string(63, 'a')));
  CHECK(!parse_authority(std::string(64, 'a')));
  std::string longest = "a";
  while (longest.size() < 253)
    longest += ".a";
  CHECK(parse_authority(longest));
  CHECK(!parse_authority("b" + longest));
}

TEST_CASE("origin form is visible ASCII with whole escapes") {
  for (const std::string_view good : {"/", "/a?b=c", "/%2F%aF", "//x", "/a;b", "/\\", "/?"}) {
    CAPTURE(good);
    CHECK(is_origin_form(good));
  }
  for (const std::string_view bad :
       {"", "*", "a", "/ ", "/\t", "/#", "/%", "/%1", "/%1g", "/%%20", "/\xc3", "/\x7f", "?a"}) {
    CAPTURE(bad);
    CHECK(!is_origin_form(bad));
  }
}

TEST_CASE("path and query are parts of the target") {
  RequestHead head;
  head.target = "/a/b?c?d";
  CHECK(head.path() == "/a/b");
  CHECK(head.query() == "c?d");
  head.target = "/a";
  CHECK(head.path() == "/a");
  CHECK(head.query().empty());
}

TEST_CASE("statuses and methods") {
  CHECK(reason_phrase(404) == "Not Found");
  CHECK(reason_phrase(100) == "Continue");
  CHECK(reason_phrase(511) == "Network Authentication Required");
  CHECK(reason_phrase(299) == "Unknown");
  CHECK(has_body("GET", 200));
  CHECK(!has_body("HEAD", 200));
  CHECK(!has_body("GET", 204));
  CHECK(!has_body("GET", 304));
  CHECK(is_idempotent("PUT"));
  CHECK(!is_idempotent("POST"));
  CHECK(!is_idempotent("get"));
  CHECK(is_hop_by_hop("Transfer-encoding"));
  CHECK(!is_hop_by_hop("Cookie"));
}

TEST_CASE("a text response says its length") {
  const TextResponse response = text_response(404, "no such file");
  CHECK(response.head.status == 404);
  CHECK(response.body == "no such file\n");
  CHECK(response.head.content_length == response.body.size());
}

}  // namespace
}  // namespace net::http
