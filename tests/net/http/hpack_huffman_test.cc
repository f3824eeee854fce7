#include "net/http/hpack_huffman.h"

#include <doctest/doctest.h>

#include <random>

#include "tests/net/http/hpack_lab.h"

namespace hpack_lab {
namespace {

std::optional<std::string> decode_text(std::string_view code) {
  std::string text(most_huffman_text(code.size()), '\0');
  const char* end = decode_huffman(code, text.data());
  if (!end) return {};
  text.resize(static_cast<std::size_t>(end - text.data()));
  return text;
}

// The peer's code of a text; zeros in front make it worth the peer's while.
std::string peer_code(const std::string& text, std::size_t zeros) {
  PeerEncoder encoder(4096);
  const std::string block = encoder.encode({{"x", std::string(zeros, '0') + text}}, true);
  // The mark of the form, the length of the name and the name; then the value and its length.
  std::size_t at = 1 + 2;
  REQUIRE((block.at(at) & 0x80) != 0);
  if ((block[at++] & 0x7f) == 0x7f) {
    while (block.at(at++) & 0x80) {
    }
  }
  return block.substr(at);
}

TEST_CASE("each symbol, at each place in a byte and in a window of eight") {
  for (int c = 0; c < 256; ++c) {
    CAPTURE(c);
    for (std::size_t zeros = 24; zeros < 24 + 16; ++zeros) {
      const std::string text(2, static_cast<char>(c));
      REQUIRE(decode_text(peer_code(text, zeros)) == std::string(zeros, '0') + text);
    }
  }
}

TEST_CASE("any text reads back, and no code cut short reads the same") {
  std::mt19937 random(7541);
  for (int i = 0; i < 300; ++i) {
    std::string text;
    for (std::size_t size = random() % 40; size > 0; --size)
      text += static_cast<char>(random() % 3 ? 'a' + random() % 26 : random() % 256);
    const std::string code = peer_code(text, 200);
    const std::string whole = std::string(200, '0') + text;
    CHECK(decode_text(code) == whole);
    for (std::size_t cut = 0; cut < code.size(); ++cut)
      CHECK(decode_text(code.substr(0, cut)) != whole);
  }
}

TEST_CASE("padding is what EOS begins with, shorter than a byte") {
  CHECK(decode_text("") == "");
  CHECK(decode_text(bytes("07")) == "0");
  CHECK(decode_text(bytes("06")) == std::nullopt);
  CHECK(decode_text(bytes("ff")) == std::nullopt);
  CHECK(decode_text(bytes("07ff")) == std::nullopt);
  CHECK(decode_text(bytes("f8")) == "&");  // 8 bits: no padding
  CHECK(decode_text(bytes("f8ff")) == std::nullopt);
  CHECK(decode_text(bytes("fffffffc")) == std::nullopt);  // EOS and two bits
  CHECK(decode_text(bytes("fffffffff8")) == std::nullopt);
  CHECK(decode_text(bytes("fffffff3")) == "\n");  // 30 bits and 2 of padding
  CHECK(decode_text(bytes("fffffff7")) == "\r");
}

}  // namespace
}  // namespace hpack_lab
