#include "certs/describe.h"

#include "tests/certs/forge.h"

namespace certs {
namespace {

TEST_CASE("a certificate is described with names, validity and weaknesses") {
  const auto root = make_root();
  Template what = wanted("edge", {dns_name("edge.lab.example")});
  what.roles = {Role::Server};
  what.digest = "sha1";
  const std::string text = describe(certify(*root, what).get(), kNow);
  CAPTURE(text);
  for (const char* part :
       {"CN=edge\n", "CN=Test CA\n", "DNS:edge.lab.example\n",
        "2026-11-10 00:00:00 UTC to 2027-02-28 00:00:00 UTC (100 days left)", "EC P-256\n",
        "ecdsa-with-SHA1 (refused)\n", "digitalSignature", "serverAuth", "sha256"}) {
    CAPTURE(part);
    CHECK(text.find(part) != std::string::npos);
  }
  CHECK(describe(root->certificate(), kNow).find("authority    yes\n") != std::string::npos);
  CHECK(describe(root->certificate(), kNow + std::chrono::days(101)).find("(expired 1 day ago)") !=
        std::string::npos);
  CHECK(describe(root->certificate(), kNow - std::chrono::days(12)).find("(begins in 2 days)") !=
        std::string::npos);
}

}  // namespace
}  // namespace certs
