#include "base/domain.h"

#include <doctest/doctest.h>

namespace base {
namespace {

TEST_CASE("a name is within a domain when it is the domain or below it") {
  struct Case {
    const char* host;
    bool within;
  };
  const Case cases[] = {{"lab.example", true},     {"LAB.example", true},
                        {"a.lab.example", true},   {"xlab.example", false},
                        {".lab.example", false},   {"example", false},
                        {"a.b.lab.example", true}, {"", false}};
  for (const Case& c : cases) {
    CAPTURE(c.host);
    CHECK(is_in_domain(c.host, "lab.example") == c.within);
  }
}

}  // namespace
}  // namespace base
