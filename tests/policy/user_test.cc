#include "policy/user.h"

#include <doctest/doctest.h>

namespace policy {
namespace {

TEST_CASE("every way to write a user leads to one account, or to none") {
  struct Case {
    std::string typed;
    const char* user;  // nullptr: refused
  };
  const Case cases[] = {
      {"mac.donald", "mac.donald"},
      {"Mac.Donald", "mac.donald"},
      {"mac.donald@LAB.example", "mac.donald"},
      {"+15550100", "+15550100"},
      {"_svc-1~x", "_svc-1~x"},
      {std::string(kMaxUserBytes, 'a'), nullptr},
      {std::string(kMaxUserBytes + 1, 'a'), nullptr},
      {"mac.donald@other.example", nullptr},
      {"mac.donald@lab.example@lab.example", nullptr},
      {"mac.donald@", nullptr},
      {"@lab.example", nullptr},
      {"", nullptr},
      {".", nullptr},
      {"..", nullptr},
      {".hidden", nullptr},
      {"-x", nullptr},
      {"a/b", nullptr},
      {"a%2fb", nullptr},
      {"a?b", nullptr},
      {"a#b", nullptr},
      {"a b", nullptr},
      {"a\\b", nullptr},
      {"a;b", nullptr},
      {"a:b", nullptr},
      {"a\n", nullptr},
      {std::string("a\0b", 3), nullptr},
      {"m\xc3\xbcller", nullptr},
  };
  for (const Case& c : cases) {
    CAPTURE(c.typed);
    const auto user = canonical_user(c.typed, "lab.example");
    if (c.typed.size() == kMaxUserBytes) {
      CHECK(user);
      continue;
    }
    REQUIRE(static_cast<bool>(user) == (c.user != nullptr));
    if (user) CHECK(*user == c.user);
  }
  CHECK(canonical_user("a@b.example", "lab.example").error().code == base::Errc::Refused);
  CHECK(canonical_user("a b", "lab.example").error().code == base::Errc::Malformed);
}

}  // namespace
}  // namespace policy
