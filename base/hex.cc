#include "base/hex.h"

#include "base/text.h"

namespace base {
namespace {

unsigned digit_value(char c) {
  if (is_digit(c)) return static_cast<unsigned>(c - '0');
  return static_cast<unsigned>(to_lower(c) - 'a') + 10;
}

}  // namespace

std::string encode_hex(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += kHexDigits[byte >> 4];
    text += kHexDigits[byte & 15];
  }
  return text;
}

Result<std::string> decode_hex(std::string_view text) {
  if (text.size() % 2 != 0) return Error{Errc::Malformed, "an odd number of hexadecimal digits"};
  std::string bytes;
  bytes.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    if (!is_hex_digit(text[i]) || !is_hex_digit(text[i + 1])) {
      return Error{Errc::Malformed, "not a hexadecimal digit"};
    }
    bytes += static_cast<char>(digit_value(text[i]) * 16 + digit_value(text[i + 1]));
  }
  return bytes;
}

}  // namespace base
