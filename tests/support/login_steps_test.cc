#include "support/login_steps.h"

#include <doctest/doctest.h>

#include <optional>

#include "base/base64.h"
#include "support/edge_connection.h"
#include "support/login.h"
#include "tests/fakes/run_loop.h"
#include "tests/support/fake_edge.h"
#include "tests/support/fake_resolver.h"
#include "tests/support/has.h"
#include "tests/support/recording_report.h"

namespace support {
namespace {

using Names = std::vector<std::string>;

const Names kEdgeNames = {"DNS:edge1.uclab.com", "DNS:edge2.uclab.com"};

// One or two edges, a DNS that names them, and a client.
struct Lab {
  explicit Lab(const Names& names = kEdgeNames, net::http::ServerLimits limits = {})
      : edge(loop, ca, names, limits) {
    resolver.add_service("_collab-edge._tls.uclab.com", {{10, 0, edge.port(), "edge1.uclab.com"}});
    resolver.add_host("edge1.uclab.com", {"127.0.0.1"});
  }

  void add_second(FakeEdge& second) {
    resolver.add_service("_collab-edge._tls.uclab.com", {{20, 0, second.port(), "edge2.uclab.com"},
                                                         {10, 0, edge.port(), "edge1.uclab.com"}});
    resolver.add_host("edge2.uclab.com", {"127.0.0.1"});
  }

  LoginSummary run() {
    net::TlsClientOptions tls;
    tls.trust = ca.trust();
    tls.alpn = {http2 ? "h2" : "http/1.1"};
    EdgeConnectionOptions options;
    options.tls = *net::TlsContext::client(tls);
    options.domain = "uclab.com";
    options.http2 = http2;
    options.limit = limit;
    options.watch = [this](const std::string& text) { heads += text; };
    EdgeConnection connection(loop, std::move(options));
    SignIn sign_in{{"mac.donald", "uclab.com", "s3cret", device},
                   resolver,
                   connection,
                   [](std::uint32_t) { return 0u; },
                   {},
                   {}};
    Login login(loop, "mac.donald@uclab.com", login_steps(sign_in), report);
    login.start([](const LoginSummary&) {});
    fakes::run_until(loop, [this] { return report.summary.has_value(); });
    return *report.summary;
  }

  const StepOutcome& outcome(std::string_view id) const { return report.outcome(id); }
  std::string ids() const { return report.ids(); }

