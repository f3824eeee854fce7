// sallyport-core: stands inside, dials the edges and decides what their clients may reach.

#include <cstdio>
#include <utility>

#include "core/config.h"
#include "core/core.h"
#include "net/loop.h"
#include "net/scheduling.h"
#include "net/signals.h"
#include "service/daemon.h"
#include "service/logs.h"

int main(int argc, char** argv) {
  net::ignore_sigpipe();
  net::use_batch_scheduling();
  const service::Invocation invocation = service::parse_command_line(
      argc, argv, "sallyport-core", "The core of a Sallyport pair: the gate inside.",
      SALLYPORT_VERSION);
  if (invocation.exit_code) return *invocation.exit_code;

  base::config::Report report(invocation.command.config);
  core::Config config = core::load_config(report);
  if (!report.ok()) {
    std::fputs(report.to_string().c_str(), stderr);
    return 1;
  }
  if (invocation.command.check) {
    std::printf("%s is good\n", invocation.command.config.c_str());
    return 0;
  }
  auto logs = service::Logs::open("core", config.name, config.log, config.traffic_log);
  if (!logs) {
    std::fprintf(stderr, "%s\n", logs.error().detail.c_str());
    return 1;
  }
  net::Loop loop;
  core::Core core(loop, **logs, invocation.command.config, SALLYPORT_VERSION, std::move(config));
  return service::run(loop, **logs, core);
}
