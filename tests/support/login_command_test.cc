#include "support/login_command.h"

#include <doctest/doctest.h>
#include <signal.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>
#include <thread>

#include "net/loop.h"
#include "tests/fakes/dns_server.h"
#include "tests/fakes/test_certs.h"
#include "tests/support/fake_edge.h"
#include "tests/support/fake_sip_edge.h"
#include "tests/support/fake_xmpp_edge.h"
#include "xmpp/sasl.h"

namespace support {
namespace {

// A file that is gone when the test is over.
class TempFile final {
 public:
  explicit TempFile(const std::string& text) {
    const int descriptor = ::mkstemp(name_);
    REQUIRE(descriptor >= 0);
    ::close(descriptor);
    std::ofstream(name_) << text;
  }
  ~TempFile() { ::unlink(name_); }
  TempFile(const TempFile&) = delete;
  TempFile& operator=(const TempFile&) = delete;
  std::string name() const { return name_; }

 private:
  char name_[32] = "/tmp/support-test-XXXXXX";
};

// An edge and a DNS server on a thread of their own: the command runs its loop on the test's.
class Outside final {
 public:
  Outside()
      : edge_(loop_, ca_, {"DNS:edge1.uclab.com"}),
        sip_edge_(loop_, ca_, {"DNS:edge1.uclab.com"}),
        xmpp_edge_(loop_, ca_, {"DNS:edge1.uclab.com"}),
        dns_(loop_) {
    const auto moved = [](const std::string& body, const std::string& from, std::uint16_t to) {
      return std::regex_replace(body,
                                std::regex("uclabexpwe0.(.uclab.com</address><tlsPort>)" + from),
                                "edge1$01" + std::to_string(to));
    };
    edge_.edge_config().body =
        moved(moved(seed::kEdgeConfig, "5061", sip_edge_.port()), "5222", xmpp_edge_.port());
    edge_.inside("http://uclabcucm-pub:6970/MDonald.cnf.xml").body = seed::kDeviceFile;
    const std::string name = "_collab-edge._tls.uclab.com";
    dns_.set(name, fakes::DnsServer::kSrv,
             {0, {fakes::dns_srv(name, 0, 0, edge_.port(), "edge1.uclab.com")}, {}});
    dns_.set("edge1.uclab.com", fakes::DnsServer::kA,
             {0, {fakes::dns_address("edge1.uclab.com", "127.0.0.1")}, {}});
    thread_ = std::thread([this] { loop_.run(); });
  }
  ~Outside() {
    loop_.stop();
    thread_.join();
  }
  Outside(const Outside&) = delete;
  Outside& operator=(const Outside&) = delete;

  // Before the command runs, and after it.
  FakeSipEdge& sip_edge() { return sip_edge_; }
  FakeXmppEdge& xmpp_edge() { return xmpp_edge_; }
  LoginOptions options() const {
    LoginOptions options;
    options.user = "mac.donald@uclab.com";
    options.password_file = password_.name();
    options.trust_file = trust_.name();
    options.dns = base::to_string(dns_.endpoint());
    return options;
  }

