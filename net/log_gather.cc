#include "net/log_gather.h"

namespace net {

LogGather::~LogGather() {
  loop_.forget(*this);
  flush();
}

void LogGather::write(std::string_view lines) {
  if (lines.size() > kMaxBytes - lines_.size()) flush();
  if (lines.size() > kMaxBytes) return sink_.write(lines);
  lines_ += lines;
  loop_.flush_later(*this);
}

void LogGather::flush() {
  if (lines_.empty()) return;
  sink_.write(lines_);
  lines_.clear();
}

}  // namespace net
