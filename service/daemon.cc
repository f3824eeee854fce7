#include "service/daemon.h"

#include <fmt/ranges.h>
#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>

#include "net/fd_limit.h"
#include "net/loop.h"
#include "net/signals.h"
#include "net/timer.h"
#include "service/heap_trim.h"
#include "service/logs.h"

namespace service {

Invocation parse_command_line(int argc, const char* const* argv, const std::string& program,
                              const std::string& description, const std::string& version) {
  CLI::App app{description, program};
  Invocation invocation;
  app.set_version_flag("--version", program + " " + version);
  app.add_option("--config", invocation.command.config, "the configuration file")
      ->required()
      ->type_name("FILE");
  app.add_flag("--check", invocation.command.check, "only say whether the file is good");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    invocation.exit_code = code == 0 ? 0 : 2;
  }
  return invocation;
}

void warn_of_restart(base::Logger& log, const std::vector<std::string>& keys) {
  if (keys.empty()) return;
  log.warn("these change only with a restart", {{"keys", fmt::to_string(fmt::join(keys, ", "))}});
}

int run(net::Loop& loop, Logs& logs, Daemon& daemon) {
  base::Logger& log = logs.log();
  bool draining = false;
  net::Timer drain_limit(loop, [&] {
    log.warn("stopped with exchanges still running", {{"seconds", kDrainLimit.count()}});
    loop.stop();
  });
  const auto on_signal = [&](int number) {
    if (number == SIGUSR1) {
      logs.reopen();
    } else if (number == SIGHUP) {
      const base::Result<> reloaded = daemon.reload();
      if (reloaded) log.info("configuration loaded anew");
      if (!reloaded) log.error("configuration not taken", {{"reason", reloaded.error().detail}});
    } else if (draining) {
      log.warn("stopped at the second signal");
      loop.stop();
    } else {
      draining = true;
      log.info("stopping", {{"signal", number}});
      drain_limit.start(kDrainLimit);
      daemon.drain([&] { loop.stop(); });
    }
  };
  const auto signals = net::Signals::open(loop, {SIGTERM, SIGINT, SIGHUP, SIGUSR1}, on_signal);
  if (!signals) {
    log.error("cannot take signals", {{"reason", signals.error().detail}});
    return 1;
  }
  if (const auto raised = net::raise_fd_limit(); !raised) {
    log.warn("limit of open files not raised", {{"reason", raised.error().detail}});
  }
  if (const base::Result<> started = daemon.start(); !started) {
    log.error("not started", {{"reason", started.error().detail}});
    std::fprintf(stderr, "%s\n", started.error().detail.c_str());
    return 1;
  }
  const HeapTrim heap_trim(loop);
  loop.run();
  log.info("stopped");
  return 0;
}

}  // namespace service
