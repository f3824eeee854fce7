#include "edge/gateway.h"

#include <doctest/doctest.h>

#include "tests/edge/link_lab.h"

namespace edge {
namespace {

namespace http = net::http;

TEST_CASE("what clients say about themselves is removed, what we know is added") {
  net::StreamInfo stream;
  stream.remote = {*base::parse_ip("203.0.113.7"), 49243};
  stream.local = {*base::parse_ip("10.106.4.81"), 8443};
  const http::Peer peer{stream, "f10e", true};
  http::RequestHead request;
  request.method = "PUT";
  request.authority = "edge.lab.example:8443";
  request.target = "/bGFi/x?y";
  request.content_length = 5;
  for (const char* name : {"X-Forwarded-For",    "x-forwarded-host",
                           "X-FORWARDED-PROTO",  "X-Forwarded-Port",
                           "X-Forwarded-Server", "X-Forwarded-User",
                           "X-Forwarded-Prefix", "X-Forwarded-Ssl",
                           "x-forwarded-",       "X-Real-IP",
                           "X-Client-IP",        "True-Client-IP",
                           "Forwarded",          "Via",
                           "X-Request-Id",       "X-Correlation-Id",
                           "traceparent",        "tracestate",
                           "Sallyport-Txn",      "SALLYPORT-FLOW",
                           "sallyport-flow"}) {
    request.fields.add(name, "forged");
  }
  request.fields.add("Authorization", "Basic abc");
  request.fields.add("Cookie", "a=b");
  request.fields.add("X-Other", "kept");
  const http::RequestHead head = inside_head(request, "lab.example", peer, "372");
  CHECK(head.method == "PUT");
  CHECK(head.scheme == "http");
  CHECK(head.authority == "vcs_control.lab.example:8443");
  CHECK(head.target == "/bGFi/x?y");
  CHECK(head.content_length == 5u);
  for (const http::Field field : head.fields)
    CHECK(field.value != "forged");
  CHECK(head.fields.size() == 7);
  CHECK(head.fields.joined("x-forwarded-for") == "203.0.113.7");
  CHECK(head.fields.joined("via") == "https/1.1 vcs[0A6A0451]");
  CHECK(head.fields.joined("sallyport-txn") == "372");
  CHECK(head.fields.joined("sallyport-flow") == "f10e");
  CHECK(head.fields.joined("authorization") == "Basic abc");
}

TEST_CASE("credentials are passed to a core, whose answer comes back") {
  LinkLab lab;
  FakeCore& core = lab.add_core();
  const fakes::Exchange& exchange =
      lab.serve(lab.make().with("Authorization", lab.basic()).with("Via", "1.1 evil"));
  CHECK(exchange.status() == 200);
  CHECK(exchange.body() == "hello\n");
  REQUIRE(core.web.requests.size() == 1);
  const http::RequestHead& inside = core.web.requests[0].head;
  CHECK(inside.authority == "vcs_control.lab.example:8443");
  CHECK(inside.target == exchange.request().target);
  CHECK(inside.fields.joined("via") == "https/1.1 vcs[0A6A0451]");
  CHECK(inside.fields.joined("x-forwarded-for") == "10.106.4.73");
  CHECK(lab.counters.forwarded == 1);
  CHECK(lab.sink.text().find("Tunnel-dst-host=\"core.lab.example\"") != std::string::npos);
}

TEST_CASE("each refusal has its status and count, and not a byte goes inside") {
  LinkLab lab;
  FakeCore& core = lab.add_core();
  const std::string good = lab.basic();
  const std::string old = lab.cookie("lab.example", std::chrono::hours{9});
  struct Case {
    const char* what;
    std::string target;
    std::vector<std::pair<const char*, std::string>> fields;
    int status;
    Counters::Count Counters::*count;
  };
  const std::string target = host_path("lab.example", "/get_edge_config");
  const auto malformed = &Counters::refused_malformed;
  const auto credentials = &Counters::refused_credentials;
  const Case cases[] = {
      {"no host path", "/", {{"Authorization", good}}, 400, malformed},
      {"bad host path", "/!!!/x", {{"Authorization", good}}, 400, malformed},
      {"no rest", "/bGFiLmV4YW1wbGU", {{"Authorization", good}}, 400, malformed},
      {"OPTIONS *", "*", {{"Authorization", good}}, 400, malformed},
      {"foreign domain",
       host_path("foreign.example", "/x"),
       {{"Authorization", good}},
       404,
       &Counters::refused_domain},
      {"sub domain",
       host_path("a.lab.example", "/x"),
       {{"Authorization", good}},
       404,
       &Counters::refused_domain},
      {"nothing", target, {}, 401, credentials},
      {"other cookies", target, {{"Cookie", "a=b"}}, 401, credentials},
      {"made up", target, {{"Cookie", "X-Auth=made-up"}}, 401, credentials},
      {"expired", target, {{"Cookie", old}}, 401, credentials},
      {"of another domain", target, {{"Cookie", lab.cookie("other.example")}}, 401, credentials},
      {"two", target, {{"Cookie", lab.cookie() + "; " + lab.cookie()}}, 401, credentials},
      {"two fields",
       target,
       {{"Cookie", lab.cookie()}, {"Cookie", lab.cookie()}},
       401,
       credentials},
      {"other scheme", target, {{"Authorization", "Bearer x"}}, 401, credentials},
      {"bad base64", target, {{"Authorization", "Basic ?"}}, 401, credentials},
      {"bad name", target, {{"Authorization", lab.basic("../x")}}, 401, credentials},
      {"foreign name", target, {{"Authorization", lab.basic("a@other.example")}}, 401, credentials},
      {"two Authorization fields",
       target,
       {{"Authorization", good}, {"authorization", good}},
       401,
       credentials},
      {"no core for the domain",
       host_path("other.example", "/get_edge_config"),
       {{"Authorization", good}},
       503,
       &Counters::refused_no_link},
  };
  for (const Case& c : cases) {
    CAPTURE(c.what);
    const std::uint64_t before = lab.counters.*c.count;
    fakes::Exchange& exchange = lab.make(c.target);
    for (const auto& [name, value] : c.fields)
      exchange.with(name, value);
    lab.serve(exchange);
    CHECK(exchange.status() == c.status);
    CHECK(lab.counters.*c.count == before + 1);
    CHECK((exchange.field("www-authenticate") == "Basic realm=\"Cisco-Edge\"") ==
          (c.status == 401));
    CHECK(exchange.field("retry-after").empty() == (c.status != 503));
  }
  CHECK(core.web.begun_count == 0);
  CHECK(lab.counters.forwarded == 0);
  CHECK(lab.counters.requests == std::size(cases));
}

TEST_CASE("a good cookie comes before credentials, a bad one leaves it to them") {
  LinkLab lab;
  FakeCore& core = lab.add_core();
  const std::string expired = lab.cookie("lab.example", std::chrono::hours{9});
  struct Case {
    std::string cookie;
    std::string authorization;
    int status;
  };
  const Case cases[] = {
      {lab.cookie(), lab.basic(), 200},
      {lab.cookie(), "Bearer nonsense", 200},
      {expired, lab.basic(), 200},
      {"X-Auth=made-up", lab.basic(), 200},
      {"X-Auth=a; X-Auth=b", lab.basic(), 200},
      {expired, "Bearer nonsense", 401},
  };
  for (const Case& c : cases) {
    CAPTURE(c.cookie);
    CAPTURE(c.authorization);
    const fakes::Exchange& exchange =
        lab.serve(lab.make().with("Cookie", c.cookie).with("Authorization", c.authorization));
    CHECK(exchange.status() == c.status);
  }
  CHECK(core.web.requests.size() == 5);
}

TEST_CASE("a revoked session is refused here, another of the user later is not") {
  LinkLab lab;
  FakeCore& core = lab.add_core();
  const std::string revoked = lab.cookie();
  net::tunnel::CoreEvent event;
  event.revocations = {policy::to_string(policy::Revocation::of_user(
      "mac.donald", "lab.example", std::chrono::floor<std::chrono::seconds>(lab.clock.now()),
      std::chrono::hours{8}))};
  REQUIRE(lab.sessions.learn(event, lab.clock.now()));
  CHECK(lab.serve(lab.make().with("Cookie", revoked)).status() == 401);
  CHECK(core.web.begun_count == 0);
  lab.clock.advance(std::chrono::seconds{2});
  CHECK(lab.serve(lab.make().with("Cookie", lab.cookie())).status() == 200);
}

TEST_CASE("without a core it is 503 at once, with a time to come back") {
  LinkLab lab;
  for (const auto& [name, value] :
       {std::pair<const char*, std::string>{"Authorization", lab.basic()},
        {"Cookie", lab.cookie()}}) {
    fakes::Exchange& exchange = lab.make().with(name, value);
    lab.gateway.handle(exchange);
    CHECK(exchange.status() == 503);
    CHECK(exchange.field("retry-after") == "2");
  }
  CHECK(lab.serve(lab.make()).status() == 401);  // nothing to judge: no need to wait for a core
}

TEST_CASE("a session stays good while no core is there to be asked") {
  LinkLab lab;
  lab.add_core();
  lab.cores.clear();
  fakes::run_until(lab.loop, [&] { return lab.links.ready().empty(); });
  CHECK(lab.serve(lab.make().with("Cookie", lab.cookie())).status() == 503);
  CHECK(lab.serve(lab.make().with("Cookie", "X-Auth=made-up")).status() == 401);
  lab.add_core("b");
  CHECK(lab.serve(lab.make().with("Cookie", lab.cookie())).status() == 200);
}

TEST_CASE("a core that dies before it answers is 503, or another one answers") {
  for (const bool spare : {false, true}) {
    CAPTURE(spare);
    LinkLab lab;
    lab.add_core("a");
    if (spare) lab.add_core("b");
    for (const auto& core : lab.cores)
      core->web.reply = [](const auto&) { return std::nullopt; };
    fakes::Exchange& exchange = lab.make().with("Authorization", lab.basic());
    lab.gateway.handle(exchange);
    exchange.send_end();
    std::size_t asked = 0;
    fakes::run_until(lab.loop, [&] {
      for (std::size_t i = 0; i < lab.cores.size(); ++i) {
        if (lab.cores[i]->web.requests.empty()) continue;
        asked = i;
        return true;
      }
      return false;
    });
    for (const auto& core : lab.cores)
      core->web.reply = [](const auto&) { return http::text_response(200, "the other"); };
    lab.cores.erase(lab.cores.begin() + static_cast<std::ptrdiff_t>(asked));
    fakes::run_until(lab.loop, [&] { return exchange.finished(); });
    CHECK(exchange.status() == (spare ? 200 : 503));
    CHECK(lab.counters.link_failures == (spare ? 0 : 1));
    CHECK(exchange.field("retry-after").empty() == spare);
  }
}

TEST_CASE("a domain that is no longer configured is no longer served") {
  LinkLab lab;
  lab.add_core();
  lab.gateway.set_settings(
      std::make_shared<const GatewaySettings>(GatewaySettings{{"other.example"}}));
  CHECK(lab.serve(lab.make().with("Authorization", lab.basic())).status() == 404);
}

TEST_CASE("each exchange has an id of its own in the log, its refusal the reason") {
  LinkLab lab;
  lab.serve(lab.make());
  lab.serve(lab.make(host_path("foreign.example", "/x")));
  const std::string text = lab.sink.text();
  CHECK(text.find("Reason=\"neither session nor credentials\"") != std::string::npos);
  CHECK(text.find("Reason=\"domain foreign.example is not served here\"") != std::string::npos);
  const std::string_view key = "Txn-id=\"";
  const auto first = text.substr(text.find(key), 30);
  const auto last = text.substr(text.rfind(key), 30);
  CHECK(first != last);
  CHECK(text.find("Msg=\"GET https://") != std::string::npos);
}

}  // namespace
}  // namespace edge
