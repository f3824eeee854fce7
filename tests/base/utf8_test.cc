#include "base/utf8.h"

#include <doctest/doctest.h>

#include <string_view>

namespace base {
namespace {

using namespace std::string_view_literals;

TEST_CASE("text of every length of code point is clean") {
  for (const std::string_view good :
       {""sv, "mac.donald"sv, " ~"sv, "\xc2\xa0"sv, "\xdf\xbf"sv, "\xe0\xa0\x80"sv,
        "\xed\x9f\xbf"sv, "\xee\x80\x80"sv, "\xef\xbf\xbf"sv, "\xf0\x90\x80\x80"sv,
        "\xf4\x8f\xbf\xbf"sv, "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80z"sv}) {
    CAPTURE(good);
    CHECK(is_clean_utf8(good));
  }
}

TEST_CASE("control characters are not clean") {
  for (int c = 0; c < 0x100; ++c) {
    if (c >= 0x20 && c < 0x7f) continue;
    CAPTURE(c);
    const char plain[] = {'a', static_cast<char>(c), 'b'};
    CHECK_FALSE(is_clean_utf8({plain, sizeof plain}));  // from 0x80 on: no code point alone
  }
  CHECK_FALSE(is_clean_utf8("\xc2\x80"sv));
  CHECK_FALSE(is_clean_utf8("\xc2\x9f"sv));
}

TEST_CASE("overlong forms, surrogates, cut and too large code points are no UTF-8") {
  for (const std::string_view bad :
       {"\xc0\xaf"sv, "\xc1\xbf"sv, "\xe0\x9f\xbf"sv, "\xf0\x8f\xbf\xbf"sv, "\xed\xa0\x80"sv,
        "\xed\xbf\xbf"sv, "\xf4\x90\x80\x80"sv, "\xf5\x80\x80\x80"sv, "\xf8\x88\x80\x80\x80"sv,
        "\xff"sv, "\xc3"sv, "\xe2\x82"sv, "\xf0\x9f\x98"sv, "\xc3z"sv, "\xe2\x82z"sv,
        "\xf0\x9f\x98z"sv, "\xc3\xc3"sv, "\xa4"sv, "\xc3\xa4\xa4"sv}) {
    CAPTURE(bad);
    CHECK_FALSE(is_clean_utf8(bad));
  }
}

}  // namespace
}  // namespace base
