#pragma once
// UTF-8 (RFC 3629).

#include <string_view>

namespace base {

// Whether `text` is UTF-8 without control characters (U+0000 to U+001F, U+007F to U+009F). Overlong
// forms, surrogates and code points beyond U+10FFFF are not UTF-8.
bool is_clean_utf8(std::string_view text);

}  // namespace base
