#include "service/logs.h"

#include <unistd.h>

#include <cstdio>
#include <utility>

namespace service {

namespace config = base::config;

config::Section<LogSettings> log_schema() {
  config::Section<LogSettings> schema;
  schema.add("file", &LogSettings::file, config::path_or_dash(),
             "where the process's own log goes; \"-\" is stderr");
  schema.add("level", &LogSettings::level, config::log_level(), "how much it says").reloaded();
  return schema;
}

config::Section<TrafficLogSettings> traffic_log_schema() {
  config::Section<TrafficLogSettings> schema;
  schema.add("file", &TrafficLogSettings::file, config::path_or_dash(),
             "where the traffic log goes; left out: into the process's log");
  schema
      .add("level", &TrafficLogSettings::level, config::log_level(),
           "info: a line a message; debug: the message heads too")
      .reloaded();
  return schema;
}

base::Result<std::unique_ptr<Logs>> Logs::open(const std::string& program, const std::string& host,
                                               const LogSettings& log,
                                               const TrafficLogSettings& traffic) {
  auto file = base::LogFile::open(log.file);
  if (!file) return file.error();
  std::unique_ptr<base::LogFile> traffic_file;
  // Two writers with one file would each count their own losses and rotate apart.
  if (!traffic.file.empty() && traffic.file != log.file) {
    auto opened = base::LogFile::open(traffic.file);
    if (!opened) return opened.error();
    traffic_file = std::move(*opened);
  }
  return std::unique_ptr<Logs>(
      new Logs(program, host, std::move(*file), std::move(traffic_file), log.level, traffic.level));
}

Logs::Logs(const std::string& program, const std::string& host, std::unique_ptr<base::LogFile> file,
           std::unique_ptr<base::LogFile> traffic_file, base::Level log, base::Level traffic)
    : file_(std::move(file)),
      traffic_file_(std::move(traffic_file)),
      log_(*file_, program, log),
      traffic_(traffic_file_ ? *traffic_file_ : *file_, host, getpid(), traffic) {}

void Logs::set_levels(base::Level log, base::Level traffic) {
  log_.set_level(log);
  traffic_.set_level(traffic);
}

void Logs::reopen() {
  reopen(*file_);
  if (traffic_file_) reopen(*traffic_file_);
}

void Logs::reopen(base::LogFile& file) {
  const base::Result<> opened = file.reopen();
  if (opened) return log_.info("log reopened", {{"file", file.path()}});
  const std::string& reason = opened.error().detail;
  log_.warn("log not reopened", {{"file", file.path()}, {"reason", reason}});
  // That went to the file which was moved away, if it is about the log itself.
  std::fprintf(stderr, "%s\n", reason.c_str());
}

std::uint64_t Logs::lost_lines() const {
  return file_->lost_lines() + (traffic_file_ ? traffic_file_->lost_lines() : 0);
}

}  // namespace service
