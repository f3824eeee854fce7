#pragma once
// Hexadecimal text (RFC 4648 section 8): two digits a byte.

#include <string>
#include <string_view>

#include "base/result.h"

namespace base {

inline constexpr char kHexDigits[] = "0123456789abcdef";

// Lower case.
std::string encode_hex(std::string_view bytes);
// Takes both cases. Malformed for an odd length or any other character, spaces included.
Result<std::string> decode_hex(std::string_view text);

}  // namespace base
