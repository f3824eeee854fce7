#pragma once
// Classes of bytes in HTTP messages, one table look-up each, so that a head is judged in one pass.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace net::http {

inline constexpr std::uint8_t kTokenByte = 1;   // tchar (RFC 9110 section 5.6.2)
inline constexpr std::uint8_t kValueByte = 2;   // VCHAR, obs-text, SP, HTAB (section 5.5)
inline constexpr std::uint8_t kTargetByte = 4;  // visible ASCII: what a request target is made of

inline constexpr std::array<std::uint8_t, 256> kByteClasses = [] {
  std::array<std::uint8_t, 256> table{};
  for (unsigned c = 0; c < 256; ++c) {
    const bool digit = c >= '0' && c <= '9';
    const bool alpha = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (digit || alpha) table[c] |= kTokenByte;
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

}  // namespace net::http
