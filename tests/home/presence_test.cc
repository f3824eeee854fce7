#include "home/presence.h"

#include <doctest/doctest.h>

#include "tests/home/gate.h"
#include "tests/home/service_bench.h"

namespace home {
namespace {

struct Bench : ServiceBench {
  OneTimePasswords one_time = open();
  Presence presence{{cluster, lab.store, authenticator, one_time, log}};

  OneTimePasswords open() {
    auto opened = OneTimePasswords::open(lab.scratch.path("home.db"), lab.clock);
    REQUIRE(opened);
    return *std::move(opened);
  }
  std::string mint(std::string_view user = "mac.donald") { return *one_time.mint(user); }

  void serve(FakeExchange& exchange) { ServiceBench::serve(presence, exchange); }
  void serve_as(FakeExchange& exchange, std::string_view user, std::string_view password) {
    exchange.head().fields.add("Authorization", basic(user, password));
    serve(exchange);
  }
  // "200 password": what a check of these says.
  std::string check(std::string_view user, std::string_view password) {
    FakeExchange exchange("/presence/check");
    serve_as(exchange, user, password);
    CHECK(exchange.field("Cache-Control") == "no-store");
    CHECK(exchange.response().content_length == exchange.body().size());
    CHECK(exchange.field("WWW-Authenticate").empty() == (exchange.status() != 401));
    return std::to_string(exchange.status()) + " " +
           exchange.body().substr(0, exchange.body().find('\n'));
  }
};

TEST_CASE("a check takes the password, under any spelling of the account") {
  Bench bench;
  struct Case {
    const char* user;
    std::string_view password;
    const char* says;
  };
  const Case cases[] = {
      {"mac.donald", kMacPassword, "200 password"},
      {"MAC.Donald", kMacPassword, "200 password"},
      {"mac.donald@lab.example", kMacPassword, "200 password"},
      {"mac.donald@LAB.example", kMacPassword, "200 password"},
      {"mac.donald@evil.example", kMacPassword, "401 refused"},
      {"mac.donald@", kMacPassword, "401 refused"},
      {"@lab.example", kMacPassword, "401 refused"},
      {"mac.donald", "wrong", "401 refused"},
      {"mac.donald", "", "401 refused"},
      {"mac.donald@lab.example", "wrong", "401 refused"},
      {"nobody", kMacPassword, "401 refused"},
      {"nobody@lab.example", kMacPassword, "401 refused"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.user);
    CAPTURE(c.password);
    CHECK(bench.check(c.user, c.password) == c.says);
  }
}

TEST_CASE("a user whose name has a domain of ours goes before one without it") {
  Bench bench;
  const std::string name = "mac.donald@lab.example";
  REQUIRE(bench.lab.store.add_user({name, "", "", "", "", ""}, hash_password("own", kCheap)));
  CHECK(bench.check(name, "own") == "200 password");
  CHECK(bench.check(name, kMacPassword) == "401 refused");
  CHECK(bench.check("mac.donald", kMacPassword) == "200 password");
}

TEST_CASE("a check uses a one-time password up") {
  Bench bench;
  const std::string first = bench.mint();
  CHECK(bench.check("rknotts", first) == "401 refused");
  CHECK(bench.check("rknotts@lab.example", first) == "401 refused");
  CHECK(bench.check("mac.donald@lab.example", first) == "200 one-time-password");
  CHECK(bench.check("mac.donald", first) == "401 token-expired");
  CHECK(bench.check("rknotts", first) == "401 refused");
  CHECK(bench.check("mac.donald", kMacPassword) == "200 password");
}

TEST_CASE("a one-time password is good for ten minutes, and its user's password goes on") {
  Bench bench;
  const std::string early = bench.mint();
  const std::string late = bench.mint();
  bench.lab.clock.advance(std::chrono::seconds(599));
  CHECK(bench.check("mac.donald", early) == "200 one-time-password");
  bench.lab.clock.advance(std::chrono::seconds(2));
  CHECK(bench.check("mac.donald", late) == "401 token-expired");
  CHECK(bench.check("mac.donald", kMacPassword) == "200 password");
}

TEST_CASE("a password mints, nothing else does") {
  Bench bench;
  FakeExchange exchange("/presence/token", "POST");
  bench.serve_as(exchange, "MAC.donald@lab.example", kMacPassword);
  REQUIRE(exchange.status() == 200);
  CHECK(exchange.field("Cache-Control") == "no-store");
  REQUIRE(exchange.body().size() == OneTimePasswords::kTextBytes + 1);
  const std::string minted = exchange.body().substr(0, OneTimePasswords::kTextBytes);
  struct Case {
    const char* user;
    std::string password;
  };
  const Case refused[] = {{"mac.donald", "wrong"},
                          {"mac.donald", minted},
                          {"nobody", std::string(kMacPassword)},
                          {"mac.donald@evil.example", std::string(kMacPassword)}};
  for (const Case& c : refused) {
    CAPTURE(c.user);
    FakeExchange other("/presence/token", "POST");
    bench.serve_as(other, c.user, c.password);
    CHECK(other.status() == 401);
  }
  CHECK(bench.check("mac.donald", minted) == "200 one-time-password");
}

TEST_CASE("who exists is told, and nothing else of them") {
  Bench bench;
  struct Case {
    const char* target;
    int status;
  };
  const Case cases[] = {
      {"/presence/user?name=mac.donald", 200},
      {"/presence/user?name=MAC.donald%40lab.example", 200},
      {"/presence/user?name=mac.donald%40evil.example", 404},
      {"/presence/user?name=mac", 404},
      {"/presence/user?name=%25", 404},
      {"/presence/user?name=", 400},
      {"/presence/user", 400},
      {"/presence/user?name=a&name=b", 400},
  };
  for (const Case& c : cases) {
    CAPTURE(c.target);
    FakeExchange exchange(c.target);
    bench.serve(exchange);
    CHECK(exchange.status() == c.status);
    CHECK(exchange.body().find("donald") == std::string::npos);
  }
}

TEST_CASE("other paths, methods and credentials that cannot be read are refused") {
  Bench bench;
  struct Case {
    const char* method;
    const char* target;
    int status;
  };
  const Case cases[] = {
      {"GET", "/presence/check", 401},    {"HEAD", "/presence/check", 405},
      {"POST", "/presence/check", 405},   {"GET", "/presence/token", 405},
      {"POST", "/presence/token", 401},   {"POST", "/presence/user?name=x", 405},
      {"GET", "/presence/", 400},         {"GET", "/presence/check/x", 404},
      {"GET", "/presence/Check", 404},    {"GET", "/presence/../cucm-uds", 400},
      {"GET", "/presence/check%2f", 400}, {"GET", "/presence/nothing", 404},
  };
  for (const Case& c : cases) {
    CAPTURE(c.method);
    CAPTURE(c.target);
    FakeExchange exchange(c.target, c.method);
    bench.serve(exchange);
    CHECK(exchange.status() == c.status);
    CHECK(exchange.field("Allow").empty() == (c.status != 405));
  }
  FakeExchange twice("/presence/check");
  twice.head().fields.add("Authorization", basic("mac.donald", kMacPassword));
  twice.head().fields.add("Authorization", basic("mac.donald", kMacPassword));
  bench.serve(twice);
  CHECK(twice.status() == 400);
}

TEST_CASE("passwords wait in the line that all passwords wait in, one-time passwords do not") {
  Bench bench;
  Gate gate(bench.pool);
  REQUIRE(bench.pool.submit([] {}));  // the one place in the line
  CHECK(bench.check("mac.donald", kMacPassword).starts_with("503"));
  CHECK(bench.check("nobody", kMacPassword).starts_with("503"));
  CHECK(bench.check("mac.donald", bench.mint()) == "200 one-time-password");
}

TEST_CASE("a client that goes away before its password is judged gets no one-time password") {
  Bench bench;
  FakeExchange exchange("/presence/token", "POST");
  exchange.head().fields.add("Authorization", basic("mac.donald", kMacPassword));
  bench.presence.handle(exchange);
  REQUIRE(exchange.has_job());
  exchange.fail();
  const policy::BasicCredentials credentials{"mac.donald", std::string(kMacPassword)};
  fakes::run_until(bench.loop, [&] { return bench.authenticator.remembers(credentials); });
  CHECK_FALSE(exchange.responded());
}

TEST_CASE("the log tells why, and holds no secret") {
  Bench bench;
  const std::string one_time = bench.mint();
  bench.check("mac.donald", one_time);
  bench.check("mac.donald", one_time);
  bench.check("mac.donald", kMacPassword);
  FakeExchange exchange("/presence/token", "POST");
  bench.serve_as(exchange, "mac.donald", kMacPassword);
  const std::string minted = exchange.body().substr(0, OneTimePasswords::kTextBytes);
  const std::string text = bench.lines.text();
  CHECK(text.find("a one-time password that was used or is too old") != std::string::npos);
  for (const std::string& secret :
       {one_time, minted, std::string(kMacPassword), basic("mac.donald", one_time).substr(6),
        basic("mac.donald", kMacPassword).substr(6)}) {
    CAPTURE(secret);
    CHECK(text.find(secret) == std::string::npos);
  }
}

class Named final : public net::http::Handler {
 public:
  void handle(net::http::Exchange& exchange) override {
    ++calls;
    answer(exchange, net::http::text_response(200, "here"));
  }
  int calls = 0;
};

TEST_CASE("the front hands over by the path as it is written") {
  Named presence;
  Named rest;
  Front front(presence, rest);
  for (const char* target : {"/presence/check", "/presence/", "/presence/../cucm-uds/version"}) {
    FakeExchange exchange(target);
    front.handle(exchange);
  }
  CHECK(presence.calls == 3);
  for (const char* target : {"/", "/cucm-uds/version", "/presence", "/Presence/check",
                             "//presence/check", "/presence%2fcheck"}) {
    FakeExchange exchange(target);
    front.handle(exchange);
  }
  CHECK(presence.calls == 3);
  CHECK(rest.calls == 6);
}

}  // namespace
}  // namespace home
