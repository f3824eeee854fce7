#include "policy/access.h"

#include <doctest/doctest.h>

namespace policy {
namespace {

TEST_CASE("the lists decide before the default, and denied wins") {
  struct Case {
    bool by_default;
    const char* user;
    bool allowed;
  };
  const Case cases[] = {
      {true, "nobody", true},      {false, "nobody", false}, {true, "Mac.Donald", true},
      {false, "mac.donald", true}, {true, "rknotts", false}, {false, "RKNOTTS", false},
      {true, "both", false},       {false, "both", false},
  };
  for (const Case& c : cases) {
    CAPTURE(c.user);
    const Access access({c.by_default, {"MAC.donald", "both"}, {"RKnotts", "both"}});
    CHECK(access.allows(c.user) == c.allowed);
  }
  CHECK(Access().allows("anybody"));
}

}  // namespace
}  // namespace policy
