#pragma once
// Base64 (RFC 4648 sections 4 and 5). Decoding is strict, so that one text has one meaning and two
// programs never disagree about it.

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

}  // namespace base
