#include "edge/public_certificate.h"

#include <doctest/doctest.h>

#include "tests/fakes/test_certs.h"

namespace edge {
namespace {

using std::chrono::hours;

TEST_CASE("each fault of the certificate shown to clients is told") {
  const fakes::TestCa ca;
  const fakes::TestCa stranger("nobody's CA");
  const std::vector<std::string> good = {"DNS:edge.lab.example"};
  const std::vector<std::string> service = {
      "otherName:1.3.6.1.5.5.7.8.7;IA5STRING:_collab-edge._tls.lab.example"};
  struct Case {
    const char* what;
    const fakes::TestCa& issuer;
    fakes::LeafSpec spec;
    const char* words;  // null: no fault
  };
  const Case cases[] = {
      {"good", ca, {.names = good}, nullptr},
      {"SHA-1", ca, {.names = good, .digest = "SHA1"}, "rule signature"},
      {"RSA 1024", ca, {.names = good, .key = "RSA-1024"}, "rule key-strength"},
      {"expired",
       ca,
       {.names = good, .valid_from = hours{-48}, .valid_until = hours{-1}},
       "rule time"},
      {"not yet", ca, {.names = good, .valid_from = hours{24}}, "rule time"},
      {"unknown CA", stranger, {.names = good}, "rule chain"},
      {"other name",
       ca,
       {.names = {"DNS:other.lab.example"}},
       "does not hold DNS:edge.lab.example"},
      {"service name", ca, {.names = service}, "only the service name"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.what);
    const std::vector<std::string> faults =
        public_certificate_faults(*c.issuer.credentials(c.spec), *ca.trust(), "edge.lab.example",
                                  {"lab.example"}, std::chrono::system_clock::now());
    CHECK(faults.empty() == (c.words == nullptr));
    if (c.words == nullptr || faults.empty()) continue;
    CAPTURE(faults.front());
    CHECK(faults.front().find(c.words) != std::string::npos);
    CHECK(faults.front().find("437") != std::string::npos);
  }
}

}  // namespace
}  // namespace edge
