#pragma once
// The running program: signals, logs, workers, from start to graceful end.
//
//   SIGTERM, SIGINT   end: no new connection, requests under way may end; twice: at once
//   SIGHUP            certificate, key and log levels are read anew; if they will not do, the old
//                     ones stay and the log says why
//   SIGUSR1           log files are opened anew (rotation)

#include <string>

namespace home {

// Serves as the file says until a signal ends it. Returns the exit status: 0 after an orderly end,
// 1 when it could not start; then the reason is on standard error. Call it once, from main().
int serve(const std::string& config_file);

}  // namespace home
