#include <doctest/doctest.h>

#include <string>

#include "sip/limits.h"
#include "sip/uri.h"

namespace sip {
namespace {

TEST_CASE("a parameter is found by its name without case, outside of quotes and brackets") {
  struct Case {
    const char* params;
    const char* name;
    const char* value;  // nullptr: not there
  };
  const Case cases[] = {
      {"", "a", nullptr},
      {"a", "a", ""},
      {"a=1;b;c=\"x;y\"", "b", ""},
      {"a=1;b;c=\"x;y\"", "c", "\"x;y\""},
      {"c=\"x;b=2\"", "b", nullptr},
      {"c=\"x\\\";b=2\"", "b", nullptr},
      {"c=<urn:x;b=2>;d=3", "b", nullptr},
      {"c=<urn:x;b=2>;d=3", "d", "3"},
      {" BRANCH  =  z9hG4bK ; x", "branch", "z9hG4bK"},
      {"a=1;a=2", "a", "1"},
      {"ab=1", "a", nullptr},
      {";;;a=1", "a", "1"},
      {"a=\"open;b=2", "b", nullptr},
  };
  for (const Case& c : cases) {
    CAPTURE(c.params);
    CAPTURE(c.name);
    const auto value = find_param(c.params, c.name);
    REQUIRE(value.has_value() == (c.value != nullptr));
    if (value) CHECK(*value == c.value);
  }
}

TEST_CASE("a parameter is set in its place or at the end, or taken away") {
  CHECK(with_param("", "a", "1") == "a=1");
  CHECK(with_param("", "lr", "") == "lr");
  CHECK(with_param("a=1;rport;b", "rport", "5061") == "a=1;rport=5061;b");
  CHECK(with_param("a=1;RPORT=7;b;rport=8", "rport", "5061") == "a=1;rport=5061;b");
  CHECK(with_param("a=\"x;rport\"", "rport", "1") == "a=\"x;rport\";rport=1");
  CHECK(without_params("a=1;b;c", {"B"}) == "a=1;c");
  CHECK(without_params("b;a;b=2", {"b"}) == "a");
  CHECK(without_params("a=1;b;c;D", {"d", "a"}) == "b;c");
  CHECK(without_params("b", {"b"}).empty());
  CHECK(without_params("", {"b"}).empty());
}

TEST_CASE("lists of parameters are held to their form") {
  for (const char* good :
       {"", "a", "a=1", "a = 1 ; b", "+sip.instance=\"<urn:uuid:0>\"", "+sip.instance=<urn:uuid:0>",
        "received=[2001:db8::1]", "received=2001:db8::1",
        "+u.sip!model.ccm.cisco.com=\"503\";video", "a=\"\\\"\"", "nonce=YWJj==", "a=\"x\" ; b",
        "a=<x> ; b=\"y;c=1\";d=<u;v>", "a=x=y"}) {
    CAPTURE(good);
    CHECK(are_params(good));
  }
  for (const char* bad : {";", "a;", ";a", "a;;b", "a=", "=1", "a=\"x", "a=\"x\"y", "a=x y", "a b",
                          "a=1;A=2", "a=<x", "a=<>", "a=1,b", "a=x@y", "a=\"x\"\"y\"", "\"a\"=1"}) {
    CAPTURE(bad);
    CHECK_FALSE(are_params(bad));
  }
  std::string many = "p0";
  for (std::size_t i = 1; i < kMaxParams; ++i)
    many += ";p" + std::to_string(i);
  CHECK(are_params(many));
  CHECK_FALSE(are_params(many + ";more"));
}

TEST_CASE("escapes are undone once") {
  struct Case {
    std::string_view text;
    std::optional<std::string> value;
  };
  using namespace std::string_literals;
  const Case cases[] = {
      {"", ""s},
      {"plain", "plain"s},
      {"%41%4a%4A", "AJJ"s},
      {"%2541", "%41"s},
      {"%00x", "\0x"s},
      {"%", std::nullopt},
      {"%4", std::nullopt},
      {"%4g", std::nullopt},
      {"a%", std::nullopt},
      {"%%41", std::nullopt},
      {"%ff", "\xff"s},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    const auto value = unescape(c.text);
    REQUIRE(bool(value) == c.value.has_value());
    if (value) CHECK(*value == *c.value);
  }
}

}  // namespace
}  // namespace sip
