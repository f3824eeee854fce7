#pragma once
// What every daemon of ours does the same: its command line, its signals, its orderly end.

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/result.h"

namespace net {
class Loop;
}

namespace service {

class Logs;

struct CommandLine {
  std::string config;  // the file
  bool check = false;  // only say whether the file is good
};

// Reads `--config FILE`, `--check`, `--version`, `--help`. What has been answered on the spot
// (help, version, a mistake) gives the exit code instead.
struct Invocation {
  CommandLine command;
  std::optional<int> exit_code;
};
Invocation parse_command_line(int argc, const char* const* argv, const std::string& program,
                              const std::string& description, const std::string& version);

// Says which keys of a file that was loaded anew only a restart takes, if there are any.
void warn_of_restart(base::Logger& log, const std::vector<std::string>& keys);

// The program's side. All calls come from the main loop.
class Daemon {
 public:
  virtual base::Result<> start() = 0;
  // SIGHUP: reads the configuration anew. On an error the old one stays in use.
  virtual base::Result<> reload() = 0;
  // SIGTERM: takes nothing new, lets what runs come to its end, then calls `done` on the main loop.
  virtual void drain(std::function<void()> done) = 0;

 protected:
  ~Daemon() = default;
};

// What runs longer than this at SIGTERM is cut off; a second SIGTERM cuts it off at once.
inline constexpr std::chrono::seconds kDrainLimit{30};

// Starts the daemon and runs `loop` until it has been told to end (SIGTERM, SIGINT). SIGUSR1
// reopens the logs. Returns the exit code. Call it before any thread is started but those of the
// logs; the daemon starts its own in start().
int run(net::Loop& loop, Logs& logs, Daemon& daemon);

}  // namespace service
