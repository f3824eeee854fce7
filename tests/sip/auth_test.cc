#include <doctest/doctest.h>

#include <string>

#include "sip/headers.h"
#include "sip/limits.h"

namespace sip {
namespace {

TEST_CASE("credentials are taken apart, quotes and escapes undone") {
  const auto auth = parse_auth(
      "Digest username=\"mac\\\"do,nald\", REALM = \"<x\",nonce=abc== "
      ",qop=auth,\tnc=00000001,a=\"\"");
  REQUIRE(auth);
  CHECK(auth->scheme == "Digest");
  CHECK(auth->params.size() == 6);
  CHECK(auth->get("username") == "mac\"do,nald");
  CHECK(auth->get("realm") == "<x");
  CHECK(auth->get("Nonce") == "abc==");
  CHECK(auth->get("qop") == "auth");
  CHECK(auth->get("a").empty());
  CHECK(auth->get("none").empty());
  CHECK(auth->params[0].quoted);
  CHECK(auth->params[1].name == "REALM");
  CHECK_FALSE(auth->params[2].quoted);
}

TEST_CASE("what is no list of parameters is refused") {
  for (const char* bad :
       {"", "Digest", "Digest ", "Digest x", "Digest =x", "Digest x=", "Digest x=1,", "Digest ,x=1",
        "Digest x=1,,y=2", "Digest x=1 y=2", "Digest x=\"1", "Digest x=\"1\"2", "Digest x=\"1\\\"",
        "Digest x=1,X=2", "Digest\"x\"=1", "Digest(x=1", "Basic dXNlcjpwYXNz", "Digest x=1\"2\"",
        " Digest x=1"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_auth(bad));
  }
  std::string many = "Digest p=0";
  for (std::size_t i = 1; i < kMaxParams; ++i)
    many += ",p" + std::to_string(i) + "=x";
  CHECK(parse_auth(many));
  CHECK_FALSE(parse_auth(many + ",more=x"));
}

TEST_CASE("quoted text reads back as it was") {
  CHECK(quote("") == "\"\"");
  CHECK(quote("a\"b\\c") == "\"a\\\"b\\\\c\"");
  for (const char* text : {"", "\\", "\"", "\\\"", "a,b;c"}) {
    CAPTURE(text);
    const std::string value = "X a=" + quote(text);
    const auto auth = parse_auth(value);
    REQUIRE(auth);
    CHECK(auth->get("a") == text);
  }
}

}  // namespace
}  // namespace sip
