#include "home/password.h"

#include <doctest/doctest.h>

#include "base/hex.h"
#include "tests/home/scratch.h"

namespace home {
namespace {

TEST_CASE("a password fits its hash and no other does") {
  const std::string stored = hash_password("secret");
  CHECK(stored.starts_with("$scrypt$ln=14,r=8,p=1$"));
  CHECK(verify_password(stored, "secret"));
  for (const char* wrong : {"", "secre", "secret ", "Secret"}) {
    CAPTURE(wrong);
    CHECK_FALSE(verify_password(stored, wrong));
  }
}

TEST_CASE("the same password twice has two hashes") {
  CHECK(hash_password("secret", kCheap) != hash_password("secret", kCheap));
}

TEST_CASE("the vector of RFC 7914 with our parameters' kind is met") {
  // Section 12: P = "password", S = "NaCl", N = 1024, r = 8, p = 16 has p beyond what we store, so
  // this one is N = 16384, r = 8, p = 1, P = "pleaseletmein", S = "SodiumChloride"; first 32 bytes.
  const std::string stored = "$scrypt$ln=14,r=8,p=1$" + base::encode_hex("SodiumChloride") +
                             "$7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2";
  CHECK(verify_password(stored, "pleaseletmein"));
}

TEST_CASE("a stored text that cannot be read fits nothing") {
  const std::string good = hash_password("secret", kCheap);
  REQUIRE(verify_password(good, "secret"));
  const std::string hash = good.substr(good.rfind('$') + 1);
  const std::string salt = std::string(32, '0');
  const std::string stored[] = {
      "",
      "secret",
      "$",
      "$$$$",
      good + "$",
      good + "0",
      good.substr(1),
      "$argon2$ln=10,r=1,p=1$" + salt + "$" + hash,
      "$scrypt$ln=10,r=1$" + salt + "$" + hash,
      "$scrypt$ln=9,r=1,p=1$" + salt + "$" + hash,
      "$scrypt$ln=18,r=1,p=1$" + salt + "$" + hash,
      "$scrypt$ln=10,r=17,p=1$" + salt + "$" + hash,
      "$scrypt$ln=10,r=1,p=0$" + salt + "$" + hash,
      "$scrypt$ln=10,r=1,p=99999999999999999999$" + salt + "$" + hash,
      "$scrypt$ln=10,r=1,p=1$zz$" + hash,
      "$scrypt$ln=10,r=1,p=1$" + salt + "$" + hash.substr(2),
  };
  for (const std::string& text : stored) {
    CAPTURE(text);
    CHECK_FALSE(verify_password(text, "secret"));
    CHECK_FALSE(verify_password(text, ""));
  }
}

TEST_CASE("no password fits the hash of nobody") {
  CHECK_FALSE(verify_password(impossible_hash(), ""));
  CHECK_FALSE(verify_password(impossible_hash(), impossible_hash()));
}

}  // namespace
}  // namespace home
