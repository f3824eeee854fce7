#pragma once
// Small text helpers that every parser shares. ASCII only and independent of the locale: bytes from
// 0x80 up belong to no class and have no case.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/hex.h"
#include "base/result.h"

namespace base {

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
constexpr bool is_alpha(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
constexpr bool is_alnum(char c) {
  return is_alpha(c) || is_digit(c);
}
constexpr bool is_hex_digit(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
// VCHAR of RFC 5234.
constexpr bool is_visible(char c) {
  return c > 0x20 && c < 0x7f;
}

// tchar of RFC 9110 section 5.6.2: what field names and methods are made of.
constexpr bool is_token_char(char c) {
  return is_alnum(c) || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}
// At least one token character, and nothing else.
bool is_token(std::string_view text);

constexpr char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
std::string to_lower(std::string_view text);
bool iequals(std::string_view a, std::string_view b);

// Without the spaces and tabs (OWS of RFC 9110 section 5.6.3) at both ends; a view into `text`.
std::string_view trim(std::string_view text);
// The parts between the separators, empty ones included: "a,,b" has three, "" has one.
std::vector<std::string_view> split(std::string_view text, char separator);

// An unsigned decimal of digits only: no sign, no space. Leading zeros are taken, since protocols
// write them. Malformed when it is anything else, TooLarge above `max`.
Result<std::uint64_t> parse_decimal(std::string_view text, std::uint64_t max = UINT64_MAX);

// One printable ASCII line that cannot break out of a quoted value: the quote, the backslash and
// every byte outside 0x20 to 0x7e become \xNN. `unescape_from_log` gives back the bytes.
std::string escape_for_log(std::string_view text);
// How many bytes at the start of `text` stay as they are in there.
std::size_t unescaped_prefix(std::string_view text);
// The same at the end of `out`: a std::string, or whatever has its append().
template <typename Text>
void append_escaped(Text& out, std::string_view text) {
  for (;;) {
    const std::size_t clean = unescaped_prefix(text);
    out.append(text.substr(0, clean));
    if (clean == text.size()) return;
    const auto byte = static_cast<unsigned char>(text[clean]);
    const char escape[] = {'\\', 'x', kHexDigits[byte >> 4], kHexDigits[byte & 15]};
    out.append(std::string_view(escape, sizeof escape));
    text.remove_prefix(clean + 1);
  }
}
// Malformed when a backslash does not open \xNN.
Result<std::string> unescape_from_log(std::string_view text);

inline constexpr std::size_t kMaxHostBytes = 253;  // RFC 1035 section 2.3.4, without the final dot
inline constexpr std::size_t kMaxLabelBytes = 63;

// A host name in the form of RFC 1123 section 2.1: labels of letters, digits and inner hyphens,
// joined by dots, without a final dot. A numeric last label is refused, for such a name is an
// address ("10.1.2.3", "127.1", "0x7f000001") to somebody down the road.
bool is_host_name(std::string_view text);
// The same, but a label may begin with an underscore ("_collab-edge._tls.example.com", RFC 2782).
bool is_service_name(std::string_view text);

}  // namespace base
