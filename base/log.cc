#include "base/log.h"

#include "base/text.h"

namespace base {

Result<Level> parse_level(std::string_view text) {
  for (const Level level : {Level::Error, Level::Warn, Level::Info, Level::Debug}) {
    if (text == to_string(level)) return level;
  }
  return Error{Errc::Malformed, "not a log level"};
}

Logger::Logger(LogSink& sink, std::string name, Level level, const Clock& clock)
    : sink_(sink), clock_(clock), name_(escape_for_log(name)), level_(level) {}

void Logger::log(Level level, std::string_view text, Fields fields) {
  if (!enabled(level)) return;
  std::string line = to_string(clock_.now());
  line.append(1, ' ').append(name_).append(1, ' ').append(to_string(level)).append(": ");
  append_escaped(line, text);
  for (const LogField& field : fields) {
    line += ' ';
    append_escaped(line, field.key);
    line += "=\"";
    append_escaped(line, field.value);
    line += '"';
  }
  line += '\n';
  sink_.write(std::move(line));
}

}  // namespace base
