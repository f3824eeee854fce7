#include "policy/cookie.h"

#include <doctest/doctest.h>

#include <initializer_list>

namespace policy {
namespace {

SessionCookie cookie_of(std::initializer_list<std::string_view> fields) {
  SessionCookie cookie;
  for (const std::string_view field : fields)
    cookie.read(field);
  return cookie;
}

TEST_CASE("the session's cookie is found, absent or repeated") {
  struct Case {
    const char* field;
    const char* value;  // nullptr: absent; "!": repeated
  };
  const Case cases[] = {
      {"X-Auth=abc", "abc"},
      {"a=b; X-Auth=abc-_9; c=d", "abc-_9"},
      {"a=b;X-Auth=abc;c", "abc"},
      {" \tX-Auth = abc ", "abc"},
      {";;X-Auth=abc;;", "abc"},
      {"", nullptr},
      {"a=b", nullptr},
      {"x-auth=abc", nullptr},
      {"X-Auth2=abc", nullptr},
      {"a=X-Auth=abc", nullptr},
      {"X-Auth", nullptr},
      {"X-Auth=", ""},
      {"X-Auth=\"abc\"", "\"abc\""},
      {"X-Auth=a b", "a b"},
      {"X-Auth=a=", "a="},
      {"X-Auth=abc; X-Auth=abc", "!"},
      {"X-Auth=abc; a=b; X-Auth=def", "!"},
      {"X-Auth=; X-Auth=abc", "!"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.field);
    const SessionCookie cookie = cookie_of({c.field});
    const bool repeated = c.value != nullptr && std::string_view(c.value) == "!";
    CHECK(cookie.repeated() == repeated);
    CHECK(cookie.found() == (c.value != nullptr && !repeated));
    if (cookie.found()) CHECK(cookie.value() == c.value);
  }
}

TEST_CASE("two fields count as one") {
  CHECK(cookie_of({"a=b", "X-Auth=abc"}).value() == "abc");
  CHECK(cookie_of({"X-Auth=abc", "X-Auth=abc"}).repeated());
  CHECK_FALSE(cookie_of({}).found());
}

TEST_CASE("the cookie is taken out and the others stay as they were") {
  struct Case {
    const char* field;
    const char* left;
  };
  const Case cases[] = {
      {"X-Auth=t", ""},
      {"x-auth=t", ""},
      {"a=1; X-Auth=t; b=2", "a=1; b=2"},
      {"X-Auth=t; b=2", "b=2"},
      {"a=1; X-Auth=t", "a=1"},
      {"a=1;  b = \"x\" ;c", "a=1;  b = \"x\" ;c"},
      {"X-Auth=t; X-Auth=u", ""},
      {"X-Auth=t; a=1; X-AUTH=u", "a=1"},
      {" X-Auth =t;", ""},
      {"", ""},
      {"X-Auth", "X-Auth"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.field);
    CHECK(without_session_cookie(c.field) == c.left);
  }
}

TEST_CASE("a new session's cookie is for this host only unless a domain is named") {
  CHECK(to_set_cookie("t") == "X-Auth=t; Path=/; Secure; HttpOnly");
  CHECK(to_set_cookie("t", "example.com") ==
        "X-Auth=t; Path=/; Secure; HttpOnly; Domain=example.com");
}

}  // namespace
}  // namespace policy
