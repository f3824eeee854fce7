#pragma once
// The running program: signals, logs, workers, from start to graceful end.
// (service/daemon.h says what each signal does). SIGHUP reads certificate, key and log levels anew.

#include <string>

namespace home {

// Serves as the file says until a signal ends it. Returns the exit status: 0 after an orderly end,
// 1 when it could not start; then the reason is on standard error. Call it once, from main().
// `version` is for the status page.
int serve(const std::string& config_file, const std::string& version);

}  // namespace home
