#include "certs/key.h"

#include "tests/certs/forge.h"

namespace certs {
namespace {

TEST_CASE("keys are made by kind and described") {
  struct Case {
    const char* kind;
    std::string_view text;
  };
  const Case cases[] = {
      {"ec:p192", "EC P-192"},       {"ec:p224", "EC P-224"}, {"ec:p256", "EC P-256"},
      {"ec:p384", "EC P-384"},       {"ec:p521", "EC P-521"}, {"rsa:1024", "RSA 1024 bits"},
      {"rsa:2048", "RSA 2048 bits"}, {"ed25519", "Ed25519"},  {"ed448", "Ed448"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.kind);
    const auto key = generate_key(c.kind);
    REQUIRE(key);
    CHECK(describe(key->get()) == c.text);
  }
  CHECK(describe(nullptr) == "unreadable key");
}

TEST_CASE("other kinds are malformed") {
  for (const std::string_view kind :
       {"", "ec", "ec:", "ec:p255", "EC:P256", "rsa", "rsa:", "rsa:1023", "rsa:8193", "rsa:-2048",
        "rsa:2048x", "rsa:99999999999999999999", "dsa:1024"}) {
    CAPTURE(kind);
    const auto key = generate_key(kind);
    REQUIRE_FALSE(key);
    CHECK(key.error().code == base::Errc::Malformed);
  }
}

}  // namespace
}  // namespace certs
