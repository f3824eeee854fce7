#include "certs/time.h"

#include <doctest/doctest.h>
#include <openssl/asn1.h>

namespace certs {
namespace {

TEST_CASE("times are read as RFC 3339 writes them, and as plain dates") {
  struct Case {
    std::string_view text;
    std::string_view utc;
  };
  const Case cases[] = {
      {"2026-01-02T03:04:05Z", "2026-01-02 03:04:05 UTC"},
      {"2026-01-02t03:04:05z", "2026-01-02 03:04:05 UTC"},
      {"2026-01-02T03:04:05.678Z", "2026-01-02 03:04:05 UTC"},
      {"2026-01-02T03:04:05+02:00", "2026-01-02 01:04:05 UTC"},
      {"2026-01-01T23:04:05-05:30", "2026-01-02 04:34:05 UTC"},
      {"2026-01-02", "2026-01-02 00:00:00 UTC"},
      {"2024-02-29", "2024-02-29 00:00:00 UTC"},
      {"9999-12-31T23:59:59Z", "9999-12-31 23:59:59 UTC"},
      {"1969-12-31T23:59:59Z", "1969-12-31 23:59:59 UTC"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    const auto time = parse_time(c.text);
    REQUIRE(time);
    CHECK(to_text(*time) == c.utc);
  }
}

TEST_CASE("what is no time is malformed, and so is a time cut at any length but its date") {
  for (const std::string_view text :
       {"", "now", "2026-13-01", "2026-02-29", "2026-00-10", "2026-01-00", "2026-1-2", "20260102",
        "2026-01-02T03:04:05", "2026-01-02 03:04:05Z", "2026-01-02T24:00:00Z",
        "2026-01-02T03:60:05Z", "2026-01-02T03:04:61Z", "2026-01-02T03:04:05.Z",
        "2026-01-02T03:04:05+0200", "2026-01-02T03:04:05+24:00", "2026-01-02T03:04:05Zx",
        "+026-01-02", "2026-01-02T03:04:05 Z"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_time(text));
  }
  const std::string_view whole = "2026-01-02T03:04:05+02:00";
  for (std::size_t cut = 0; cut < whole.size(); ++cut) {
    CAPTURE(cut);
    CHECK(static_cast<bool>(parse_time(whole.substr(0, cut))) == (cut == 10));
  }
}

TEST_CASE("a time of a certificate may lie far beyond system_clock") {
  ASN1_TIME* forever = ASN1_TIME_new();
  REQUIRE(ASN1_TIME_set_string(forever, "99991231235959Z") == 1);
  const auto time = time_of(forever);
  ASN1_TIME_free(forever);
  REQUIRE(time);
  CHECK(to_text(*time) == "9999-12-31 23:59:59 UTC");
  CHECK_FALSE(time_of(nullptr));
}

}  // namespace
}  // namespace certs
