#include <doctest/doctest.h>

#include "sip/headers.h"

namespace sip {
namespace {

TEST_CASE("dates are read and written") {
  struct Case {
    const char* text;
    std::int64_t seconds;
  };
  const Case cases[] = {
      {"Thu, 01 Jan 1970 00:00:00 GMT", 0},
      {"Mon, 01 Sep 2014 20:59:30 GMT", 1409605170},
      {"Thu, 29 Feb 2024 23:59:59 GMT", 1709251199},
      {"Wed, 31 Dec 1969 23:59:59 GMT", -1},
      {"Fri, 31 Dec 9999 23:59:59 GMT", 253402300799},
      {"Sat, 01 Jan 0000 00:00:00 GMT", -62167219200},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    const auto seconds = parse_date(c.text);
    REQUIRE(seconds);
    CHECK(*seconds == c.seconds);
    CHECK(format_date(c.seconds) == c.text);
  }
  CHECK(format_date(INT64_MAX) == "Fri, 31 Dec 9999 23:59:59 GMT");
  CHECK(format_date(INT64_MIN) == "Sat, 01 Jan 0000 00:00:00 GMT");
}

TEST_CASE("other forms of a date are refused") {
  for (const char* bad : {"", "Mon, 01 Sep 2014 20:59:30 EST", "Mon, 01 Sep 2014 20:59:30",
                          "Mon, 1 Sep 2014 20:59:30 GMT", "Monday, 01-Sep-14 20:59:30 GMT",
                          "Mon Sep  1 20:59:30 2014", "Mon, 31 Sep 2014 20:59:30 GMT",
                          "Mon, 00 Sep 2014 20:59:30 GMT", "Mon, 29 Feb 2023 00:00:00 GMT",
                          "Mon, 01 Sep 2014 24:00:00 GMT", "Mon, 01 Sep 2014 20:60:30 GMT",
                          "Mon, 01 Sep 2014 20:59:61 GMT", "Xxx, 01 Sep 2014 20:59:30 GMT",
                          "Mon, 01 Xep 2014 20:59:30 GMT", "Mon, 01 Sep 2014 20:59:30 gmt",
                          "Mon, 0x Sep 2014 20:59:30 GMT", "Mon, 01 Sep 2014 -1:59:30 GMT",
                          "Mon, 01 Sep 2014 20:59:30 GMT "}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_date(bad));
  }
}

}  // namespace
}  // namespace sip
