#include "service/logs.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/traffic_log.h"
#include "tests/certs/scratch.h"

namespace service {
namespace {

std::string content(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

void say(Logs& logs) {
  logs.log().info("process line");
  base::TrafficEvent event;
  event.detail = "Receive Request";
  logs.traffic().write(event);
}

TEST_CASE("both logs share one file unless the traffic log names another") {
  certs::Scratch scratch;
  const std::string one = scratch.path("one.log");
  for (const std::string& traffic : {std::string(), one}) {
    CAPTURE(traffic);
    std::filesystem::remove(one);
    {
      auto logs = Logs::open("edge", "edge.lab.example", {one, base::Level::Info},
                             {traffic, base::Level::Info});
      REQUIRE(logs);
      say(**logs);
    }
    const std::string text = content(one);
    CHECK(text.find(" edge info: process line\n") != std::string::npos);
    CHECK(text.find(" edge.lab.example traffic_server[") != std::string::npos);
  }
  const std::string two = scratch.path("two.log");
  std::filesystem::remove(one);
  {
    auto logs =
        Logs::open("edge", "edge.lab.example", {one, base::Level::Info}, {two, base::Level::Info});
    REQUIRE(logs);
    say(**logs);
    CHECK((*logs)->lost_lines() == 0);
  }
  CHECK(content(one).find("traffic_server") == std::string::npos);
  CHECK(content(two).find("traffic_server") != std::string::npos);
  CHECK(content(two).find("process line") == std::string::npos);
}

TEST_CASE("a file that cannot be opened is an error, whichever log it is of") {
  certs::Scratch scratch;
  const std::string good = scratch.path("good.log");
  const std::string bad = scratch.path("no/such/folder.log");
  CHECK_FALSE(Logs::open("edge", "h", {bad, base::Level::Info}, {}));
  CHECK_FALSE(Logs::open("edge", "h", {good, base::Level::Info}, {bad, base::Level::Info}));
}

TEST_CASE("levels decide what is written") {
  certs::Scratch scratch;
  const std::string file = scratch.path("log");
  {
    auto logs = Logs::open("edge", "h", {file, base::Level::Error}, {"", base::Level::Error});
    REQUIRE(logs);
    say(**logs);
    (*logs)->set_levels(base::Level::Info, base::Level::Error);
    (*logs)->log().info("now heard");
    (*logs)->log().debug("never heard");
  }
  const std::string text = content(file);
  CHECK(text.find("process line") == std::string::npos);
  CHECK(text.find("traffic_server") == std::string::npos);
  CHECK(text.find("now heard") != std::string::npos);
  CHECK(text.find("never heard") == std::string::npos);
}

TEST_CASE("after rotation both go on in new files") {
  certs::Scratch scratch;
  const std::string one = scratch.path("one.log");
  const std::string two = scratch.path("two.log");
  {
    auto logs = Logs::open("edge", "h", {one, base::Level::Info}, {two, base::Level::Info});
    REQUIRE(logs);
    std::filesystem::rename(one, one + ".1");
    std::filesystem::rename(two, two + ".1");
    (*logs)->reopen();
    say(**logs);
  }
  CHECK(content(one).find("process line") != std::string::npos);
  CHECK(content(two).find("traffic_server") != std::string::npos);
  CHECK(content(one + ".1").empty());
}

TEST_CASE("what was reopened is said, and what was not with its reason") {
  namespace fs = std::filesystem;
  certs::Scratch scratch;
  const std::string one = scratch.path("one.log");
  const std::string folder = scratch.path("traffic");
  const std::string two = folder + "/two.log";
  fs::create_directory(folder);
  auto logs = Logs::open("edge", "h", {one, base::Level::Info}, {two, base::Level::Info});
  REQUIRE(logs);
  fs::rename(folder, folder + ".away");
  fs::rename(one, one + ".1");
  (*logs)->reopen();
  say(**logs);
  logs->reset();
  CHECK(content(one).find("edge info: log reopened file=\"" + one + "\"\n") != std::string::npos);
  CHECK(content(one).find("edge warn: log not reopened file=\"" + two +
                          "\" reason=\"cannot open log " + two +
                          ": No such file or directory\"\n") != std::string::npos);
  CHECK(content(folder + ".away/two.log").find("traffic_server") != std::string::npos);
}

TEST_CASE("the settings have their keys and defaults") {
  base::config::Report report("edge.yaml");
  const LogSettings log =
      base::config::load_text("{file: x.log, level: debug}", "/logs", log_schema(), report);
  CHECK(report.ok());
  CHECK(log.file == "/logs/x.log");
  CHECK(log.level == base::Level::Debug);
  const TrafficLogSettings traffic =
      base::config::load_text("", "/logs", traffic_log_schema(), report);
  CHECK(report.ok());
  CHECK(traffic.file.empty());
  CHECK(traffic.level == base::Level::Info);
  (void)base::config::load_text("{file: x.log, levle: debug}", "", log_schema(), report);
  CHECK_FALSE(report.ok());
}

}  // namespace
}  // namespace service
