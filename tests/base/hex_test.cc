#include "base/hex.h"

#include <doctest/doctest.h>

namespace base {
namespace {

TEST_CASE("every byte survives hexadecimal") {
  for (int i = 0; i < 256; ++i) {
    const std::string byte(1, static_cast<char>(i));
    CAPTURE(i);
    CHECK(*decode_hex(encode_hex(byte)) == byte);
  }
  CHECK(encode_hex(std::string_view("\x00\x0a\xff", 3)) == "000aff");
  CHECK(*decode_hex("0aFF") == "\x0a\xff");
  CHECK(*decode_hex("") == "");
}

TEST_CASE("what is not hexadecimal is refused") {
  for (const std::string_view text :
       {"0", "000", "0g", "g0", "0x", " 00", "0 ", "-1", "@0", "`0"}) {
    CAPTURE(text);
    CHECK_FALSE(decode_hex(text));
  }
}

}  // namespace
}  // namespace base
