#include "base/log.h"

#include <doctest/doctest.h>

#include "tests/fakes/clock.h"
#include "tests/fakes/log_sink.h"

namespace base {
namespace {

TEST_CASE("a line has time, name, level, text and fields") {
  fakes::MemorySink sink;
  const fakes::FakeClock clock;
  Logger log(sink, "edge", Level::Info, clock);
  log.info("link up", {{"peer", "core.lab.example"}, {"ms", 12}});
  CHECK(sink.text() ==
        "2026-11-20T11:50:00.123Z edge info: link up peer=\"core.lab.example\" ms=\"12\"\n");
}

TEST_CASE("a value cannot forge a line or a field") {
  fakes::MemorySink sink;
  const fakes::FakeClock clock;
  Logger log(sink, "edge", Level::Info, clock);
  log.warn("refused", {{"host", "a\" user=\"root\"\r\n2026-11-20T11:50:00.123Z edge info: fine"}});
  CHECK(sink.text() ==
        "2026-11-20T11:50:00.123Z edge warn: refused host=\"a\\x22 user=\\x22root\\x22\\x0d\\x0a"
        "2026-11-20T11:50:00.123Z edge info: fine\"\n");
}

TEST_CASE("the level decides, and may be changed") {
  fakes::MemorySink sink;
  Logger log(sink, "core", Level::Warn);
  log.info("hidden");
  log.debug("hidden");
  CHECK(sink.text().empty());
  log.error("shown");
  CHECK(sink.text().ends_with(" core error: shown\n"));
  log.set_level(Level::Debug);
  CHECK(log.enabled(Level::Debug));
  log.debug("now shown");
  CHECK(sink.text().ends_with(" core debug: now shown\n"));
}

TEST_CASE("levels are read by their names") {
  for (const Level level : {Level::Error, Level::Warn, Level::Info, Level::Debug}) {
    CHECK(*parse_level(to_string(level)) == level);
  }
  for (const std::string_view text : {"", "INFO", "warning", "info ", "2"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_level(text));
  }
}

}  // namespace
}  // namespace base
