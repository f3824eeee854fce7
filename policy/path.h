#pragma once
// When a path says the same to everybody who will read it. Servers differ in how often they decode
// and when they resolve ".."; a path in this form leaves nothing to differ about, so that a prefix
// that matches here also holds there.

#include <string_view>

namespace policy {

// Nullptr when `path` is canonical; otherwise what is wrong, in words for the log. Canonical is:
//  - begins with '/', holds only the characters of RFC 3986 pchar and '/', and no ';' (path
//    parameters) and no '\'; ASCII only, no query;
//  - no empty segment except the last (that is, no "//");
//  - no segment of dots alone, encoded spaces beside them or not (".", "..", "...", "..%20");
//  - escapes are '%' and two hexadecimal digits, and never stand for a control, a letter or digit,
//    '/', '\', '%', '.', ';', '-', '_' or '~' (none needs one), or a byte above 0x7e, which lenient
//    decoders turn into some of these.
const char* check_path(std::string_view path);

}  // namespace policy
