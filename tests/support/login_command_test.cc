#include "support/login_command.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "tests/fakes/test_certs.h"

namespace support {
namespace {

TEST_CASE("a DNS server is an address, with or without a port") {
  CHECK(to_string(*parse_dns_server("127.0.10.53")) == "127.0.10.53:53");
  CHECK(to_string(*parse_dns_server("127.0.10.53:5353")) == "127.0.10.53:5353");
  CHECK(to_string(*parse_dns_server("2001:db8::1")) == "[2001:db8::1]:53");
  CHECK(to_string(*parse_dns_server("[2001:db8::1]:5353")) == "[2001:db8::1]:5353");
  for (const char* text : {"", "dns.example", "127.0.10.53:", "127.0.10.53:0", "127.0.10.53:x",
                           "127.0.10.53:70000", ":53"}) {
    CAPTURE(text);
    CHECK(!parse_dns_server(text));
  }
}

int run(std::vector<std::string> arguments, std::string& errors) {
  int exit_code = -1;
  std::ostringstream out, err;
  CLI::App app;
  app.require_subcommand(1);
  add_login_command(app, exit_code, out, err);
  std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants them
  try {
    app.parse(arguments);
  } catch (const CLI::ParseError& error) {
    errors = error.what();
    return -1;
  }
  errors = err.str();
  return exit_code;
}

TEST_CASE("what is written wrongly is said before anything is done") {
  char ca[] = "/tmp/support-ca-XXXXXX";
  const int descriptor = ::mkstemp(ca);
  REQUIRE(descriptor >= 0);
  ::close(descriptor);
  std::ofstream(ca) << fakes::TestCa().pem();
  struct Case {
    std::vector<std::string> arguments;
    int exit_code;  // -1: CLI11 refuses it
    std::string_view said;
  };
  const Case cases[] = {
      {{"login"}, -1, "USER"},
      {{"login", "mac@lab.example", "--timeout", "0"}, -1, "timeout"},
      {{"login", "mac@lab.example", "--password", "x"}, -1, "--password"},
      {{"login", "mac@lab.example", "--dns", "dns.example"}, 2, "--dns takes ADDRESS"},
      {{"login", "mac@lab.example", "--trust", "/nonexistent/ca.pem"}, 2, "/nonexistent/ca.pem"},
      {{"login", "mac@lab.example", "--trust", ca, "--password-file", "/nonexistent/pw"},
       2,
       "/nonexistent/pw"},
      {{"login", "mac"}, 2, "no domain"},
      {{"login", "mac@a.example", "--domain", "b.example"}, 2, "different domains"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.said);
    std::string errors;
    CHECK(run(c.arguments, errors) == c.exit_code);
    CAPTURE(errors);
    CHECK(errors.find(c.said) != std::string::npos);
  }
  ::unlink(ca);
}

}  // namespace
}  // namespace support
