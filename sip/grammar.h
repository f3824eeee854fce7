#pragma once
// Classes of bytes and small scanners that the parsers of this folder share (RFC 3261 section 25).

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/text.h"

namespace sip {

inline constexpr std::uint8_t kTokenByte = 1;     // token
inline constexpr std::uint8_t kUserByte = 2;      // user, '%' included
inline constexpr std::uint8_t kPasswordByte = 4;  // password
inline constexpr std::uint8_t kUriParamByte = 8;  // uri-parameters with ';' and '='
inline constexpr std::uint8_t kHeadersByte = 16;  // headers of a URI with '&' and '='
inline constexpr std::uint8_t kParamByte = 32;    // an unquoted value of any parameter
inline constexpr std::uint8_t kOpaqueByte = 64;   // a URI of any scheme (RFC 3986)
inline constexpr std::uint8_t kSchemeByte = 128;  // a scheme, behind its first letter

inline constexpr std::array<std::uint8_t, 256> kByteClasses = [] {
  std::array<std::uint8_t, 256> table{};
  const auto add = [&table](std::string_view bytes, unsigned classes) {
    for (const char c : bytes) {
      std::uint8_t& entry = table[static_cast<unsigned char>(c)];
      entry = static_cast<std::uint8_t>(entry | classes);
    }
  };
  constexpr unsigned kUri =
      kUserByte | kPasswordByte | kUriParamByte | kHeadersByte | kParamByte | kOpaqueByte;
  for (const char c : std::string_view("0123456789abcdefghijklmnopqrstuvwxyz"
                                       "ABCDEFGHIJKLMNOPQRSTUVWXYZ")) {
    add({&c, 1}, 0xff);
  }
  add("-.!%*_+`'~", kTokenByte | kParamByte);
  add("-_.!~*'()%", kUri);
  add("&=+$,", kUserByte | kPasswordByte);
  // RFC 3261 wants '#' escaped; people dial it, and some phones send it as it is.
  add(";?/#", kUserByte);
  add("[]/:&+$;=", kUriParamByte);
  add("[]/?:+$&=", kHeadersByte);
  // Beyond the grammar: '=' of unquoted base64, and IPv6 addresses with and without brackets.
  add("[]/:&$=", kParamByte);
  add(";/?:@&=+$,#[]", kOpaqueByte);
  add("+-.", kSchemeByte);
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
constexpr bool is_all(std::uint8_t classes, std::string_view text) {
  return span_of(classes, text) == text.size();
}
// SIP's token is smaller than HTTP's (RFC 3261 section 25.1).
constexpr bool is_sip_token(std::string_view text) {
  return !text.empty() && is_all(kTokenByte, text);
}

constexpr bool is_blank(char c) {
  return c == ' ' || c == '\t';
}
// `text` without the blanks at its beginning.
constexpr std::string_view skip_blanks(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size() && is_blank(text[at]))
    ++at;
  return text.substr(at);
}

// `text[at]` is a quote: the place behind the quote that closes it, npos when there is none.
constexpr std::size_t quoted_end(std::string_view text, std::size_t at) {
  for (++at; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '"') {
      return at + 1;
    }
  }
  return std::string_view::npos;
}

// The place of the first `separator` outside of quotes and angle brackets, from `at` on; the end
// of the text when there is none. What is opened and not closed reaches to the end.
constexpr std::size_t find_outside(std::string_view text, char separator, std::size_t at = 0) {
  if (text.find(separator, at) == std::string_view::npos) return text.size();  // as most values
  while (at < text.size() && text[at] != separator) {
    if (text[at] == '"') {
      at = quoted_end(text, at);
    } else if (text[at] == '<') {
      at = text.find('>', at);
      if (at != std::string_view::npos) ++at;
    } else {
      ++at;
    }
  }
  return at < text.size() ? at : text.size();
}

// 1 to 65535, leading zeros taken.
inline std::optional<std::uint16_t> read_port(std::string_view text) {
  if (text.empty()) return std::nullopt;
  std::uint32_t port = 0;
  for (const char c : text) {
    if (!base::is_digit(c)) return std::nullopt;
    port = port * 10 + static_cast<std::uint32_t>(c - '0');
    if (port > UINT16_MAX) return std::nullopt;
  }
  if (port == 0) return std::nullopt;
  return static_cast<std::uint16_t>(port);
}

}  // namespace sip