  net::Loop loop;
  fakes::TestCa ca;
  FakeEdge edge;
  FakeResolver resolver{loop};
  RecordingReport report;
  std::string heads;
  std::string device;
  bool http2 = false;
  std::chrono::milliseconds limit{5'000};
};

TEST_CASE("a whole sign-in takes the steps of a client, over HTTP/1.1 and over HTTP/2") {
  for (const bool http2 : {false, true}) {
    CAPTURE(http2);
    Lab lab;
    lab.http2 = http2;
    const LoginSummary summary = lab.run();
    for (const StepReport& step : lab.report.steps) {
      INFO(step.id, ": ", step.outcome.result, " ", step.outcome.problem);
      CHECK(step.outcome.status == StepStatus::Ok);
    }
    CHECK(summary.ok);
    CHECK(lab.ids() ==
          "inside find-edge connect edge-config version cluster-user servers devices user "
          "device-file service-profile client-config dial-rules lookup-rules ");
    CHECK(has(lab.outcome("connect").result, http2 ? "HTTP/2" : "HTTP/1.1"));
    CHECK(has(lab.outcome("connect").result, "DNS:edge1.uclab.com"));
    CHECK(lab.outcome("client-config").http_status == 404);
    CHECK(has(lab.outcome("device-file").where, "http://uclabcucm-pub:6970/MDonald.cnf.xml"));
  }
}

TEST_CASE("the password goes with the sign-in and the user's own documents, the cookie with all") {
  Lab lab;
  REQUIRE(lab.run().ok);
  const std::string basic = "Basic " + base::encode_base64("mac.donald:s3cret");
  REQUIRE(lab.edge.requests.size() == 11);
  for (std::size_t i = 0; i < lab.edge.requests.size(); ++i) {
    CAPTURE(i);
    const net::http::RequestHead& request = lab.edge.requests[i];
    const bool with_password = i == 0 || i == 4 || i == 5;  // edge config, devices, user
    CHECK(request.fields.get("Authorization").value_or("") == (with_password ? basic : ""));
    CHECK(request.fields.get("Cookie").value_or("") == (i == 0 ? "" : "X-Auth=t0ken"));
    CHECK(request.method == "GET");
  }
  CHECK(!has(lab.heads, "t0ken"));
  CHECK(!has(lab.heads, basic));
  CHECK(has(lab.heads, "Authorization: xxxxx"));
}

TEST_CASE("an edge that closes after each answer is dialled again each time") {
  net::http::ServerLimits limits;
  limits.requests = 1;
  Lab lab(kEdgeNames, limits);
  CHECK(lab.run().ok);
}

TEST_CASE("a refused sign-in stops there and says why") {
  struct Case {
    Reply reply;
    std::string_view problem;
  };
  const std::pair<std::string, std::string> challenge = {"WWW-Authenticate",
                                                         "Basic realm=\"Cisco-Edge\""};
  const std::pair<std::string, std::string> plain = {"Content-Type", "text/plain"};
  const Case cases[] = {
      {{401, "no", {challenge, plain}}, "wrong user name or password"},
      {{403, "no", {plain}}, "not enabled for remote access"},
      {{404, "no", {plain}}, "does not serve this domain"},
      {{429, "no", {plain, {"Retry-After", "120"}}}, "after 120 s"},
      {{502, "no", {plain}}, "no usable answer"},
      {{503, "no", {plain, {"Retry-After", "1"}}}, "no link to a core"},
      {{504, "no", {plain}}, "did not answer the core in time"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.reply.status);
    Lab lab;
    lab.edge.edge_config() = c.reply;
    const LoginSummary summary = lab.run();
    CHECK(!summary.ok);
    CHECK(lab.ids() == "inside find-edge connect edge-config ");
    const StepOutcome& outcome = lab.outcome("edge-config");
    CHECK(outcome.http_status == c.reply.status);
    CHECK(outcome.said == "no");
    CHECK(has(outcome.problem, c.problem));
    CHECK(!outcome.advice.empty());
  }
}

TEST_CASE("an answer a client could not use is a failed sign-in, a careless one a note") {
  struct Case {
    Reply reply;
    StepStatus status;
    std::string_view problem;
  };
  const std::pair<std::string, std::string> xml = {"Content-Type", "text/xml; charset=utf-8"};
  const std::pair<std::string, std::string> good = {"Set-Cookie", "X-Auth=a; Secure; HttpOnly"};
  const Case cases[] = {
      {{200, "<html/>", {xml, good}}, StepStatus::Stop, "<html>"},
      {{200, seed::kEdgeConfig, {xml}}, StepStatus::Stop, "no X-Auth cookie"},
      {{200, seed::kEdgeConfig, {xml, {"Set-Cookie", "X-Auth=a"}}}, StepStatus::Note, "Secure"},
      {{200, seed::kEdgeConfig, {good}}, StepStatus::Note, "text/xml"},
      {{200, seed::kEdgeConfig, {xml, good}}, StepStatus::Ok, ""},
  };
  for (const Case& c : cases) {
    CAPTURE(c.problem);
    Lab lab;
    lab.edge.edge_config() = c.reply;
    CHECK(lab.run().ok == (c.status != StepStatus::Stop));
    CHECK(lab.outcome("edge-config").status == c.status);
    CHECK(has(lab.outcome("edge-config").problem, c.problem));
  }
}

TEST_CASE("an edge that is down gives way to the next one") {
  Lab lab;
  FakeEdge second(lab.loop, lab.ca, kEdgeNames);
  lab.add_second(second);
  lab.edge.stop_listening();
  CHECK(lab.run().ok);
  CHECK(lab.outcome("connect").status == StepStatus::Note);
  CHECK(has(lab.outcome("connect").where, "edge2.uclab.com"));
  CHECK(has(lab.outcome("connect").result, "tried before: edge1.uclab.com"));
}

TEST_CASE("an edge without a core gives way to the next one") {
  Lab lab;
  FakeEdge second(lab.loop, lab.ca, kEdgeNames);
  lab.add_second(second);
  lab.edge.edge_config() = {503, "no link", {{"Content-Type", "text/plain"}}};
  CHECK(lab.run().ok);
  CHECK(lab.ids().starts_with("inside find-edge connect edge-config connect edge-config version "));
  CHECK(lab.report.steps[3].outcome.status == StepStatus::Retry);
  CHECK(second.requests.size() == 11);
}

TEST_CASE("the edge must prove its own name or the domain's service, and nothing else") {
  struct Case {
    Names names;
    bool accepted;
  };
  const Case cases[] = {
      {{"DNS:edge1.uclab.com"}, true},
      {{"DNS:*.uclab.com"}, true},
      {{"DNS:other.uclab.com"}, false},
      {{"DNS:uclab.com"}, false},
      {{"DNS:edge1.evil.com"}, false},
      {{"IP:127.0.0.1"}, false},
      {{"otherName:1.3.6.1.5.5.7.8.7;IA5STRING:_collab-edge._tls.uclab.com"}, true},
      {{"otherName:1.3.6.1.5.5.7.8.7;IA5STRING:_collab-edge._tls.evil.com"}, false},
  };
  for (const Case& c : cases) {
    CAPTURE(c.names[0]);
    Lab lab(c.names);
    CHECK(lab.run().ok == c.accepted);
    if (c.accepted) continue;
    CHECK(has(lab.outcome("connect").problem, "certificate is not accepted"));
    CHECK(lab.edge.requests.empty());
  }
}

TEST_CASE("nothing is sent to an edge whose certificate nobody vouches for") {
  Lab lab;
  const fakes::TestCa stranger("stranger");
  FakeEdge impostor(lab.loop, stranger, kEdgeNames);
  lab.resolver.add_service("_collab-edge._tls.uclab.com",
                           {{0, 0, impostor.port(), "edge1.uclab.com"}});
  CHECK(!lab.run().ok);
  CHECK(has(lab.outcome("connect").problem, "certificate is not accepted"));
  CHECK(impostor.requests.empty());
}

TEST_CASE("a server inside that fails gives way to the next one") {
  Lab lab;
  lab.edge.inside("https://uclabcucm-sub.uclab.com:8443/cucm-uds/version") = {502, "", {}};
  lab.edge.inside("https://uclabcucm-pub.uclab.com:8443/cucm-uds/version") = {
      200, seed::kVersion, {}};
  lab.edge.inside("http://uclabcucm-pub:6970/SPDefault.cnf.xml") = {504, "", {}};
  lab.edge.inside("http://uclabcucm-sub:6970/SPDefault.cnf.xml") = {200, "<serviceProfile/>", {}};
  CHECK(lab.run().ok);
  CHECK(lab.outcome("version").status == StepStatus::Note);
  CHECK(has(lab.outcome("version").result, "uclabcucm-sub.uclab.com:8443 gave 502"));
  CHECK(has(lab.outcome("service-profile").result, "uclabcucm-pub:6970 gave 504"));
}

TEST_CASE("one bad document does not hide the others") {
  struct Case {
    Reply reply;
    std::string_view problem;
  };
  const Case cases[] = {
      {{403, "", {}}, "own user"},
      {{404, "", {}}, "no configuration file"},
      {{200, "", {}}, "empty"},
      {{200, "<devices/>", {}}, "<devices> instead of <device>"},
      {{200, "<device>", {}}, "not XML"},
      {{200, "<!DOCTYPE x><device/>", {}}, "DOCTYPE"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.problem);
    Lab lab;
    lab.edge.inside("http://uclabcucm-pub:6970/MDonald.cnf.xml") = c.reply;
    const LoginSummary summary = lab.run();
    CHECK(!summary.ok);
    CHECK(summary.failed == 1);
    CHECK(summary.steps == 14);
    CHECK(has(lab.outcome("device-file").problem, c.problem));
  }
}

TEST_CASE("a user without a device signs in without calls, and files come by the servers' names") {
  Lab lab;
  lab.edge.inside("https://uclabcucm-pub:8443/cucm-uds/user/mac.donald/devices") = {
      200, "<devices/>", {}};
  CHECK(lab.run().ok);
  CHECK(lab.outcome("devices").status == StepStatus::Note);
  CHECK(!has(lab.ids(), "device-file"));
  CHECK(lab.outcome("service-profile").status == StepStatus::Ok);
}

TEST_CASE("a device that was asked for must be the user's") {
  Lab lab;
  lab.device = "Other";
  CHECK(!lab.run().ok);
  CHECK(has(lab.outcome("devices").problem, "no device Other"));
  CHECK(has(lab.outcome("devices").problem, "MDonald"));
}

TEST_CASE("what the DNS says is told apart") {
  struct Case {
    dns::Outcome outcome;
    std::string_view problem;
  };
  const Case cases[] = {
      {dns::Outcome::NameError, "names no edge"},
      {dns::Outcome::ServerError, "gave no answer (SERVFAIL)"},
      {dns::Outcome::Timeout, "gave no answer (SERVFAIL)"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.problem);
    Lab lab;
    lab.resolver.services["_collab-edge._tls.uclab.com"] = {c.outcome, {}, {}, "SERVFAIL"};
    CHECK(!lab.run().ok);
    CHECK(lab.ids() == "inside find-edge ");
    CHECK(has(lab.outcome("find-edge").problem, c.problem));
    CHECK(lab.resolver.asked == Names{"_cisco-uds._tcp.uclab.com", "_cuplogin._tcp.uclab.com",
                                      "_collab-edge._tls.uclab.com"});
  }
}

TEST_CASE("a machine that sees the inside is told so, and an edge without address is named") {
  Lab inside;
  inside.resolver.add_service("_cisco-uds._tcp.uclab.com", {{0, 0, 8443, "ucm.uclab.com"}});
  CHECK(inside.run().ok);
  CHECK(inside.outcome("inside").status == StepStatus::Note);
  CHECK(has(inside.outcome("inside").problem, "servers inside"));

  Lab nowhere;
  nowhere.resolver.hosts.clear();
  CHECK(!nowhere.run().ok);
  CHECK(has(nowhere.outcome("connect").problem, "no address for edge1.uclab.com"));
}

TEST_CASE("an edge that never answers is left after the limit") {
  Lab lab;
  lab.edge.silent = true;
  lab.limit = std::chrono::milliseconds(200);
  CHECK(!lab.run().ok);
  CHECK(has(lab.outcome("edge-config").problem, "no answer in time"));
}

}  // namespace
}  // namespace support
