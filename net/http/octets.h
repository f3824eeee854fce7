#pragma once
// Classes of bytes in HTTP messages, one table look-up each, so that a head is judged in one pass.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/byte_block.h"

namespace net::http {

inline constexpr std::uint8_t kTokenByte = 1;   // tchar (RFC 9110 section 5.6.2)
inline constexpr std::uint8_t kValueByte = 2;   // VCHAR, obs-text, SP, HTAB (section 5.5)
inline constexpr std::uint8_t kTargetByte = 4;  // visible ASCII: what a request target is made of
inline constexpr std::uint8_t kLabelByte = 8;  // letters, digits, hyphen, underscore: of host names

inline constexpr std::array<std::uint8_t, 256> kByteClasses = [] {
  std::array<std::uint8_t, 256> table{};
  for (unsigned c = 0; c < 256; ++c) {
    const bool digit = c >= '0' && c <= '9';
    const bool alpha = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (digit || alpha) table[c] |= kTokenByte | kLabelByte;
    if (c == '-' || c == '_') table[c] |= kLabelByte;
    if (c == '\t' || (c >= 0x20 && c != 0x7f)) table[c] |= kValueByte;
    if (c > 0x20 && c < 0x7f) table[c] |= kTargetByte;
  }
  for (const char c : std::string_view("!#$%&'*+-.^_`|~")) {
    table[static_cast<unsigned char>(c)] |= kTokenByte;
  }
  return table;
}();

constexpr bool is_byte_of(std::uint8_t classes, char c) {
  return (kByteClasses[static_cast<unsigned char>(c)] & classes) != 0;
}

// The length of the longest prefix of `text` whose bytes are all of the class.
constexpr std::size_t span_of(std::uint8_t classes, std::string_view text) {
  std::size_t at = 0;
  while (at < text.size() && is_byte_of(classes, text[at]))
    ++at;
  return at;
}

inline bool is_value_text(std::string_view text) {
  return base::is_all(
      text, [](char c) { return is_byte_of(kValueByte, c); },
      [](base::ByteBlock block) { return ((block >= 0) & (block < 0x20)) | (block == 0x7f); });
}
inline bool is_target_text(std::string_view text) {
  return base::is_all(
      text, [](char c) { return is_byte_of(kTargetByte, c); },
      [](base::ByteBlock block) { return (block < 0x21) | (block == 0x7f); });
}

}  // namespace net::http
