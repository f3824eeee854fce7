// `sallyport`: the tool for people. Each subcommand lives in a file of its own.

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <csignal>
#include <exception>
#include <iostream>

#include "support/cert_command.h"
#include "support/login_command.h"

namespace {

constexpr int kUsage = 2;

int run(int argc, char** argv) {
  int exit_code = 0;
  CLI::App app("Sallyport's tool: sign in as a client would, look at certificates", "sallyport");
  app.set_version_flag("--version", "sallyport " SALLYPORT_VERSION);
  app.require_subcommand(1);
  support::add_login_command(app, exit_code);
  support::add_cert_command(app, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // Help and version come this way too, and are no error.
    return app.exit(error) == 0 ? 0 : kUsage;
  }
  return exit_code;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {  // of a library: memory, or a defect
    std::cerr << "sallyport: " << error.what() << "\n";
    return 1;
  }
}
