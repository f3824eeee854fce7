#pragma once
// Classes of bytes in HTTP messages, one table look-up each, so that a head is judged in one pass.

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

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

// Eight bytes at a time, for texts that are long and almost always good: of each byte the high bit
// says something, and only whether any of them is set counts.
inline constexpr std::uint64_t kEachByte = 0x0101010101010101;
inline constexpr std::uint64_t kHighBits = 0x80 * kEachByte;

constexpr bool has_byte_below(std::uint64_t word, std::uint8_t limit) {  // limit: at most 0x80
  return ((word - limit * kEachByte) & ~word & kHighBits) != 0;
}
constexpr bool has_byte(std::uint64_t word, std::uint8_t byte) {
  return has_byte_below(word ^ byte * kEachByte, 1);
}

// Whether all of `text` is of the class. `suspects(word)` is false only if eight bytes are.
template <typename Suspects>
bool is_all(std::uint8_t classes, std::string_view text, Suspects suspects) {
  constexpr std::size_t kStep = sizeof(std::uint64_t);
  if (text.size() < kStep) return span_of(classes, text) == text.size();
  const std::size_t last = text.size() - kStep;  // its word may overlap the one before
  for (std::size_t at = 0;; at = at + kStep < last ? at + kStep : last) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, kStep);
    if (suspects(word) && span_of(classes, text.substr(at, kStep)) != kStep) return false;
    if (at == last) return true;
  }
}

inline bool is_value_text(std::string_view text) {
  return is_all(kValueByte, text, [](std::uint64_t word) {
    return has_byte_below(word, 0x20) || has_byte(word, 0x7f);
  });
}
inline bool is_target_text(std::string_view text) {
  return is_all(kTargetByte, text, [](std::uint64_t word) {
    return has_byte_below(word, 0x21) || has_byte(word, 0x7f) || (word & kHighBits) != 0;
  });
}

}  // namespace net::http
