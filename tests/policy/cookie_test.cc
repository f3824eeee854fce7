#include "policy/cookie.h"

#include <doctest/doctest.h>

#include <array>

namespace policy {
namespace {

TEST_CASE("the session's cookie is found, absent or refused") {
  struct Case {
    const char* field;
    const char* value;  // nullptr: absent; "!": refused
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
      {"X-Auth=", "!"},
      {"X-Auth=\"abc\"", "!"},
      {"X-Auth=a b", "!"},
      {"X-Auth=a=", "!"},
      {"X-Auth=a%41", "!"},
      {"X-Auth=a,b", "!"},
      {"X-Auth=abc; X-Auth=abc", "!"},
      {"X-Auth=abc; a=b; X-Auth=def", "!"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.field);
    const std::array<std::string_view, 1> fields = {c.field};
    const auto found = find_session_cookie(fields);
    const bool refused = c.value != nullptr && std::string_view(c.value) == "!";
    REQUIRE(static_cast<bool>(found) == !refused);
    if (refused) continue;
    CHECK(found->has_value() == (c.value != nullptr));
    if (*found) CHECK(**found == c.value);
  }
}

TEST_CASE("two fields count as one") {
  const std::array<std::string_view, 2> split = {"a=b", "X-Auth=abc"};
  CHECK(**find_session_cookie(split) == "abc");
  const std::array<std::string_view, 2> twice = {"X-Auth=abc", "X-Auth=abc"};
  CHECK_FALSE(find_session_cookie(twice));
  CHECK_FALSE(find_session_cookie({})->has_value());
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
