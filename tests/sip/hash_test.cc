#include "sip/hash.h"

#include <doctest/doctest.h>

#include "base/hex.h"

namespace sip {
namespace {

TEST_CASE("hashes of pieces are those of the whole text") {
  CHECK(hash_hex(HashKind::Md5, {}) == "d41d8cd98f00b204e9800998ecf8427e");
  CHECK(hash_hex(HashKind::Md5, {"a", "", "bc"}) == "900150983cd24fb0d6963f7d28e17f72");
  CHECK(hash_hex(HashKind::Sha256, {"ab", "c"}) ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("HMAC-SHA256 gives what RFC 4231 has, and the same the next time") {
  struct Case {
    std::string key;
    std::string text;
    const char* mac;
  };
  const Case cases[] = {
      {std::string(20, '\x0b'), "Hi There",
       "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
      {"Jefe", "what do ya want for nothing?",
       "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
      {std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First",
       "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
      {"Jefe", "what do ya want for nothing?",
       "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    const std::string_view text = c.text;
    const HmacKey key(c.key);
    for (int times = 0; times < 3; ++times) {
      CHECK(base::encode_hex(key.mac({text.substr(0, 3), text.substr(3)}).text()) == c.mac);
    }
  }
}

TEST_CASE("numbers and lengths have the highest byte first") {
  Hash hash;
  hash.bytes = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  CHECK(first_number(hash) == 0x0102030405060708u);
  CHECK(length_prefix(std::string(258, 'x')) == std::string("\0\0\1\2", 4));
}

TEST_CASE("secrets of another length are not equal") {
  CHECK(equal_secrets("", ""));
  CHECK(equal_secrets("abc", "abc"));
  CHECK_FALSE(equal_secrets("abc", "abd"));
  CHECK_FALSE(equal_secrets("abc", "ab"));
}

}  // namespace
}  // namespace sip
