#include "home/uds.h"

#include <doctest/doctest.h>

#include "tests/home/gate.h"
#include "tests/home/service_bench.h"

namespace home {
namespace {

struct Bench : ServiceBench {
  Uds uds{cluster, lab.store, authenticator, log};

  void serve(FakeExchange& exchange) { ServiceBench::serve(uds, exchange); }
  void serve_as(FakeExchange& exchange, std::string_view user, std::string_view password) {
    exchange.head().fields.add("Authorization", basic(user, password));
    serve(exchange);
  }
};

TEST_CASE("what is open to everybody needs no credentials") {
  Bench bench;
  for (const char* target :
       {"/cucm-uds/version", "/cucm-uds/servers", "/cucm-uds/clusterUser?username=mac.donald",
        "/cucm-uds/users?name=mac"}) {
    CAPTURE(target);
    FakeExchange exchange(target);
    bench.serve(exchange);
    CHECK(exchange.status() == 200);
    CHECK(exchange.field("Content-Type") == "application/xml");
    CHECK(exchange.field("X-Frame-Options") == "SAMEORIGIN");
    CHECK(exchange.field("Set-Cookie").empty());
    CHECK(exchange.response().content_length == exchange.body().size());
  }
}

TEST_CASE("documents name the node that was asked, never a made-up host") {
  Bench bench;
  FakeExchange sub("/cucm-uds/version");
  bench.serve(sub);
  CHECK(sub.body().find("https://ucm-sub.lab.example:8443/cucm-uds/version") != std::string::npos);
  FakeExchange evil("/cucm-uds/version");
  evil.head().authority = "evil.example:1";
  bench.serve(evil);
  CHECK(evil.body().find("https://ucm-pub.lab.example:8443/cucm-uds/version") != std::string::npos);
}

TEST_CASE("clusterUser finds one user or none") {
  Bench bench;
  struct Case {
    const char* target;
    int status;
    const char* holds;
  };
  const Case cases[] = {
      {"/cucm-uds/clusterUser?username=MAC.donald", 200, "<userName>mac.donald</userName>"},
      {"/cucm-uds/clusterUser?username=nobody", 200, "totalCount=\"0\" returnedCount=\"0\""},
      {"/cucm-uds/clusterUser?username=mac", 200, "totalCount=\"0\""},
      {"/cucm-uds/clusterUser?username=%25", 200, "totalCount=\"0\""},
      {"/cucm-uds/clusterUser?username=", 400, ""},
      {"/cucm-uds/clusterUser", 400, ""},
      {"/cucm-uds/clusterUser?username=a&username=b", 400, ""},
  };
  for (const Case& c : cases) {
    CAPTURE(c.target);
    FakeExchange exchange(c.target);
    bench.serve(exchange);
    CHECK(exchange.status() == c.status);
    CHECK(exchange.body().find(c.holds) != std::string::npos);
  }
}

TEST_CASE("a search has pages with limits") {
  Bench bench;
  struct Case {
    const char* target;
    int status;
    const char* holds;
  };
  const Case cases[] = {
      {"/cucm-uds/users", 200, "totalCount=\"2\" returnedCount=\"2\" requestedCount=\"64\""},
      {"/cucm-uds/users?max=1&start=1", 200, "totalCount=\"2\" returnedCount=\"1\""},
      {"/cucm-uds/users?max=99999", 200, "requestedCount=\"500\""},
      {"/cucm-uds/users?number=5003", 200, "<userName>rknotts</userName>"},
      {"/cucm-uds/users?first=Rita&last=x", 200, "totalCount=\"0\""},
      {"/cucm-uds/users?max=-1", 400, ""},
      {"/cucm-uds/users?start=1x", 400, ""},
      {"/cucm-uds/users?start=99999999999999999999999", 400, ""},
  };
  for (const Case& c : cases) {
    CAPTURE(c.target);
    FakeExchange exchange(c.target);
    bench.serve(exchange);
    CHECK(exchange.status() == c.status);
    CHECK(exchange.body().find(c.holds) != std::string::npos);
  }
}

TEST_CASE("a user's own data need that user's credentials") {
  Bench bench;
  struct Case {
    const char* target;
    const char* user;
    std::string_view password;
    int status;
  };
  const Case cases[] = {
      {"/cucm-uds/user/mac.donald", "mac.donald", kMacPassword, 200},
      {"/cucm-uds/user/mac.donald/devices", "mac.donald", kMacPassword, 200},
      {"/cucm-uds/user/MAC.donald/devices", "mac.DONALD", kMacPassword, 200},
      {"/cucm-uds/user/mac%2edonald/devices", "mac.donald", kMacPassword, 200},
      {"/cucm-uds/user/mac.donald/devices", "mac.donald", "wrong", 401},
      {"/cucm-uds/user/nobody/devices", "nobody", kMacPassword, 401},
      {"/cucm-uds/user/rknotts/devices", "mac.donald", kMacPassword, 403},
      {"/cucm-uds/user/nobody/devices", "mac.donald", kMacPassword, 403},
      {"/cucm-uds/user/mac.donald/nothing", "mac.donald", kMacPassword, 404},
      {"/cucm-uds/user/mac.donald/devices/x", "mac.donald", kMacPassword, 404},
      {"/cucm-uds/user/mac.donald/device/x", "mac.donald", kMacPassword, 404},
  };
  for (const Case& c : cases) {
    CAPTURE(c.target);
    CAPTURE(c.user);
    FakeExchange exchange(c.target);
    bench.serve_as(exchange, c.user, c.password);
    CHECK(exchange.status() == c.status);
    const bool challenged =
        exchange.field("WWW-Authenticate") == R"(Basic realm="Cisco Web Services Realm")";
    CHECK(challenged == (c.status == 401));
    CHECK(exchange.field("Set-Cookie").empty() == (c.status != 200));
  }
}

TEST_CASE("an answer to a user carries what the seed shows") {
  Bench bench;
  FakeExchange exchange("/cucm-uds/user/mac.donald/devices");
  bench.serve_as(exchange, "mac.donald", kMacPassword);
  REQUIRE(exchange.status() == 200);
  CHECK(exchange.field("Cache-Control") == "private");
  CHECK(exchange.field("Expires") == "Thu, 01 Jan 1970 00:00:00 GMT");
  const std::string cookies = exchange.field("Set-Cookie");
  CHECK(cookies.find("JSESSIONIDSSO=") != std::string::npos);
  CHECK(cookies.find("; Path=/cucm-uds/; Secure; HttpOnly") != std::string::npos);
  CHECK(exchange.body().find("MDonald") != std::string::npos);
  CHECK(exchange.body().find("RKnotts") == std::string::npos);
}

TEST_CASE("a device of one's own is found by its id") {
  Bench bench;
  const std::string own = bench.lab.store.device("MDonald")->id;
  const std::string others = bench.lab.store.device("RKnotts")->id;
  FakeExchange exchange("/cucm-uds/user/mac.donald/device/" + own);
  bench.serve_as(exchange, "mac.donald", kMacPassword);
  CHECK(exchange.status() == 200);
  FakeExchange foreign("/cucm-uds/user/mac.donald/device/" + others);
  bench.serve_as(foreign, "mac.donald", kMacPassword);
  CHECK(foreign.status() == 404);
}

TEST_CASE("credentials that cannot be read are refused without a judgement") {
  Bench bench;
  for (const char* value : {"", "Basic", "Basic !!", "Bearer x"}) {
    CAPTURE(value);
    FakeExchange exchange("/cucm-uds/user/mac.donald");
    exchange.head().fields.add("Authorization", value);
    bench.uds.handle(exchange);
    CHECK(exchange.status() == 401);
    CHECK_FALSE(exchange.has_job());
  }
  FakeExchange twice("/cucm-uds/user/mac.donald");
  twice.head().fields.add("Authorization", basic("mac.donald", kMacPassword));
  twice.head().fields.add("Authorization", basic("mac.donald", kMacPassword));
  bench.uds.handle(twice);
  CHECK(twice.status() == 400);
}

TEST_CASE("unknown resources, odd paths and other methods are refused") {
  Bench bench;
  struct Case {
    const char* method;
    const char* target;
    int status;
  };
  const Case cases[] = {
      {"GET", "/", 400},
      {"GET", "/cucm-uds", 404},
      {"GET", "/cucm-uds/", 400},
      {"GET", "/cucm-uds/Version", 404},
      {"GET", "/cucm-uds/version/x", 404},
      {"GET", "/cucm-uds/user", 404},
      {"GET", "/other/version", 404},
      {"GET", "/cucm-uds/../cucm-uds/version", 400},
      {"GET", "/cucm-uds%2fversion", 400},
      {"POST", "/cucm-uds/version", 405},
      {"PUT", "/cucm-uds/user/mac.donald", 405},
      {"POST", "/nothing", 404},
      {"POST", "/cucm-uds/nothing", 404},
      {"HEAD", "/cucm-uds/version", 200},
  };
  for (const Case& c : cases) {
    CAPTURE(c.method);
    CAPTURE(c.target);
    FakeExchange exchange(c.target, c.method);
    bench.serve(exchange);
    CHECK(exchange.status() == c.status);
    CHECK(exchange.field("Allow").empty() == (c.status != 405));
  }
}

TEST_CASE("when too many passwords wait the answer is 503 with Retry-After") {
  Bench bench;
  Gate gate(bench.pool);
  REQUIRE(bench.pool.submit([] {}));  // the one place in the line
  FakeExchange exchange("/cucm-uds/user/mac.donald");
  bench.serve_as(exchange, "mac.donald", kMacPassword);
  CHECK(exchange.status() == 503);
  CHECK_FALSE(exchange.field("Retry-After").empty());
}

TEST_CASE("a client that goes away before its password is judged hears nothing more") {
  Bench bench;
  FakeExchange exchange("/cucm-uds/user/mac.donald");
  exchange.head().fields.add("Authorization", basic("mac.donald", kMacPassword));
  bench.uds.handle(exchange);
  REQUIRE(exchange.has_job());
  exchange.fail();
  const policy::BasicCredentials credentials{"mac.donald", std::string(kMacPassword)};
  fakes::run_until(bench.loop, [&] { return bench.authenticator.remembers(credentials); });
  CHECK_FALSE(exchange.responded());
}

TEST_CASE("the log tells of request, answer and refusal, and holds no credentials") {
  Bench bench;
  FakeExchange exchange("/cucm-uds/user/mac.donald");
  bench.serve_as(exchange, "mac.donald", kMacPassword);
  FakeExchange refused("/cucm-uds/user/mac.donald");
  bench.serve_as(refused, "mac.donald", "guess-12345");
  const std::string text = bench.lines.text();
  CHECK(text.find("Detail=\"Receive Request\"") != std::string::npos);
  CHECK(text.find("Detail=\"Sending Response\"") != std::string::npos);
  CHECK(text.find("wrong user or password") != std::string::npos);
  CHECK(text.find("Flow-id=\"f10e\"") != std::string::npos);
  for (const std::string& secret : {std::string(kMacPassword), std::string("guess-12345"),
                                    basic("mac.donald", kMacPassword).substr(6),
                                    basic("mac.donald", "guess-12345").substr(6)}) {
    CAPTURE(secret);
    CHECK(text.find(secret) == std::string::npos);
  }
}

}  // namespace
}  // namespace home
