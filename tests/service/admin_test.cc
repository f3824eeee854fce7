#include "service/admin.h"

#include <doctest/doctest.h>

#include <memory>
#include <optional>

#include "net/http/client.h"
#include "net/http/fetch.h"
#include "net/listener.h"
#include "net/loop.h"
#include "service/logs.h"
#include "tests/certs/scratch.h"
#include "tests/fakes/run_loop.h"

namespace service {
namespace {

namespace http = net::http;

struct Page {
  int status = 0;
  std::string body;
  http::Fields fields;
};

// An admin port on loopback and a client that asks it.
struct Lab {
  net::Loop loop;
  certs::Scratch scratch;
  std::unique_ptr<Logs> logs;
  std::string not_ready;
  std::string commanded;  // the last "path?query"
  std::unique_ptr<Admin> admin;
  base::Endpoint local;

  explicit Lab(bool with_command = true) {
    auto opened = Logs::open("test", "host", {scratch.path("log"), base::Level::Info}, {});
    REQUIRE(opened);
    logs = std::move(*opened);
    // The port is given by the kernel to a listener that makes room for the admin's.
    auto probe = net::Listener::open(loop, {base::IpAddress::v4({127, 0, 0, 1}), 0},
                                     [](net::Socket, const base::Endpoint&) {});
    REQUIRE(probe);
    local = (*probe)->local();
    (*probe)->close();
    AdminHooks hooks{[] { return std::string("{}"); },
                     [] {
                       return std::vector<Metric>{{"m", "h", false, {{"{a=\"b\"}", 0.5}}}};
                     },
                     [this] { return not_ready; }};
    if (with_command) {
      hooks.command = [this](std::string_view path,
                             std::string_view query) -> std::optional<http::TextResponse> {
        if (path != "/do") return std::nullopt;
        commanded = std::string(path).append("?").append(query);
        return http::text_response(200, "did it");
      };
    }
    auto made = Admin::open(loop, local, *logs, std::move(hooks));
    REQUIRE(made);
    admin = std::move(*made);
  }

