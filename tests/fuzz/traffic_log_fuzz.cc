// Whatever a peer sends, its line stays one line with the keys we wrote, and its dump ends where we
// ended it. The input is the value of a key and the message of a dump.

#include "base/traffic_log.h"

#include <cstdint>
#include <cstdlib>

#include "base/text.h"
#include "tests/fakes/clock.h"
#include "tests/fakes/log_sink.h"

namespace {

std::size_t count(std::string_view text, char c) {
  std::size_t found = 0;
  for (const char one : text)
    found += one == c ? 1 : 0;
  return found;
}

void check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  fakes::MemorySink sink;
  const fakes::FakeClock clock;
  base::TrafficLog log(sink, "edge", 1, base::Level::Debug, clock);

  log.write({.detail = "Receive Request", .msg = text});
  const std::string line = sink.text();
  check(count(line, '\n') == 1 && line.back() == '\n');
  // UTCTime, Module, Level, Detail, and Msg unless it is empty.
  check(count(line, '"') == (text.empty() ? 8U : 10U));
  for (const char c : line)
    check(c == '\n' || (c >= 0x20 && c < 0x7f));
  if (!text.empty() && size <= base::traffic::kMaxValueBytes) {
    const std::size_t begin = line.find("Msg=\"") + 5;
    const std::size_t length = line.size() - begin - 2;
    const auto value = base::unescape_from_log(std::string_view(line).substr(begin, length));
    check(value && *value == text);
  }

  sink.clear();
  log.dump({}, text);
  const std::string dump = sink.text();
  const std::size_t open = dump.find("\nHTTPMSG:\n|");
  check(open != std::string::npos);
  // The only line after the first that begins with a bar is the last.
  check(dump.find("\n|", open + 11) == dump.size() - 3);
  check(dump.ends_with("\n|\n"));
  check(dump.find("UTCTime=\"", open) == std::string::npos);  // no line of ours in it
  for (const char c : dump)
    check(c == '\n' || (c >= 0x20 && c < 0x7f));
  return 0;
}
