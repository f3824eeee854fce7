#pragma once
// `sallyport cert`: judge, show and make certificates. The judgement is certs::verify(), the very
// code of the listeners and clients, so that what it prints is what they do.

#include <CLI/App.hpp>
#include <iosfwd>

#include "base/clock.h"

namespace support {

// Adds the subcommand "cert" with its own subcommands verify, show, csr, ca and issue to `app`.
// Parsing runs the chosen one, which sets `exit_code`: 0 done or accepted, 1 refused, 2 something
// that was written or named wrongly (an option's value, an unreadable file). Results go to `out`,
// errors to `err`. Everything given must outlive `app`.
void add_cert_command(CLI::App& app, int& exit_code, std::ostream& out, std::ostream& err,
                      const base::Clock& clock = base::kSystemClock);
// With standard output and standard error.
void add_cert_command(CLI::App& app, int& exit_code);

}  // namespace support