  Page ask(std::string method, std::string target, std::string host = {},
           std::string_view origin = {}) {
    http::ClientOptions options;
    options.dial.remote = local;
    http::Client client(loop, options);
    http::RequestHead head;
    head.method = std::move(method);
    head.scheme = "http";
    head.authority = host.empty() ? base::to_string(local) : std::move(host);
    if (!origin.empty()) head.fields.add("Origin", origin);
    head.target = std::move(target);
    std::optional<base::Result<http::Document>> got;
    http::Fetch fetch(loop, client, std::move(head), {}, std::chrono::seconds{10},
                      [&](base::Result<http::Document> document) { got = std::move(document); });
    fakes::run_until(loop, [&] { return got.has_value(); });
    REQUIRE(*got);
    return {(*got)->head.status, (*got)->body, (*got)->head.fields};
  }
};

TEST_CASE("each path answers as documented") {
  Lab lab;
  struct Case {
    const char* method;
    const char* target;
    int status;
    const char* body;
  };
  const Case cases[] = {
      {"GET", "/livez", 200, "alive\n"},
      {"GET", "/readyz", 200, "ready\n"},
      {"GET", "/status", 200, "{}\n"},
      {"HEAD", "/status", 200, ""},
      {"GET", "/status?pretty", 200, "{}\n"},
      {"GET", "/metrics", 200, "# HELP m h\n# TYPE m gauge\nm{a=\"b\"} 0.5\n"},
      {"GET", "/", 404, "known here: /status /metrics /livez /readyz /levels\n"},
      {"GET", "/status/", 404, "known here: /status /metrics /livez /readyz /levels\n"},
      {"GET", "/levels", 405, "use PUT /levels?log=LEVEL&traffic=LEVEL\n"},
      {"POST", "/levels?log=debug", 405, "use PUT /levels?log=LEVEL&traffic=LEVEL\n"},
      {"POST", "/status", 405, "only GET and PUT are answered here\n"},
      {"DELETE", "/livez", 405, "only GET and PUT are answered here\n"},
      {"PUT", "/status", 405, "use GET\n"},
      {"PUT", "/nothing", 404, "no such command\n"},
      {"PUT", "/do?x=1", 200, "did it\n"},
      {"GET", "/do?x=1", 404, "known here: /status /metrics /livez /readyz /levels\n"},
      {"POST", "/do?x=1", 405, "only GET and PUT are answered here\n"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.method);
    CAPTURE(c.target);
    const Page page = lab.ask(c.method, c.target);
    CHECK(page.status == c.status);
    CHECK(page.body == c.body);
  }
}

TEST_CASE("a page of somebody else in an administrator's browser is refused") {
  Lab lab;
  struct Case {
    const char* host;
    const char* origin;
    int status;
  };
  const Case cases[] = {
      {"127.0.0.1:9443", "", 200},         {"[::1]:9443", "", 200},
      {"localhost:9443", "", 200},         {"evil.example", "", 403},
      {"localhost.evil.example", "", 403}, {"127.0.0.1:9443", "http://evil.example", 403},
  };
  for (const Case& c : cases) {
    CAPTURE(c.host);
    CAPTURE(c.origin);
    CHECK(lab.ask("GET", "/status", c.host, c.origin).status == c.status);
    CHECK(lab.ask("PUT", "/do", c.host, c.origin).status == c.status);
  }
}

TEST_CASE("documents carry their type and are kept by nobody") {
  Lab lab;
  const Page status = lab.ask("GET", "/status");
  CHECK(status.fields.joined("content-type") == "application/json");
  CHECK(status.fields.joined("cache-control") == "no-store");
  CHECK(lab.ask("GET", "/metrics").fields.joined("content-type") == "text/plain; version=0.0.4");
}

TEST_CASE("what is not ready says why") {
  Lab lab;
  lab.not_ready = "no link";
  const Page page = lab.ask("GET", "/readyz");
  CHECK(page.status == 503);
  CHECK(page.body == "no link\n");
  CHECK(lab.ask("GET", "/livez").status == 200);
}

TEST_CASE("a command is given path and query, by PUT alone") {
  Lab lab;
  lab.ask("GET", "/do?a=1");
  lab.ask("POST", "/do?a=1");
  CHECK(lab.commanded.empty());
  lab.ask("PUT", "/do?a=1&b=%20");
  CHECK(lab.commanded == "/do?a=1&b=%20");
  Lab without(false);
  CHECK(without.ask("PUT", "/do").status == 404);
}

TEST_CASE("levels are switched, and nothing is when any part is wrong") {
  using base::Level;
  struct Case {
    const char* query;
    int status;
    Level log;
    Level traffic;
  };
  const Case cases[] = {
      {"log=debug", 200, Level::Debug, Level::Info},
      {"traffic=debug", 200, Level::Info, Level::Debug},
      {"log=error&traffic=warn", 200, Level::Error, Level::Warn},
      {"traffic=warn&log=warn", 200, Level::Warn, Level::Warn},
      {"log=debug&log=error", 200, Level::Error, Level::Info},
      {"", 400, Level::Info, Level::Info},
      {"log", 400, Level::Info, Level::Info},
      {"log=", 400, Level::Info, Level::Info},
      {"log=loud", 400, Level::Info, Level::Info},
      {"log=DEBUG", 400, Level::Info, Level::Info},
      {"log=debug&traffic=loud", 400, Level::Info, Level::Info},
      {"log=debug&other=debug", 400, Level::Info, Level::Info},
      {"log=debug&", 400, Level::Info, Level::Info},
      {"=debug", 400, Level::Info, Level::Info},
  };
  for (const Case& c : cases) {
    CAPTURE(c.query);
    Lab lab;
    CHECK(lab.ask("PUT", std::string("/levels?") + c.query).status == c.status);
    CHECK(lab.logs->log().level() == c.log);
    CHECK(lab.logs->traffic().enabled(c.traffic));
    if (c.traffic != Level::Debug) {
      CHECK_FALSE(lab.logs->traffic().enabled(static_cast<Level>(static_cast<int>(c.traffic) + 1)));
    }
  }
}

TEST_CASE("an address that cannot be had is an error that names it") {
  Lab lab;
  // TEST-NET-1 (RFC 5737): no machine has it.
  const base::Endpoint nowhere{base::IpAddress::v4({192, 0, 2, 1}), 9443};
  const auto admin = Admin::open(lab.loop, nowhere, *lab.logs, {});
  REQUIRE_FALSE(admin);
  CHECK(admin.error().detail.find("192.0.2.1:9443") != std::string::npos);
}

TEST_CASE("metrics are written in the order they come, each sample on its line") {
  const std::vector<Metric> metrics = {
      {"a_total", "first", true, {{"{x=\"1\"}", 1}, {"{x=\"2\"}", 12345678901.0}}},
      {"b", "second", false, {}},
  };
  CHECK(to_prometheus(metrics) ==
        "# HELP a_total first\n# TYPE a_total counter\na_total{x=\"1\"} 1\n"
        "a_total{x=\"2\"} 12345678901\n# HELP b second\n# TYPE b gauge\n");
  CHECK(to_prometheus({}).empty());
}

}  // namespace
}  // namespace service
