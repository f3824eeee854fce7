#include "core/relay.h"

#include <doctest/doctest.h>

#include "tests/core/relay_lab.h"

namespace core {
namespace {

namespace http = net::http;

TEST_CASE("the head for a server inside is the client's, without what is ours, with this hop") {
  net::StreamInfo stream;
  stream.remote = {*base::parse_ip("10.106.4.81"), 7001};
  stream.local = {*base::parse_ip("10.106.4.85"), 40000};
  const http::Peer edge{stream, {}, true};
  http::RequestHead request;
  request.method = "PUT";
  request.scheme = "http";
  request.authority = "vcs_control.lab.example:8443";
  request.content_length = 12;
  const std::pair<const char*, const char*> fields[] = {
      {"Accept", "*/*"},
      {"Cookie", "a=1; X-Auth=secret; b=2"},
      {"cookie", "x-auth=secret"},
      {"Authorization", "Basic abc"},
      {"X-Forwarded-For", "203.0.113.7"},
      {"Via", "https/1.1 vcs[0A6A0451]"},
      {"sallyport-txn", "372"},
      {"Sallyport-Flow", "f10e"},
  };
  for (const auto& [name, value] : fields)
    request.fields.add(name, value);
  const http::RequestHead head =
      upstream_head(request, {policy::Scheme::Https, kPub, 8443}, "/x?y", edge);
  CHECK(head.method == "PUT");
  CHECK(head.scheme == "https");
  CHECK(head.authority == "ucm-pub.lab.example:8443");
  CHECK(head.target == "/x?y");
  CHECK(head.content_length == 12u);
  CHECK(head.fields.size() == 5);
  CHECK(head.fields.joined("cookie") == "a=1; b=2");
  CHECK(head.fields.joined("authorization") == "Basic abc");
  CHECK(head.fields.joined("x-forwarded-for") == "203.0.113.7, 10.106.4.81");
  CHECK(head.fields.joined("via") == "https/1.1 vcs[0A6A0451], http/1.1 vcs[0A6A0455]");
  CHECK(upstream_head(request, {policy::Scheme::Http, "2001:db8::1", 6970}, "/", edge).authority ==
        "[2001:db8::1]:6970");
}

TEST_CASE("a server inside sets no session and names no host inside") {
  http::Fields fields;
  const std::pair<const char*, const char*> given[] = {
      {"Set-Cookie", "JSESSIONID=1; Path=/"}, {"Via", "1.1 inside"},
      {"set-cookie", "X-Auth=evil; Path=/"},  {"Set-Cookie", " x-auth =evil"},
      {"Set-Cookie", "X-Authority=kept"},     {"Content-Type", "text/xml"},
  };
  for (const auto& [name, value] : given)
    fields.add(name, value);
  clean_answer(fields);
  CHECK(fields.all("set-cookie") ==
        std::vector<std::string_view>{"JSESSIONID=1; Path=/", "X-Authority=kept"});
  CHECK_FALSE(fields.get("via"));
  CHECK(fields.get("content-type") == "text/xml");
}

TEST_CASE("a core that has just started says so, and forbids nothing it does not know yet") {
  RelayLab lab;
  lab.discoveries.clear();
  lab.discoveries.push_back(std::make_unique<Discovery>(lab.loop, lab.resolver, lab.pool, lab.log,
                                                        kDomain, FixedNodes{}, [] {}));
  lab.relay.set_domains(lab.discoveries);
  lab.use_rules({});
  CHECK(lab.get_with_session(lab.uds("/cucm-uds/version")).status() == 503);
  fakes::run_until(lab.loop, [&] { return lab.discoveries.front()->settled(); });
  lab.use_rules({});
  CHECK(lab.get_with_session(lab.uds("/cucm-uds/version")).status() == 200);
}

TEST_CASE("a session reaches its call manager, and the answer comes back") {
  RelayLab lab;
  const fakes::Exchange& exchange = lab.get_with_session(lab.uds("/cucm-uds/version?a=b"));
  CHECK(exchange.status() == 200);
  CHECK(exchange.body() == "served\n");
  const auto& request = lab.pub.uds->web.requests.back();
  CHECK(request.head.target == "/cucm-uds/version?a=b");
  CHECK(request.head.authority == "ucm-pub.lab.example:8443");
  CHECK(request.head.fields.count("cookie") == 0);
  CHECK(lab.counters.relayed == 1);
  CHECK(lab.relay.active_count() == 0);
  const std::string log = lab.sink.text();
  CHECK(log.find("Txn-id=\"372\"") != std::string::npos);
  CHECK(log.find("Src-ip=\"" + base::to_string(lab.pub.address)) != std::string::npos);
}

TEST_CASE("an answer loses what no server inside may say to a client") {
  RelayLab lab;
  lab.pub.uds->web.reply = [](const fakes::WebHandler::Request&) {
    http::TextResponse response = http::text_response(200, "served");
    response.head.fields.add("Via", "1.1 inside");
    response.head.fields.add("Set-Cookie", "X-Auth=evil; Path=/");
    response.head.fields.add("Set-Cookie", "JSESSIONID=1; Path=/");
    return response;
  };
  const fakes::Exchange& exchange = lab.get_with_session(lab.uds("/cucm-uds/version"));
  CHECK(exchange.status() == 200);
  CHECK(exchange.field("via").empty());
  CHECK(exchange.field("set-cookie") == "JSESSIONID=1; Path=/");
}

TEST_CASE("each refusal has its status, and nothing of it reaches the inside") {
  RelayLab lab;
  struct Case {
    const char* what;
    std::string target;
    std::string method;
    int status;
  };
  const auto other = [](const char* scheme, const char* host, const char* port) {
    return host_path(std::string("lab.example/") + scheme + "/" + host + "/" + port,
                     "/cucm-uds/version");
  };
  const Case cases[] = {
      {"no host path", "/", "GET", 400},
      {"bad host path", "/%%%/x", "GET", 400},
      {"foreign domain", host_path("other.example", "/get_edge_config"), "GET", 404},
      {"foreign domain with a host",
       host_path("other.example/https/ucm-pub.lab.example/8443", "/cucm-uds/version"), "GET", 404},
      {"no such resource", host_path("lab.example", "/other"), "GET", 404},
      {"unlisted host", other("https", "imp-pub.lab.example", "8443"), "GET", 403},
      {"loopback", other("https", "127.0.0.1", "8443"), "GET", 403},
      {"metadata service", other("http", "169.254.169.254", "80"), "GET", 403},
      {"other port", other("https", kPub, "22"), "GET", 403},
      {"other scheme", other("http", kPub, "8443"), "GET", 403},
      {"other path", lab.uds("/ccmadmin/"), "GET", 403},
      {"out of the folder", lab.uds("/cucm-uds/../ccmadmin/"), "GET", 403},
      {"escaped out of the folder", lab.uds("/cucm-uds/%2e%2e/ccmadmin/"), "GET", 403},
      {"other method", lab.uds("/cucm-uds/version"), "DELETE", 403},
      {"method in lower case", lab.uds("/cucm-uds/version"), "get", 403},
      {"somebody else's device", lab.files("/RKnotts.cnf.xml"), "GET", 403},
      {"own device in another case", lab.files("/mdonald.cnf.xml"), "GET", 403},
      {"unknown file", lab.files("/passwords.txt"), "GET", 403},
  };
  for (const Case& c : cases) {
    CAPTURE(c.what);
    CHECK(lab.get_with_session(c.target, c.method).status() == c.status);
  }
  CHECK(lab.served() == 0);
  CHECK(lab.counters.relayed == 0);
  CHECK(lab.counters.refused_access == 13);
}

TEST_CASE("a session fetches its own device's files and those of everybody") {
  RelayLab lab;
  for (const char* file : {"/MDonald.cnf.xml", "/MDonald.cnf.xml?x=1", "/SPDefault.cnf.xml",
                           "/jabber-config.xml", "/CUPC/AppDialRules.xml"}) {
    CAPTURE(file);
    CHECK(lab.get_with_session(lab.files(file)).status() == 200);
  }
  CHECK(lab.pub.files->web.requests.size() == 5);
}

TEST_CASE("who asks is proven by a valid session") {
  RelayLab lab;
  const std::string target = lab.uds("/cucm-uds/version");
  policy::SessionToken expired = lab.token();
  expired.issued -= std::chrono::hours{10};
  expired.expires = expired.issued + std::chrono::hours{8};
  policy::SessionToken foreign = lab.token();
  foreign.domain = "other.example";
  const std::string revoked = lab.cookie();
  lab.revocations.add(
      policy::Revocation::of_user(kUser, kDomain, lab.token().issued, std::chrono::hours{8}),
      lab.clock.now());
  lab.clock.advance(std::chrono::seconds{2});
  const std::string good = lab.cookie();
  struct Case {
    const char* what;
    std::string cookie;
    int status;
  };
  const Case cases[] = {
      {"good", good, 200},
      {"good beside others", "a=b; " + good, 200},
      {"none", "a=b", 401},
      {"made up", "X-Auth=made-up", 401},
      {"empty", "X-Auth=", 401},
      {"two", good + "; " + good, 401},
      {"expired", lab.cookie(expired), 401},
      {"of another domain", lab.cookie(foreign), 401},
      {"revoked", revoked, 401},
      {"changed", good + "A", 401},
  };
  for (const Case& c : cases) {
    CAPTURE(c.what);
    const fakes::Exchange& exchange = lab.serve(lab.make(target).with("Cookie", c.cookie));
    CHECK(exchange.status() == c.status);
    CHECK((exchange.field("www-authenticate") == "Basic realm=\"Cisco-Edge\"") ==
          (c.status == 401));
  }
  CHECK(lab.served() == 2);
}

TEST_CASE("who may not sign in from outside any more is out, session or not") {
  RelayLab lab;
  policy::AccessRules rules;
  rules.denied = {kUser};
  lab.authorizer.set_access(std::make_shared<const policy::Access>(rules));
  CHECK(lab.get_with_session(lab.uds("/cucm-uds/version")).status() == 403);
  CHECK(lab.serve(lab.make(lab.uds("/cucm-uds/version")).with("Authorization", lab.basic()))
            .status() == 403);
  CHECK(lab.served() == 0);
}

TEST_CASE("credentials are asked about once, then remembered") {
  RelayLab lab;
  const std::string target = lab.files("/MDonald.cnf.xml");
  for (int i = 0; i < 3; ++i) {
    CHECK(lab.serve(lab.make(target).with("Authorization", lab.basic())).status() == 200);
  }
  CHECK(lab.sub.uds->web.count("/cucm-uds/user/mac.donald/devices") == 1);
  CHECK(lab.pub.files->web.requests.size() == 3);
}

TEST_CASE("bad credentials are 401 and go nowhere") {
  RelayLab lab;
  const std::string target = lab.uds("/cucm-uds/version");
  const std::string cases[] = {lab.basic(kUser, "wrong"),
                               lab.basic("nobody"),
                               lab.basic("../mac"),
                               lab.basic("mac@other.example"),
                               "Basic ???",
                               "Bearer abc",
                               ""};
  for (const std::string& value : cases) {
    CAPTURE(value);
    CHECK(lab.serve(lab.make(target).with("Authorization", value)).status() == 401);
  }
  CHECK(lab.serve(lab.make(target)
                      .with("Authorization", lab.basic())
                      .with("Authorization", lab.basic("rknotts")))
            .status() == 401);
  CHECK(lab.served() == 0);
}

TEST_CASE("no password is tried where nothing may be asked anyway") {
  RelayLab lab;
  const std::string target =
      host_path("lab.example/https/imp-pub.lab.example/8443", "/cucm-uds/version");
  CHECK(lab.serve(lab.make(target).with("Authorization", lab.basic())).status() == 403);
  CHECK(lab.sub.uds->web.count("/cucm-uds/user/mac.donald/devices") == 0);
}

TEST_CASE("an expired session with good credentials goes on") {
  RelayLab lab;
  fakes::Exchange& exchange = lab.make(lab.uds("/cucm-uds/version"));
  exchange.with("Cookie", "X-Auth=made-up").with("Authorization", lab.basic());
  CHECK(lab.serve(exchange).status() == 200);
}

TEST_CASE("a body waits while the password is checked, then arrives whole") {
  RelayLab lab;
  fakes::Exchange& exchange = lab.make(lab.uds("/cucm-uds/user/mac.donald"), "PUT");
  exchange.with("Authorization", lab.basic());
  exchange.head().content_length = 10;
  lab.relay.handle(exchange);
  CHECK(exchange.paused());
  CHECK(lab.served() == 0);
  fakes::run_until(lab.loop, [&] { return !exchange.paused(); });
  exchange.send_body("01234");
  exchange.send_body("56789");
  exchange.send_end();
  fakes::run_until(lab.loop, [&] { return exchange.finished(); });
  CHECK(exchange.status() == 200);
  CHECK(lab.pub.uds->web.requests.back().body == "0123456789");
}

TEST_CASE("a body whose password is wrong flows again, to nobody") {
  RelayLab lab;
  fakes::Exchange& exchange = lab.make(lab.uds("/cucm-uds/user/mac.donald"), "PUT");
  exchange.with("Authorization", lab.basic(kUser, "wrong"));
  exchange.head().content_length = 10;
  lab.relay.handle(exchange);
  fakes::run_until(lab.loop, [&] { return exchange.finished(); });
  CHECK(exchange.status() == 401);
  CHECK_FALSE(exchange.paused());
  exchange.send_body("0123456789");
  exchange.send_end();
  CHECK(lab.served() == 0);
}

TEST_CASE("a client that leaves while its password is checked leaves nothing behind") {
  RelayLab lab;
  for (int turns = 0; turns < 10; ++turns) {
    fakes::Exchange& exchange = lab.make(lab.uds("/cucm-uds/version"));
    exchange.with("Authorization", lab.basic("rknotts"));
    lab.relay.handle(exchange);
    fakes::run_turns(lab.loop, turns);
    if (exchange.has_job()) exchange.fail();
    fakes::run_turns(lab.loop, 3);
  }
  CHECK(lab.relay.active_count() == 0);
}

TEST_CASE("the call manager's own 401 passes through with its realm") {
  RelayLab lab;
  lab.pub.uds->web.reply = [](const fakes::WebHandler::Request&) {
    http::TextResponse response = http::text_response(401, "not yours");
    response.head.fields.add("WWW-Authenticate", "Basic realm=\"Cisco Web Services Realm\"");
    return response;
  };
  const fakes::Exchange& exchange = lab.get_with_session(lab.uds("/cucm-uds/user/rknotts"));
  CHECK(exchange.status() == 401);
  CHECK(exchange.field("www-authenticate") == "Basic realm=\"Cisco Web Services Realm\"");
}

TEST_CASE("a call manager that is away is 502, and is served again when it returns") {
  RelayLab lab;
  lab.pub.uds->stop();
  const fakes::Exchange& refused = lab.get_with_session(lab.uds("/cucm-uds/version"));
  CHECK(refused.status() == 502);
  CHECK(refused.field("www-authenticate").empty());
  CHECK(lab.counters.upstream_failures == 1);
  REQUIRE(lab.pub.uds->start_again());
  CHECK(lab.get_with_session(lab.uds("/cucm-uds/version")).status() == 200);
}

TEST_CASE("a rule that names an address lets it be asked, others stay out") {
  RelayLab lab;
  policy::Rule rule;
  rule.name = "files by address";
  rule.scheme = policy::Scheme::Http;
  rule.host = "127.9.9.9";
  rule.port = 8080;
  rule.path = "/em/";
  lab.use_rules({rule});
  const auto target = [](const char* host) {
    return host_path(std::string("lab.example/http/") + host + "/8080", "/em/x");
  };
  lab.resolver.add_host("127.9.9.9", {"127.9.9.9"});
  CHECK(lab.get_with_session(target("127.9.9.9")).status() == 502);  // nobody listens there
  CHECK(lab.get_with_session(target("127.9.9.8")).status() == 403);
}

}  // namespace
}  // namespace core
