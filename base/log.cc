#include "base/log.h"

#include "base/line_buffer.h"
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
  LineBuffer line;
  line.append(to_string(clock_.now())).append(' ').append(name_);
  line.append(' ').append(to_string(level)).append(": ");
  append_escaped(line, text);
  for (const LogField& field : fields) {
    line.append(' ');
    append_escaped(line, field.key);
    line.append("=\"");
    append_escaped(line, field.value);
    line.append('"');
  }
  line.append('\n');
  sink_.write(line.view());
}

}  // namespace base
