#include "service/daemon.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <vector>

#include "net/loop.h"
#include "net/timer.h"
#include "service/logs.h"
#include "tests/certs/scratch.h"

namespace service {
namespace {

// What a command line prints is not for the report of the tests.
class Quiet final {
 public:
  Quiet() : out_(dup(STDOUT_FILENO)), err_(dup(STDERR_FILENO)) {
    std::fflush(nullptr);
    const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    dup2(nowhere, STDOUT_FILENO);
    dup2(nowhere, STDERR_FILENO);
    close(nowhere);
  }
  ~Quiet() {
    std::fflush(nullptr);
    std::cout.flush();
    dup2(out_, STDOUT_FILENO);
    dup2(err_, STDERR_FILENO);
    close(out_);
    close(err_);
  }
  Quiet(const Quiet&) = delete;
  Quiet& operator=(const Quiet&) = delete;

 private:
  int out_;
  int err_;
};

Invocation parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "sallyport-test");
  const Quiet quiet;
  return parse_command_line(static_cast<int>(arguments.size()), arguments.data(), "sallyport-test",
                            "A test.", "1.2.3");
}

TEST_CASE("a command line is a configuration, or an answer on the spot with its exit code") {
  struct Case {
    std::vector<const char*> arguments;
    std::optional<int> exit_code;
    std::string config;
    bool check;
  };
  const Case cases[] = {
      {{"--config", "a.yaml"}, std::nullopt, "a.yaml", false},
      {{"--config=a.yaml"}, std::nullopt, "a.yaml", false},
      {{"--check", "--config", "a.yaml"}, std::nullopt, "a.yaml", true},
      {{"--config", "a.yaml", "--check"}, std::nullopt, "a.yaml", true},
      {{"--help"}, 0, "", false},
      {{"--version"}, 0, "", false},
      {{"--version", "--config", "a.yaml"}, 0, "", false},
      {{}, 2, "", false},
      {{"--config"}, 2, "", false},
      {{"a.yaml"}, 2, "", false},
      {{"--check"}, 2, "", false},
      {{"--config", "a.yaml", "--verbose"}, 2, "", false},
      {{"--config", "a.yaml", "more"}, 2, "", false},
      {{"--config", "a.yaml", "--config", "b.yaml"}, 2, "", false},
  };
  for (const Case& c : cases) {
    std::string line;
    for (const char* argument : c.arguments)
      line.append(argument).append(" ");
    CAPTURE(line);
    const Invocation invocation = parse(c.arguments);
    CHECK(invocation.exit_code == c.exit_code);
    if (invocation.exit_code) continue;
    CHECK(invocation.command.config == c.config);
    CHECK(invocation.command.check == c.check);
  }
}

// Sends itself the signals of a script, one a turn of the loop, and keeps what it was told.
class Scripted final : public Daemon {
 public:
  Scripted(net::Loop& loop, std::vector<int> signals)
      : signals_(std::move(signals)), timer_(loop, [this] { next(); }) {}

  base::Result<> start() override {
    told += "start ";
    if (!fault.empty()) return base::Error{base::Errc::System, fault};
    timer_.start(std::chrono::milliseconds{0});
    return {};
  }
  base::Result<> reload() override {
    told += "reload ";
    timer_.start(std::chrono::milliseconds{0});
    if (bad_reload) return base::Error{base::Errc::Malformed, "line 3 is bad"};
    return {};
  }
  void drain(std::function<void()> done) override {
    told += "drain ";
    if (stuck) {
      timer_.start(std::chrono::milliseconds{0});
    } else {
      done();
    }
  }

  std::string told;
  std::string fault;
  bool bad_reload = false;
  bool stuck = false;

 private:
  void next() {
    REQUIRE(next_ < signals_.size());
    const int signal = signals_[next_++];
    raise(signal);
    if (signal == SIGUSR1) timer_.start(std::chrono::milliseconds{0});  // a daemon hears nothing
  }
  std::vector<int> signals_;
  std::size_t next_ = 0;
  net::Timer timer_;
};

struct Outcome {
  int code = -1;
  std::string log;
};

Outcome run_script(net::Loop& loop, Scripted& daemon) {
  certs::Scratch scratch;
  const std::string file = scratch.path("log");
  Outcome outcome;
  {
    auto logs = Logs::open("test", "h", {file, base::Level::Info}, {});
    REQUIRE(logs);
    const Quiet quiet;
    outcome.code = run(loop, **logs, daemon);
  }
  std::ifstream text(file);
  outcome.log = {std::istreambuf_iterator<char>(text), {}};
  return outcome;
}

TEST_CASE("SIGTERM and SIGINT drain, then the daemon ends well") {
  for (const int signal : {SIGTERM, SIGINT}) {
    CAPTURE(signal);
    net::Loop loop;
    Scripted daemon(loop, {signal});
    const Outcome outcome = run_script(loop, daemon);
    CHECK(outcome.code == 0);
    CHECK(daemon.told == "start drain ");
    CHECK(outcome.log.find("stopping") != std::string::npos);
    CHECK(outcome.log.find("stopped\n") != std::string::npos);
  }
}

TEST_CASE("SIGHUP loads anew, and says why when it cannot") {
  for (const bool bad : {false, true}) {
    CAPTURE(bad);
    net::Loop loop;
    Scripted daemon(loop, {SIGHUP, SIGTERM});
    daemon.bad_reload = bad;
    const Outcome outcome = run_script(loop, daemon);
    CHECK(outcome.code == 0);
    CHECK(daemon.told == "start reload drain ");
    CHECK((outcome.log.find("configuration loaded anew") != std::string::npos) != bad);
    CHECK((outcome.log.find("line 3 is bad") != std::string::npos) == bad);
  }
}

TEST_CASE("SIGUSR1 opens the logs anew, and says which") {
  net::Loop loop;
  Scripted daemon(loop, {SIGUSR1, SIGTERM});
  const Outcome outcome = run_script(loop, daemon);
  CHECK(outcome.code == 0);
  CHECK(outcome.log.find("log reopened file=\"") != std::string::npos);
}

TEST_CASE("a second SIGTERM does not wait for exchanges") {
  net::Loop loop;
  Scripted daemon(loop, {SIGTERM, SIGTERM});
  daemon.stuck = true;
  const Outcome outcome = run_script(loop, daemon);
  CHECK(outcome.code == 0);
  CHECK(daemon.told == "start drain ");
  CHECK(outcome.log.find("stopped at the second signal") != std::string::npos);
}

TEST_CASE("a daemon that cannot start says why and gives 1") {
  net::Loop loop;
  Scripted daemon(loop, {});
  daemon.fault = "port in use";
  const Outcome outcome = run_script(loop, daemon);
  CHECK(outcome.code == 1);
  CHECK(outcome.log.find("port in use") != std::string::npos);
}

}  // namespace
}  // namespace service
