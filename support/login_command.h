#pragma once
// `sallyport login USER`: signs in as a client would, step by step, and says what went wrong.

#include <CLI/App.hpp>
#include <chrono>
#include <iosfwd>
#include <string>

#include "base/address.h"
#include "base/result.h"

namespace support {

// What was written on the command line.
struct LoginOptions {
  std::string user;
  std::string domain;
  std::string password_file;
  std::string token_file;  // a one-time password for chat; "-": standard input
  std::string trust_file;
  std::string dns;
  std::string device;
  int timeout_s = 35;  // longer than the 30 s an edge waits, so that its own 504 is seen
  bool http2 = false;
  bool json = false;
  bool verbose = false;
  bool no_sip = false;   // no line is registered
  bool no_chat = false;  // no chat
  bool keep = false;     // stay registered until SIGINT or SIGTERM; no chat then
};

// Adds the subcommand "login" to `app`. Parsing runs it and sets `exit_code`: 0 when all is well,
// 1 when a step failed, 2 for what was written or named wrongly. The report goes to `out`, heads
// (--verbose) and errors to `err`. Everything given must outlive `app`.
void add_login_command(CLI::App& app, int& exit_code, std::ostream& out, std::ostream& err);
// With standard output and standard error.
void add_login_command(CLI::App& app, int& exit_code);

// Signs in and returns the exit code.
int run_login(const LoginOptions& options, std::ostream& out, std::ostream& err);

// The server of --dns: an address, with port 53 unless it names one.
base::Result<base::Endpoint> parse_dns_server(std::string_view text);

}  // namespace support
