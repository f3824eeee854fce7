#include "support/sip_steps.h"

#include <doctest/doctest.h>

#include <chrono>

#include "support/login.h"
#include "tests/fakes/run_loop.h"
#include "tests/support/sip_lab.h"

namespace support {
namespace {

TEST_CASE("a registration takes its steps, and what was opened is closed") {
  SipLab lab;
  const LoginSummary summary = lab.run();
  for (const StepReport& step : lab.report.steps) {
    INFO(step.id, ": ", step.outcome.result, " ", step.outcome.problem);
    CHECK(step.outcome.status == StepStatus::Ok);
  }
  CHECK(summary.ok);
  CHECK(lab.ids() == "sip-connect register from-inside unregister ");
  CHECK(has(lab.outcome("sip-connect").result, "SIP, certificate DNS:edge1.uclab.com"));
  CHECK(has(lab.outcome("register").result, "407, 200 OK, digest SHA-256, for 120 s"));
  CHECK(has(lab.outcome("from-inside").result, "OPTIONS came over this connection"));
  CHECK(!lab.edge.registered);
  REQUIRE(lab.edge.requests.size() == 3);
  REQUIRE(lab.edge.responses.size() == 1);
  CHECK(lab.edge.responses[0].status() == 200);
  CHECK(lab.edge.clients == 1);
  CHECK(!has(lab.watched, "response="));
  CHECK(has(lab.watched, "Proxy-Authorization: xxxxx"));
}

TEST_CASE("the REGISTER is written as the seed's client writes it") {
  SipLab lab;
  REQUIRE(lab.run().ok);
  const sip::Message& first = lab.edge.requests[0];
  CHECK(first.uri() == "sip:uclabcucm-pub");
  CHECK(first.value(sip::FieldId::From).starts_with("<sip:5002@uclabcucm-pub>;tag="));
  CHECK(first.value(sip::FieldId::To) == "<sip:5002@uclabcucm-pub>");
  CHECK(first.value(sip::FieldId::Expires) == "3600");
  CHECK(first.value(sip::FieldId::Route) ==
        "<sip:edge1.uclab.com;transport=tls;lr>,"
        "<sip:10.106.4.85:5061;transport=tls;zone-id=1;directed;lr>,"
        "<sip:uclabcucm-pub;transport=tcp;lr>");
  const sip::Message& last = lab.edge.requests[2];
  CHECK(last.value(sip::FieldId::Expires) == "0");
  CHECK(last.value(sip::FieldId::Contact).ends_with(";expires=0"));
  // The answered challenge serves again, with the next count.
  CHECK(has(std::string(last.value(sip::FieldId::ProxyAuthorization)), "nc=00000002"));
  for (const sip::Message& request : lab.edge.requests) {
    CHECK(request.value(sip::FieldId::CallId) == first.value(sip::FieldId::CallId));
  }
}

TEST_CASE("the strongest digest that is offered is used, and an old nonce is answered once more") {
  struct Case {
    std::vector<std::string> offered;
    std::string used;
    int stale;
  };
  const Case cases[] = {
      {{"MD5"}, "MD5", 0},
      {{"MD5", "SHA-256"}, "SHA-256", 0},
      {{"SHA-256", "MD5"}, "SHA-256", 0},
      {{"SHA-512-256", "MD5"}, "MD5", 0},
      {{"MD5-sess", "MD5"}, "MD5", 0},
      {{"MD5"}, "MD5", 1},
  };
  for (const Case& c : cases) {
    CAPTURE(c.offered[0]);
    SipLab lab;
    lab.edge.algorithms = c.offered;
    lab.edge.stale = c.stale;
    CHECK(lab.run().ok);
    REQUIRE(!lab.edge.used.empty());
    CHECK(lab.edge.used[0] == c.used);
  }
}

TEST_CASE("a refused registration says why and stops") {
  struct Case {
    int status;
    std::string phrase;
    std::string_view problem;
  };
  const Case cases[] = {
      {403, "no current login of mac.donald", "not signed in at the core"},
      {403, "core refused SERVICE: 437 Unsupported Certificate", "the edge's certificate"},
      {403, "the answer of core: certificate: expired", "core's proof"},
      {403, "From <sip:5003@x> is no line of mac.donald", "line 5002 is not one of mac.donald"},
      {403, "device RKnotts is not of mac.donald", "device MDonald is not one of"},
      {403, "Route <sip:x>: names no core", "does not take the route"},
      {403, "too many wrong passwords for mac.donald", "wrong password, too often"},
      {403, "domain x is not served here", "line 5002 on MDonald was refused"},
      {403, "", "without a reason"},
      {400, "", "form"},
      {401, "", "itself asks for credentials"},
      {404, "", "does not know the line 5002"},
      {405, "", "no REGISTER is taken"},
      {408, "", "in time"},
      {423, "", "longer registration"},
      {430, "", "430 Flow Failed"},
      {437, "", "the edge's certificate"},
      {483, "", "circles"},
      {499, "", "499"},
      {500, "", "failed with 500"},
      {503, "", "no link to a core"},
      {504, "", "in time"},
      {603, "", "failed with 603"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.status);
    CAPTURE(c.phrase);
    SipLab lab;
    lab.edge.refusal = c.status;
    lab.edge.phrase = c.phrase;
    CHECK(!lab.run().ok);
    CHECK(lab.ids() == "sip-connect register ");
    const StepOutcome& outcome = lab.outcome("register");
    CAPTURE(outcome.problem);
    CHECK(outcome.status == StepStatus::Stop);
    CHECK(has(outcome.problem, c.problem));
    CHECK(has(outcome.said, c.phrase));
    CHECK(!outcome.advice.empty());
  }
}

TEST_CASE("a wrong password is asked for once more, and is then told") {
  SipLab lab;
  lab.edge.password = "other";
  CHECK(!lab.run().ok);
  CHECK(has(lab.outcome("register").problem, "wrong password"));
  CHECK(lab.edge.requests.size() == 2);
}

TEST_CASE("an edge that calls every nonce old is not answered for ever") {
  SipLab lab;
  lab.edge.stale = 1000;
  CHECK(!lab.run().ok);
  CHECK(lab.edge.requests.size() == 3);
}

TEST_CASE("a challenge that nobody can answer is told as that") {
  SipLab lab;
  lab.edge.algorithms = {"SHA-512-256"};
  CHECK(!lab.run().ok);
  CHECK(has(lab.outcome("register").problem, "challenge cannot be answered"));
  SipLab none;
  none.edge.algorithms = {};
  CHECK(!none.run().ok);
  CHECK(has(none.outcome("register").problem, "no Proxy-Authenticate"));
}

TEST_CASE("an edge that asks nobody, or registers somebody else, is noted or failed") {
  SipLab open;
  open.edge.challenges = false;
  CHECK(open.run().ok);
  CHECK(open.outcome("register").status == StepStatus::Note);
  SipLab other;
  other.edge.lists_contact = false;
  CHECK(!other.run().ok);
  CHECK(has(other.outcome("register").problem, "does not hold this phone's contact"));
  SipLab nothing;
  nothing.edge.granted = "0";
  CHECK(!nothing.run().ok);
}

TEST_CASE("no answer is told apart by how it did not come") {
  SipLab silent;
  silent.edge.silent = true;
  silent.limit = std::chrono::milliseconds(200);
  CHECK(!silent.run().ok);
  CHECK(has(silent.outcome("register").problem, "no answer in time"));

  SipLab dropping;
  dropping.edge.drops = true;
  CHECK(!dropping.run().ok);
  CHECK(has(dropping.outcome("register").problem, "ended the connection"));

  SipLab babbling;
  babbling.edge.first_bytes = std::string("\x01\x02 no sip\r\n\r\n");
  CHECK(!babbling.run().ok);
  CHECK(has(babbling.outcome("register").problem, "no SIP"));

  SipLab late;  // an answer to something else is not taken for ours
  late.edge.first_bytes =
      "SIP/2.0 200 OK\r\nVia: SIP/2.0/TLS 127.0.0.1;branch=z9hG4bKother\r\nCSeq: 101 REGISTER\r\n"
      "From: <sip:a@b>;tag=1\r\nTo: <sip:a@b>;tag=2\r\nCall-ID: x\r\nContent-Length: 0\r\n\r\n";
  late.limit = std::chrono::milliseconds(200);
  CHECK(!late.run().ok);
  CHECK(has(late.outcome("register").problem, "no answer in time"));
}

TEST_CASE("the SIP edge must be there and prove its name") {
  SipLab closed;
  closed.edge.stop_listening();
  CHECK(!closed.run().ok);
  CHECK(has(closed.outcome("sip-connect").problem, "no connection with edge1.uclab.com"));

  SipLab nameless({"DNS:other.uclab.com"});
  CHECK(!nameless.run().ok);
  CHECK(has(nameless.outcome("sip-connect").problem, "certificate is not accepted"));
  CHECK(nameless.edge.requests.empty());

  SipLab service({"otherName:1.3.6.1.5.5.7.8.7;IA5STRING:_collab-edge._tls.uclab.com"});
  CHECK(service.run().ok);

  SipLab unknown;
  unknown.resolver.hosts.clear();
  CHECK(!unknown.run().ok);
  CHECK(has(unknown.outcome("sip-connect").problem, "no address for edge1.uclab.com"));
}

TEST_CASE("an edge that is down or without a core gives way to the next one") {
  for (const int refusal : {0, 503}) {
    CAPTURE(refusal);
    SipLab lab;
    FakeSipEdge second(lab.loop, lab.ca, {"DNS:edge2.uclab.com"});
    lab.add_edge("edge2.uclab.com", second.port());
    if (refusal == 0) lab.edge.stop_listening();
    lab.edge.refusal = refusal;
    CHECK(lab.run().ok);
    CHECK(second.requests.size() == 3);
    CHECK(has(lab.outcome("register").where, "edge2.uclab.com"));
  }
}

TEST_CASE("another route or call manager is tried while a server is in trouble") {
  SipLab lab;
  lab.config.sip_routes.push_back("<sip:10.106.4.80:5061;transport=tls;zone-id=1;directed;lr>");
  lab.edge.refusal = 503;
  lab.edge.refusals = 1;
  CHECK(lab.run().ok);
  CHECK(lab.outcome("register").status == StepStatus::Note);
  CHECK(has(lab.outcome("register").result, "gave 407, 503"));
  CHECK(has(std::string(lab.edge.requests.back().value(sip::FieldId::Route)), "10.106.4.80"));
}

TEST_CASE("nothing from inside is a note, a lost connection a failure") {
  SipLab quiet;
  quiet.edge.probes = false;
  quiet.options.inside_wait = std::chrono::milliseconds(50);
  CHECK(quiet.run().ok);
  CHECK(quiet.outcome("from-inside").status == StepStatus::Note);
  CHECK(!quiet.edge.registered);

  SipLab lost;
  lost.edge.probes = false;
  lost.edge.on_request = [&lost] {
    if (lost.edge.registered) lost.edge.close_all();
  };
  CHECK(!lost.run().ok);
  CHECK(has(lost.outcome("from-inside").problem, "ended a registered connection"));
}

TEST_CASE("without a device, a device file or a line SIP is left out with a note") {
  struct Case {
    std::string_view what;
    std::string_view problem;
  };
  for (const Case& c : {Case{"device", "without a device"}, Case{"phone", "could not be used"},
                        Case{"line", "names no line"}, Case{"manager", "names no call manager"}}) {
    CAPTURE(c.what);
    SipLab lab;
    if (c.what == "device") lab.device.reset();
    if (c.what == "phone") lab.phone.reset();
    if (c.what == "line") lab.phone->line.clear();
    if (c.what == "manager") lab.phone->call_managers.clear();
    CHECK(lab.run().ok);
    CHECK(lab.ids() == "sip-connect ");
    CHECK(lab.outcome("sip-connect").status == StepStatus::Note);
    CHECK(has(lab.outcome("sip-connect").problem, c.problem));
    CHECK(lab.edge.clients == 0);
  }
}

}  // namespace
}  // namespace support
