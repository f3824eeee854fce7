#pragma once
// Base64 (RFC 4648 sections 4 and 5). Decoding is strict, so that one text has one meaning and two
// programs never disagree about it.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace base {

// The standard alphabet ("+/"), padded.
std::string encode_base64(std::string_view bytes);
// The URL-safe alphabet ("-_"), without padding.
std::string encode_base64url(std::string_view bytes);

// Takes either alphabet, but not both in one text. Padding may be left out; if there is any it
// must be complete. Malformed for any other byte (white space too), for a length that no encoder
// makes, and for bits set beyond the last byte, which would let many texts mean the same.
Result<std::string> decode_base64(std::string_view text);
// The same into `out`, which must have room for decoded_base64_bytes(text.size()); the number of
// bytes that the text is. After an error `out` holds nothing of use.
Result<std::size_t> decode_base64(std::string_view text, std::span<char> out);

// Room for what a text of this length may be.
constexpr std::size_t decoded_base64_bytes(std::size_t text_size) {
  return text_size / 4 * 3 + 2;
}

}  // namespace base
