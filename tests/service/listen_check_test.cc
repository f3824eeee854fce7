#include "service/listen_check.h"

#include <doctest/doctest.h>

namespace service {
namespace {

TEST_CASE("two listeners must not have the same port at one address, nor at one and at all") {
  struct Case {
    const char* first;
    const char* second;
    bool clash;
  };
  const Case cases[] = {
      {"127.0.0.1:8443", "127.0.0.1:8443", true},  {"127.0.0.1:8443", "127.0.0.2:8443", false},
      {"127.0.0.1:8443", "127.0.0.1:8444", false}, {"0.0.0.0:8443", "127.0.0.1:8443", true},
      {"127.0.0.1:8443", "0.0.0.0:8443", true},    {"0.0.0.0:8443", "0.0.0.0:8443", true},
      {"0.0.0.0:8443", "127.0.0.1:8444", false},   {"[::]:8443", "[::1]:8443", true},
      {"[::1]:8443", "[::1]:8443", true},          {"[::]:8443", "0.0.0.0:8443", false},
      {"[::]:8443", "127.0.0.1:8443", false},      {"0.0.0.0:8443", "[::1]:8443", false},
      {"127.0.0.1:0", "127.0.0.1:0", false},
  };
  for (const Case& c : cases) {
    CAPTURE(c.first);
    CAPTURE(c.second);
    base::config::Report report("core.yaml");
    ListenCheck check(report);
    check.add("admin", *base::parse_endpoint(c.first));
    CHECK(report.ok());
    check.add("sip.listen", *base::parse_endpoint(c.second));
    CHECK(report.ok() != c.clash);
  }
}

TEST_CASE("the later of two is reported, with the key of the other") {
  base::config::Report report("core.yaml");
  ListenCheck check(report);
  const base::Endpoint addresses[] = {*base::parse_endpoint("10.0.0.1:5060"),
                                      *base::parse_endpoint("10.0.0.1:5061")};
  check.add("sip.listen", addresses);
  CHECK(report.ok());
  check.add("admin", addresses[1]);
  CHECK(report.to_string().find("admin: 10.0.0.1:5061 is used by another listener too: "
                                "sip.listen[1]") != std::string::npos);
}

}  // namespace
}  // namespace service
