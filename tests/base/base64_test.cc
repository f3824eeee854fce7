#include "base/base64.h"

#include <doctest/doctest.h>

namespace base {
namespace {

TEST_CASE("the examples of RFC 4648 section 10") {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"", ""},
      {"f", "Zg=="},
      {"fo", "Zm8="},
      {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="},
      {"fooba", "Zm9vYmE="},
      {"foobar", "Zm9vYmFy"},
  };
  for (const auto& [bytes, text] : cases) {
    CAPTURE(text);
    CHECK(encode_base64(bytes) == text);
    CHECK(*decode_base64(text) == bytes);
    const std::string_view bare = text.substr(0, text.find('='));
    CHECK(encode_base64url(bytes) == bare);
    CHECK(*decode_base64(bare) == bytes);
  }
}

TEST_CASE("the host paths of wire.md") {
  CHECK(*decode_base64("dWNsYWIuY29t") == "uclab.com");
  CHECK(*decode_base64("dWNsYWIuY29tL2h0dHBzL3VjbGFiY3VjbS1wdWIudWNsYWIuY29tLzg0NDM=") ==
        "uclab.com/https/uclabcucm-pub.uclab.com/8443");
  CHECK(*decode_base64("dWNsYWIuY29tL2h0dHAvdWNsYWJjdWNtLXB1Yi82OTcw") ==
        "uclab.com/http/uclabcucm-pub/6970");
}

TEST_CASE("both alphabets are read, but not in one text") {
  CHECK(*decode_base64("+/+/") == *decode_base64("-_-_"));
  CHECK(encode_base64("\xfb\xff\xbf") == "+/+/");
  CHECK(encode_base64url("\xfb\xff\xbf") == "-_-_");
  CHECK_FALSE(decode_base64("+_+_"));
  CHECK_FALSE(decode_base64("-/AA"));
}

TEST_CASE("all bytes survive, at every length") {
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    CAPTURE(i);
    CHECK(*decode_base64(encode_base64(bytes)) == bytes);
    CHECK(*decode_base64(encode_base64url(bytes)) == bytes);
    bytes += static_cast<char>(i * 7);
  }
}

TEST_CASE("each text has one meaning and each meaning two texts") {
  const std::string_view cases[] = {
      "A",      "AAAAA",    "Zh==",   "Zh",    "Zm9=",     "Zm9",     // no such length; spare bits
      "Zg=",    "Zg===",    "Zg====", "Zm8==", "Zm9v=",    "Zm9v==",  // wrong padding
      "=",      "==",       "====",   "Z===",  "Zg==Zg==", "=Zg=",   "Z=g=", " Zm9v",   "Zm9v ",
      "Zm\n9v", "Zm9v\r\n", "Zm\t9v", "Zm9*",  "Zm9.",     "Zm9,",   "%3d",  "Zm9\xff",
  };
  for (const std::string_view text : cases) {
    CAPTURE(text);
    CHECK_FALSE(decode_base64(text));
  }
  CHECK_FALSE(decode_base64(std::string_view("Zm9\0", 4)));
}

}  // namespace
}  // namespace base
