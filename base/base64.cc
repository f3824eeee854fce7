#include "base/base64.h"

#include <array>
#include <cassert>
#include <cstdint>

namespace base {
namespace {

constexpr std::string_view kStandard =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrlSafe =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// What a byte is worth: six bits, and which alphabet alone has it. A byte with both marks belongs
// to neither, so that one look at the marks of all bytes tells whether anything is wrong.
constexpr std::uint8_t kOnlyStandard = 0x40;
constexpr std::uint8_t kOnlyUrlSafe = 0x80;
constexpr std::uint8_t kMarks = kOnlyStandard | kOnlyUrlSafe;

constexpr std::array<std::uint8_t, 256> make_values() {
  std::array<std::uint8_t, 256> values{};
  values.fill(kMarks);
  for (std::uint8_t i = 0; i < 62; ++i)
    values[static_cast<unsigned char>(kStandard[i])] = i;
  for (std::uint8_t i = 62; i < 64; ++i) {
    values[static_cast<unsigned char>(kStandard[i])] = i | kOnlyStandard;
    values[static_cast<unsigned char>(kUrlSafe[i])] = i | kOnlyUrlSafe;
  }
  return values;
}
constexpr auto kValues = make_values();

constexpr std::uint8_t value_of(char c) {
  return kValues[static_cast<unsigned char>(c)];
}

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
  const auto has = [text](char c) { return text.find(c) != std::string_view::npos; };
  return (has('+') || has('/')) && (has('-') || has('_'));
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

Result<std::size_t> decode_base64(std::string_view text, std::span<char> out) {
  if (!strip_padding(text)) return Error{Errc::Malformed, "wrong base64 padding"};
  const std::size_t rest = text.size() % 4;  // characters behind the last whole group
  if (rest == 1) return Error{Errc::Malformed, "no base64 text has this length"};
  assert(out.size() >= decoded_base64_bytes(text.size()));

  std::uint8_t marks = 0;
  const auto take = [&marks](char c) {
    marks |= value_of(c);
    return std::uint32_t{value_of(c)} & 63;
  };
  std::size_t size = 0;
  const char* at = text.data();
  for (const char* const end = at + (text.size() - rest); at != end; at += 4) {
    const std::uint32_t bits =
        take(at[0]) << 18 | take(at[1]) << 12 | take(at[2]) << 6 | take(at[3]);
    out[size++] = static_cast<char>(bits >> 16);
    out[size++] = static_cast<char>(bits >> 8);
    out[size++] = static_cast<char>(bits);
  }
  std::uint32_t spare = 0;
  if (rest > 0) {  // two characters are a byte and four bits, three are two bytes and two bits
    const std::uint32_t bits =
        take(at[0]) << 18 | take(at[1]) << 12 | (rest == 3 ? take(at[2]) << 6 : 0);
    out[size++] = static_cast<char>(bits >> 16);
    if (rest == 3) out[size++] = static_cast<char>(bits >> 8);
    spare = bits & (rest == 3 ? 0xff : 0xffff);
  }
  if ((marks & kMarks) == kMarks) {
    return Error{Errc::Malformed, mixes_alphabets(text) ? "two base64 alphabets in one text"
                                                        : "a byte that is not base64"};
  }
  if (spare != 0) return Error{Errc::Malformed, "bits set beyond the last byte"};
  return size;
}

Result<std::string> decode_base64(std::string_view text) {
  std::string bytes(decoded_base64_bytes(text.size()), '\0');
  const Result<std::size_t> size = decode_base64(text, bytes);
  if (!size) return size.error();
  bytes.resize(*size);
  return bytes;
}

}  // namespace base
