#pragma once
// The two logs of a daemon (the process's own and the traffic log) as its configuration wants them.

#include <memory>
#include <string>

#include "base/config.h"
#include "base/log.h"
#include "base/log_file.h"
#include "base/traffic_log.h"

namespace service {

struct LogSettings {
  std::string file = "-";  // "-": stderr
  base::Level level = base::Level::Info;
};

struct TrafficLogSettings {
  std::string file;  // empty: the same as the process's log
  base::Level level = base::Level::Info;
};

base::config::Section<LogSettings> log_schema();
base::config::Section<TrafficLogSettings> traffic_log_schema();

// Usable from any thread once open.
class Logs final {
 public:
  // `program` ("edge") stands in every line of the process's log, `host` in every line of the
  // traffic log. System when a file cannot be opened.
  static base::Result<std::unique_ptr<Logs>> open(const std::string& program,
                                                  const std::string& host, const LogSettings& log,
                                                  const TrafficLogSettings& traffic);

  base::Logger& log() { return log_; }
  base::TrafficLog& traffic() { return traffic_; }
  void set_levels(base::Level log, base::Level traffic);
  // After rotation. The log says for each file whether it was opened anew, or why not; the old one
  // stays in use then.
  void reopen();
  std::uint64_t lost_lines() const;

 private:
  Logs(const std::string& program, const std::string& host, std::unique_ptr<base::LogFile> file,
       std::unique_ptr<base::LogFile> traffic_file, base::Level log, base::Level traffic);
  void reopen(base::LogFile& file);

  std::unique_ptr<base::LogFile> file_;
  std::unique_ptr<base::LogFile> traffic_file_;  // null: both write to file_
  base::Logger log_;
  base::TrafficLog traffic_;
};

}  // namespace service
