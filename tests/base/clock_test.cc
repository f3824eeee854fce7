#include "base/clock.h"

#include <doctest/doctest.h>

#include "tests/fakes/clock.h"

namespace base {
namespace {

using std::chrono::milliseconds;
using std::chrono::system_clock;

TEST_CASE("moments are written in UTC to the millisecond") {
  const std::pair<std::int64_t, std::string_view> cases[] = {
      {0, "1970-01-01T00:00:00.000Z"},
      {-1, "1969-12-31T23:59:59.999Z"},
      {951'782'400'000, "2000-02-29T00:00:00.000Z"},
      {1'409'605'154'237, "2014-09-01T20:59:14.237Z"},
      {4'102'444'799'999, "2099-12-31T23:59:59.999Z"},
      {4'102'444'799'000, "2099-12-31T23:59:59.000Z"},
      {4'102'444'798'999, "2099-12-31T23:59:58.999Z"},
  };
  for (const auto& [millis, text] : cases) {
    CAPTURE(millis);
    CHECK(to_string(system_clock::time_point(milliseconds(millis))) == text);
  }
  CHECK(to_string(fakes::FakeClock::kStart) == "2026-11-20T11:50:00.123Z");
}

TEST_CASE("the ends of time do not overflow") {
  CHECK(to_string(system_clock::time_point::max()).size() == 24);
  CHECK(to_string(system_clock::time_point::min()).size() == 24);
}

TEST_CASE("the system's clock goes forward") {
  const auto before = kSystemClock.steady();
  CHECK(kSystemClock.steady() >= before);
  CHECK(kSystemClock.now() > system_clock::time_point(milliseconds(1'409'605'154'237)));
}

}  // namespace
}  // namespace base