 private:
  net::Loop loop_;
  fakes::TestCa ca_;
  FakeEdge edge_;
  FakeSipEdge sip_edge_;
  FakeXmppEdge xmpp_edge_;
  fakes::DnsServer dns_;
  TempFile password_{"s3cret\n"};
  TempFile trust_{ca_.pem()};
  std::thread thread_;
};

TEST_CASE("the command signs in through DNS, TLS and HTTP, and tells every step") {
  for (const bool http2 : {false, true}) {
    CAPTURE(http2);
    const Outside outside;
    LoginOptions options = outside.options();
    options.http2 = http2;
    std::ostringstream out, err;
    CHECK(run_login(options, out, err) == 0);
    CAPTURE(out.str());
    CHECK(out.str().find("\n14  ok      lookup rules") != std::string::npos);
    CHECK(out.str().find("\n18  ok      SIP: unregister") != std::string::npos);
    CHECK(out.str().find("\n25  ok      chat: close") != std::string::npos);
    CHECK(out.str().find("signed in as mac.donald@uclab.com: 25 steps") != std::string::npos);
    CHECK(err.str().empty());
  }
}

TEST_CASE("with --no-sip no SIP edge is looked for") {
  Outside outside;
  LoginOptions options = outside.options();
  options.no_sip = true;
  std::ostringstream out, err;
  CHECK(run_login(options, out, err) == 0);
  CHECK(out.str().find("signed in as mac.donald@uclab.com: 21 steps") != std::string::npos);
  CHECK(outside.sip_edge().clients == 0);
}

TEST_CASE("with --no-chat no XMPP edge is looked for") {
  Outside outside;
  LoginOptions options = outside.options();
  options.no_chat = true;
  std::ostringstream out, err;
  CHECK(run_login(options, out, err) == 0);
  CHECK(out.str().find("signed in as mac.donald@uclab.com: 18 steps") != std::string::npos);
  CHECK(outside.xmpp_edge().clients == 0);
}

TEST_CASE("with --token the one-time password signs in to chat, and the password to the rest") {
  const TempFile token("0ne-t1me\n");
  Outside outside;
  LoginOptions options = outside.options();
  options.no_sip = true;
  options.verbose = true;
  options.token_file = token.name();
  std::ostringstream out, err;
  CHECK(run_login(options, out, err) == 0);
  CHECK(out.str().find("success, CISCO-VTG-TOKEN of") != std::string::npos);
  CHECK(err.str().find("received: <success") != std::string::npos);
  const auto auth = xmpp::parse_auth(outside.xmpp_edge().heard[3]);
  REQUIRE(auth);
  CHECK(*xmpp::parse_vtg_token(auth->message) ==
        xmpp::VtgToken{"mac.donald@uclab.com", "0ne-t1me"});
  for (const char* secret : {"s3cret", "0ne-t1me"}) {
    CHECK((out.str() + err.str()).find(secret) == std::string::npos);
  }
}

TEST_CASE("a SIP edge that refuses makes the whole sign-in fail") {
  Outside outside;
  outside.sip_edge().refusal = 403;
  std::ostringstream out, err;
  CHECK(run_login(outside.options(), out, err) == 1);
  CHECK(out.str().find("16  FAILED  SIP: register") != std::string::npos);
}

TEST_CASE("with --keep it stays registered until a signal, then leaves in order") {
  // The edge's thread must not take the signal instead; blocked for all threads from now on.
  sigset_t blocked;
  ::sigemptyset(&blocked);
  ::sigaddset(&blocked, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &blocked, nullptr);
  Outside outside;
  FakeSipEdge& edge = outside.sip_edge();
  edge.on_request = [&edge] {
    if (edge.responses.size() == 1) edge.send(FakeSipEdge::request("INVITE", "call-1"));
    if (edge.responses.size() == 2 && edge.requests.size() == 2) ::kill(::getpid(), SIGTERM);
  };
  LoginOptions options = outside.options();
  options.keep = true;
  std::ostringstream out, err;
  CHECK(run_login(options, out, err) == 0);
  CAPTURE(out.str());
  CHECK(out.str().find("INVITE  from sip:ucm@uclabcucm-pub  call-id call-1  ->  486") !=
        std::string::npos);
  CHECK(out.str().find("SIP: unregister") != std::string::npos);
  CHECK(!edge.registered);
}

TEST_CASE(
    "with --json and --verbose nothing but JSON is on standard output, and no secret at all") {
  Outside outside;
  LoginOptions options = outside.options();
  options.json = true;
  options.verbose = true;
  std::ostringstream out, err;
  CHECK(run_login(options, out, err) == 0);
  std::istringstream lines(out.str());
  std::string line;
  int count = 0;
  while (std::getline(lines, line)) {
    CHECK(nlohmann::json::accept(line));
    ++count;
  }
  CHECK(count == 26);
  for (const char* secret : {"s3cret", "t0ken"}) {
    CHECK((out.str() + err.str()).find(secret) == std::string::npos);
  }
  CHECK(err.str().find("get_edge_config") != std::string::npos);
}

TEST_CASE("a trust file that does not vouch for the edge is a failed sign-in") {
  const Outside outside;
  const TempFile stranger(fakes::TestCa("stranger").pem());
  LoginOptions options = outside.options();
  options.trust_file = stranger.name();
  std::ostringstream out, err;
  CHECK(run_login(options, out, err) == 1);
  CHECK(out.str().find("certificate is not accepted") != std::string::npos);
}

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
  const TempFile ca(fakes::TestCa().pem());
  const TempFile one_line("s3cret\n");
  struct Case {
    std::vector<std::string> arguments;
    int exit_code;  // -1: CLI11 refuses it
    std::string_view said;
  };
  const Case cases[] = {
      {{"login"}, -1, "USER"},
      {{"login", "mac@lab.example", "--timeout", "0"}, -1, "timeout"},
      {{"login", "mac@lab.example", "--password", "x"}, -1, "--password"},
      {{"login", "mac@lab.example", "--keep", "--no-sip"}, -1, "--keep"},
      {{"login", "mac@lab.example", "--token", "x", "--no-chat"}, -1, "--no-chat"},
      {{"login", "mac@lab.example", "--token", "x", "--keep"}, -1, "--keep"},
      {{"login", "mac@lab.example", "--trust", ca.name(), "--token", "-"}, 2, "--password-file"},
      {{"login", "mac@lab.example", "--trust", ca.name(), "--password-file", one_line.name(),
        "--token", "/nonexistent/token"},
       2,
       "/nonexistent/token"},
      {{"login", "mac@lab.example", "--dns", "dns.example"}, 2, "--dns takes ADDRESS"},
      {{"login", "mac@lab.example", "--trust", "/nonexistent/ca.pem"}, 2, "/nonexistent/ca.pem"},
      {{"login", "mac@lab.example", "--trust", ca.name(), "--password-file", "/nonexistent/pw"},
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
}

}  // namespace
}  // namespace support
