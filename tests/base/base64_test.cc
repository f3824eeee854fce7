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

TEST_CASE("what is wrong is told apart, wherever it stands") {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"Zm9v!m9v", "a byte that is not base64"},
      {"Zm9vZm9!", "a byte that is not base64"},
      {"Zm!", "a byte that is not base64"},
      {"!m9v", "a byte that is not base64"},
      {"+m9v_m9v", "two base64 alphabets in one text"},
      {"+m9vZ_", "two base64 alphabets in one text"},
      {"+m!v_m9v", "two base64 alphabets in one text"},
      {"Zm9vZh", "bits set beyond the last byte"},
      {"Zm9vZm9", "bits set beyond the last byte"},
  };
  for (const auto& [text, why] : cases) {
    CAPTURE(text);
    const auto bytes = decode_base64(text);
    REQUIRE_FALSE(bytes);
    CHECK(bytes.error().detail == why);
  }
}

TEST_CASE("room of the caller's own is filled") {
  char room[decoded_base64_bytes(8)];
  const auto size = decode_base64("Zm9vYmE=", room);
  REQUIRE(size);
  CHECK(std::string_view(room, *size) == "fooba");
  CHECK_FALSE(decode_base64("Zm9vYm!=", room));
  for (std::size_t bytes = 0; bytes < 20; ++bytes) {
    CAPTURE(bytes);
    CHECK(decoded_base64_bytes(encode_base64(std::string(bytes, 'x')).size()) >= bytes);
    CHECK(decoded_base64_bytes(encode_base64url(std::string(bytes, 'x')).size()) >= bytes);
  }
}

}  // namespace
}  // namespace base
