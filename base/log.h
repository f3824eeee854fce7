#pragma once
// The process's own log: what happened to links, listeners, configuration. Traffic has a log of
// its own in base/traffic_log.h. Both write through a LogFile, off the caller's thread.

#include <atomic>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/clock.h"
#include "base/result.h"

namespace base {

enum class Level { Error, Warn, Info, Debug };

// "error", "warn", "info", "debug"
constexpr std::string_view to_string(Level level) {
  switch (level) {
    case Level::Error:
      return "error";
    case Level::Warn:
      return "warn";
    case Level::Info:
      return "info";
    case Level::Debug:
      return "debug";
  }
  return "?";
}
// Takes exactly those four names; Malformed for any other.
Result<Level> parse_level(std::string_view text);

// One key and its value in a log line. Values from outside are escaped by the logger.
struct LogField {
  LogField(std::string_view k, std::string_view v) : key(k), value(v) {}
  LogField(std::string_view k, const char* v) : key(k), value(v) {}
  LogField(std::string_view k, const std::string& v) : key(k), value(v) {}
  template <typename Int>
  requires std::is_integral_v<Int> LogField(std::string_view k, Int v)
      : key(k), value(std::to_string(v)) {}

  std::string_view key;
  std::string value;
};

// Takes finished lines from any thread and never blocks the caller (base/log_file.h writes them to
// a file from a thread of its own; tests keep them in memory).
class LogSink {
 public:
  // One or more whole lines, each ended by '\n'.
  virtual void write(std::string_view lines) = 0;

 protected:
  ~LogSink() = default;
};

// Usable from any thread; the level may be changed while others log. A line looks so:
//   2026-11-20T11:50:00.123Z edge info: link up peer="core.lab.example" ms="12"
class Logger final {
 public:
  // `sink` and `clock` must outlive the logger. `name` ("edge") stands in every line.
  Logger(LogSink& sink, std::string name, Level level = Level::Info,
         const Clock& clock = kSystemClock);

  bool enabled(Level level) const { return level <= level_.load(std::memory_order_relaxed); }
  void set_level(Level level) { level_.store(level, std::memory_order_relaxed); }
  Level level() const { return level_.load(std::memory_order_relaxed); }

  // Fixed text, then fields: info("link up", {{"peer", name}, {"ms", 12}}).
  using Fields = std::initializer_list<LogField>;
  void error(std::string_view text, Fields fields = {}) { log(Level::Error, text, fields); }
  void warn(std::string_view text, Fields fields = {}) { log(Level::Warn, text, fields); }
  void info(std::string_view text, Fields fields = {}) { log(Level::Info, text, fields); }
  void debug(std::string_view text, Fields fields = {}) { log(Level::Debug, text, fields); }

 private:
  void log(Level level, std::string_view text, Fields fields);

  LogSink& sink_;
  const Clock& clock_;
  std::string name_;
  std::atomic<Level> level_;
};

}  // namespace base
