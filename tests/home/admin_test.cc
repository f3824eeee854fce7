#include "home/admin.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "net/loop.h"
#include "tests/fakes/log_sink.h"
#include "tests/home/scratch.h"

namespace home {
namespace {

struct Site {
  Site() {
    config.cluster.nodes = {"ucm-pub.lab.example"};
    config.database.file = lab.scratch.path("home.db");
    config.sip.listen = {*base::parse_endpoint("127.0.0.1:0")};
    auto opened_logs = service::Logs::open("home", "h", {lab.scratch.path("log")}, {});
    REQUIRE(opened_logs);
    logs = *std::move(opened_logs);
    auto opened = SipServer::open(loop, {config, logs->log(), logs->traffic(), lab.clock});
    REQUIRE(opened);
    server = *std::move(opened);
  }

  Lab lab;
  net::Loop loop;
  Config config;
  std::unique_ptr<service::Logs> logs;
  std::unique_ptr<SipServer> server;
};

TEST_CASE("commands are judged before anything is sent") {
  Site site;
  Admin admin({site.config, *site.logs, site.server.get(), "1.2.3"});
  struct Case {
    const char* path;
    const char* query;
    int status;
  };
  const std::string long_body = "line=5002&body=" + std::string(1025, 'x');
  const Case cases[] = {
      {"/options", "line=5002", 200},
      {"/options", "line=%2B15002", 200},
      {"/options", "", 400},
      {"/options", "line=", 400},
      {"/options", "line=5002&line=5003", 400},
      {"/options", "line=%0d%0a", 400},
      {"/notify", "line=5002", 200},
      {"/notify", "line=5002&event=service-control&body=a%3Db", 200},
      {"/notify", "line=5002&event=a%20b", 400},
      {"/notify", "line=5002&event=", 400},
      {"/notify", long_body.c_str(), 400},
  };
  for (const Case& c : cases) {
    CAPTURE(c.query);
    const auto answer = admin.command(c.path, c.query);
    REQUIRE(answer);
    CHECK(answer->head.status == c.status);
    if (c.status == 200) CHECK(answer->body.starts_with("sent 0"));
  }
  CHECK_FALSE(admin.command("/revoke", "line=5002"));
  Admin without({site.config, *site.logs, nullptr, "1.2.3"});
  CHECK(without.command("/options", "line=5002")->head.status == 503);
  CHECK(nlohmann::json::parse(without.status())["version"] == "1.2.3");
}

TEST_CASE("the status shows what is registered") {
  Site site;
  auto bindings = Bindings::open(site.config.database.file);
  REQUIRE(bindings);
  Binding binding;
  binding.line = "5002";
  binding.contact = "sip:u@192.0.2.1";
  binding.expires = 1'795'175'400 + 60;
  BindingChanges changes{{binding}, {}};
  REQUIRE(bindings->apply(changes));
  Admin admin({site.config, *site.logs, site.server.get(), "1.2.3"});
  const auto status = nlohmann::json::parse(admin.status());
  CHECK(status["binding_count"] == 1);
  CHECK(status["bindings"][0]["line"] == "5002");
  CHECK(status["bindings"][0]["contact"] == "sip:u@192.0.2.1");
  CHECK(status["bindings"][0]["options"].is_null());
  CHECK(status["counters"]["sip_registered"] == 0);
  CHECK(status["sip"]["domains"][0] == "ucm-pub.lab.example");
}

}  // namespace
}  // namespace home
