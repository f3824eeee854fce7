#pragma once
// Where passwords come from: a file, a terminal that does not show them, or a pipe. Never the
// command line, which every user of the machine can read in ps.

#include <string>

#include "base/result.h"

namespace home {

// The first line of a file without its line end; "-" is standard input. NotFound, System; Malformed
// or TooLarge for what check_password() refuses.
base::Result<std::string> read_password_file(const std::string& file);

// Asks twice on the terminal without echo; without a terminal, the first line of standard input.
// Refused when the two differ, otherwise as above.
base::Result<std::string> ask_password(const std::string& user);

}  // namespace home
