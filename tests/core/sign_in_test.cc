#include "core/sign_in.h"

#include <doctest/doctest.h>

#include <pugixml.hpp>

#include "tests/core/relay_lab.h"

namespace core {
namespace {

std::string target(std::string_view query = {}) {
  return host_path(kDomain, "/get_edge_config") + std::string(query);
}

struct Lab : RelayLab {
  fakes::Exchange& sign_in(std::string where = target(), std::string method = "GET") {
    return serve(make(std::move(where), std::move(method)).with("Authorization", basic()));
  }
};

std::vector<std::string> service_names(const std::string& body) {
  pugi::xml_document xml;
  REQUIRE(xml.load_string(body.c_str()));
  std::vector<std::string> names;
  for (const auto service :
       xml.child("getEdgeConfigResponse").child("serviceConfig").children("service")) {
    names.emplace_back(service.child("name").text().get());
  }
  return names;
}

TEST_CASE("a sign-in gives the configuration and a session that holds the devices") {
  Lab lab;
  lab.devices = {"MDonald", "TABMDON"};
  const fakes::Exchange& exchange = lab.sign_in();
  REQUIRE(exchange.status() == 200);
  CHECK(exchange.field("content-type") == "text/xml");
  CHECK(exchange.field("cache-control") == "no-store");
  const std::string cookie = exchange.field("set-cookie");
  const std::string_view end = "; Path=/; Secure; HttpOnly";
  REQUIRE(cookie.starts_with("X-Auth="));
  REQUIRE(cookie.ends_with(end));
  const auto verdict =
      lab.sessions.check(cookie.substr(7, cookie.size() - 7 - end.size()), lab.clock.now());
  REQUIRE(verdict);
  CHECK(verdict.token->user == kUser);
  CHECK(verdict.token->domain == kDomain);
  CHECK(verdict.token->realm == "core.lab.example");
  CHECK(verdict.token->devices == lab.devices);
  CHECK(verdict.token->expires - verdict.token->issued == std::chrono::hours{8});
  CHECK(lab.counters.sign_ins == 1);

  pugi::xml_document xml;
  REQUIRE(xml.load_string(exchange.body().c_str()));
  const auto edges = xml.child("getEdgeConfigResponse").child("edgeConfig");
  const auto first = [&](const char* list) {
    const auto server = edges.child(list).child("server");
    return std::string(server.child("address").text().get()) + ":" +
           server.child("tlsPort").text().get();
  };
  CHECK(first("sipEdgeServer") == "edge.lab.example:5061");
  CHECK(first("xmppEdgeServer") == "edge.lab.example:5222");
  CHECK(first("httpEdgeServer") == "edge.lab.example:8443");
  CHECK(first("userUdsServer") == "ucm-sub.lab.example:8443");
  CHECK(std::string(edges.child("sipRequest").child("route").text().get()) ==
        "<sip:core.lab.example:5061;transport=tls;zone-id=1;directed;lr>");
}

TEST_CASE("the services are those asked for, then TFTP, then the TFTP addresses") {
  Lab lab;
  using Names = std::vector<std::string>;
  const Names usual = {"_cisco-uds", "_cuplogin", "_cisco-phone-tftp", "tftpServer"};
  CHECK(service_names(lab.sign_in().body()) == usual);
  CHECK(service_names(lab.sign_in(host_path(kDomain, "/get_edge_config/")).body()) == usual);
  CHECK(service_names(lab.sign_in(target("?service_name=_cuplogin")).body()) ==
        Names{"_cuplogin", "_cisco-phone-tftp", "tftpServer"});
  CHECK(service_names(lab.sign_in(target("?service_name=_cisco-phone-tftp&service_name=_cisco-uds"))
                          .body()) == Names{"_cisco-phone-tftp", "_cisco-uds", "tftpServer"});
}

TEST_CASE("a service that the core does not know is a NameError, and no question to the DNS") {
  Lab lab;
  lab.resolver.asked.clear();
  const std::string body = lab.sign_in(target("?service_name=_evil")).body();
  CHECK(body.find("<name>_evil</name><error>NameError</error>") != std::string::npos);
  for (const std::string& name : lab.resolver.asked)
    CHECK(name.find("evil") == std::string::npos);
}

TEST_CASE("what a sign-in must be is checked before anybody is asked") {
  Lab lab;
  struct Case {
    const char* what;
    std::string target;
    std::string method;
    std::vector<std::string> authorization;
    int status;
  };
  const std::string good = RelayLab::basic();
  const Case cases[] = {
      {"post", target(), "POST", {good}, 403},
      {"bad service", target("?service_name=x"), "GET", {good}, 400},
      {"no credentials", target(), "GET", {}, 401},
      {"two credentials", target(), "GET", {good, good}, 401},
      {"other scheme", target(), "GET", {"Bearer x"}, 401},
      {"no base64", target(), "GET", {"Basic !"}, 401},
      {"other domain", target(), "GET", {RelayLab::basic("mac@other.example")}, 401},
      {"a path for a name", target(), "GET", {RelayLab::basic("../x")}, 401},
  };
  for (const Case& c : cases) {
    CAPTURE(c.what);
    fakes::Exchange& exchange = lab.make(c.target, c.method);
    for (const std::string& value : c.authorization)
      exchange.with("Authorization", value);
    CHECK(lab.serve(exchange).status() == c.status);
    CHECK(exchange.field("set-cookie").empty());
  }
  CHECK(lab.pub.uds->web.count("/cucm-uds/clusterUser?username=mac.donald") == 0);
}

TEST_CASE("a session alone signs nobody in") {
  Lab lab;
  CHECK(lab.serve(lab.make(target()).with("Cookie", lab.cookie())).status() == 401);
}

TEST_CASE("a wrong password and a call manager that is away are told apart") {
  Lab lab;
  lab.right_password = "other";
  CHECK(lab.sign_in().status() == 401);
  CHECK(lab.counters.refused_credentials == 1);
  lab.pub.uds->stop();
  lab.sub.uds->stop();
  const fakes::Exchange& away = lab.sign_in();
  CHECK(away.status() == 502);
  CHECK(away.field("www-authenticate").empty());
  CHECK(lab.counters.sign_ins == 0);
}

TEST_CASE("HEAD gets the head and the cookie, no body") {
  Lab lab;
  const fakes::Exchange& exchange = lab.sign_in(target(), "HEAD");
  CHECK(exchange.status() == 200);
  CHECK(exchange.body().empty());
  CHECK_FALSE(exchange.field("set-cookie").empty());
}

TEST_CASE("the cookie is for several edges when they share sign-ins") {
  Lab lab;
  auto settings = std::make_shared<SignInSettings>();
  settings->cookie_domain = "lab.example";
  settings->lifetime = std::chrono::minutes{5};
  lab.relay.set_sign_in(settings);
  CHECK(lab.sign_in().field("set-cookie").find("; Domain=lab.example") != std::string::npos);
}

TEST_CASE("more devices than a session can hold leave a session that is good") {
  Lab lab;
  lab.devices.clear();
  for (int i = 0; i < 400; ++i)
    lab.devices.push_back("SEP" + std::to_string(100'000 + i));
  lab.devices.insert(lab.devices.begin(), std::string(300, 'x'));
  const fakes::Exchange& exchange = lab.sign_in();
  REQUIRE(exchange.status() == 200);
  CHECK(exchange.field("set-cookie").size() < 4096);
}

TEST_CASE("a client that leaves while it is signed in leaves nothing behind") {
  Lab lab;
  for (int turns = 0; turns < 10; ++turns) {
    fakes::Exchange& exchange = lab.make(target()).with("Authorization", lab.basic("rknotts"));
    lab.relay.handle(exchange);
    fakes::run_turns(lab.loop, turns);
    if (exchange.has_job() && !exchange.responded()) exchange.fail();
    fakes::run_turns(lab.loop, 3);
  }
}

}  // namespace
}  // namespace core
