#include "base/base64.h"

#include <array>
#include <cstdint>

namespace base {
namespace {

constexpr std::string_view kStandard =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrlSafe =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::uint8_t kNoDigit = 0xff;

constexpr std::array<std::uint8_t, 256> make_values() {
  std::array<std::uint8_t, 256> values{};
  values.fill(kNoDigit);
  for (std::uint8_t i = 0; i < 64; ++i) {
    values[static_cast<unsigned char>(kStandard[i])] = i;
    values[static_cast<unsigned char>(kUrlSafe[i])] = i;
  }
  return values;
}
constexpr auto kValues = make_values();

std::string encode(std::string_view bytes, std::string_view alphabet) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  std::uint32_t bits = 0;
  unsigned count = 0;  // of the bits not yet written
  for (const char c : bytes) {
    bits = (bits << 8) | static_cast<unsigned char>(c);
    for (count += 8; count >= 6; count -= 6)
      text += alphabet[(bits >> (count - 6)) & 63];
  }
  if (count > 0) text += alphabet[(bits << (6 - count)) & 63];
  return text;
}

// Takes the padding off; false if it is not what belongs there.
bool strip_padding(std::string_view& text) {
  const std::size_t whole = text.size();
  while (text.ends_with('=') && whole - text.size() < 2)
    text.remove_suffix(1);
  return text.size() == whole || whole % 4 == 0;
}

bool mixes_alphabets(std::string_view text) {
  constexpr auto kNone = std::string_view::npos;
  return text.find_first_of("+/") != kNone && text.find_first_of("-_") != kNone;
}

}  // namespace

std::string encode_base64(std::string_view bytes) {
  std::string text = encode(bytes, kStandard);
  text.append((4 - text.size() % 4) % 4, '=');
  return text;
}

std::string encode_base64url(std::string_view bytes) {
  return encode(bytes, kUrlSafe);
}

Result<std::string> decode_base64(std::string_view text) {
  if (!strip_padding(text)) return Error{Errc::Malformed, "wrong base64 padding"};
  if (text.size() % 4 == 1) return Error{Errc::Malformed, "no base64 text has this length"};
  if (mixes_alphabets(text)) return Error{Errc::Malformed, "two base64 alphabets in one text"};
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3 + 2);
  std::uint32_t bits = 0;
  unsigned count = 0;  // of the bits not yet written
  for (const char c : text) {
    const std::uint8_t value = kValues[static_cast<unsigned char>(c)];
    if (value == kNoDigit) return Error{Errc::Malformed, "a byte that is not base64"};
    bits = (bits << 6) | value;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes += static_cast<char>((bits >> count) & 0xff);
  }
  if ((bits & ((1U << count) - 1)) != 0) {
    return Error{Errc::Malformed, "bits set beyond the last byte"};
  }
  return bytes;
}

}  // namespace base
