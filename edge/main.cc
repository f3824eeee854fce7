// sallyport-edge: stands in the DMZ, ends TLS for the clients and passes to a core what may pass.

#include <cstdio>
#include <utility>

#include "edge/config.h"
#include "edge/edge.h"
#include "net/loop.h"
#include "net/scheduling.h"
#include "net/signals.h"
#include "service/daemon.h"
#include "service/logs.h"

int main(int argc, char** argv) {
  net::ignore_sigpipe();
  net::use_batch_scheduling();
  const service::Invocation invocation = service::parse_command_line(
      argc, argv, "sallyport-edge", "The edge of a Sallyport pair: the gate in the DMZ.",
      SALLYPORT_VERSION);
  if (invocation.exit_code) return *invocation.exit_code;

  base::config::Report report(invocation.command.config);
  edge::Config config = edge::load_config(report);
  if (!report.ok()) {
    std::fputs(report.to_string().c_str(), stderr);
    return 1;
  }
  if (invocation.command.check) {
    std::printf("%s is good\n", invocation.command.config.c_str());
    return 0;
  }
  auto logs = service::Logs::open("edge", config.name, config.log, config.traffic_log);
  if (!logs) {
    std::fprintf(stderr, "%s\n", logs.error().detail.c_str());
    return 1;
  }
  net::Loop loop;
  edge::Edge edge(loop, **logs, invocation.command.config, SALLYPORT_VERSION, std::move(config));
  return service::run(loop, **logs, edge);
}
