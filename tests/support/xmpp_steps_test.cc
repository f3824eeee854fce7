#include "support/xmpp_steps.h"

#include <doctest/doctest.h>

#include <chrono>

#include "tests/support/fake_xmpp_edge.h"
#include "tests/support/has.h"
#include "tests/support/steps_lab.h"
#include "xmpp/sasl.h"

namespace support {
namespace {

constexpr char kAllSteps[] =
    "chat-connect chat-sign-in chat-bind chat-roster chat-presence chat-message chat-close ";

std::string stream_error(const std::string& condition) {
  return "<stream:error><" + condition +
         " xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>";
}

std::string sasl_failure(const std::string& inside) {
  return "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>" + inside + "</failure>";
}

struct XmppLab : StepsLab {
  explicit XmppLab(std::vector<std::string> names = {"DNS:edge1.uclab.com"})
      : edge(loop, ca, std::move(names)) {
    add_edge("edge1.uclab.com", edge.port());
    config.services.push_back({"_cuplogin", "", {{0, 0, 8443, "imp-pub.uclab.com"}}});
  }

  void add_edge(const std::string& name, std::uint16_t port) {
    StepsLab::add_edge(config.xmpp_edges, name, port);
  }

  LoginSummary run() {
    XmppClient client(loop, client_options<XmppClientOptions>());
    SignIn sign_in = signed_in();
    XmppSession session{client, token};
    return take(xmpp_steps(loop, sign_in, session), [] {});
  }

  const StepOutcome& last() const { return report.steps.back().outcome; }
  const xmpp::Element& heard(std::string_view place) const {
    for (std::size_t i = 0; i < edge.places.size(); ++i) {
      if (edge.places[i] == place) return edge.heard[i];
    }
    FAIL("nothing was heard at ", std::string(place));
    return edge.heard.front();
  }

  FakeXmppEdge edge;
  std::string token;
};

TEST_CASE("chat takes its steps, and what was opened is ended") {
  XmppLab lab;
  const LoginSummary summary = lab.run();
  for (const StepReport& step : lab.report.steps) {
    INFO(step.id, ": ", step.outcome.result, " ", step.outcome.problem);
    CHECK(step.outcome.status == StepStatus::Ok);
  }
  CHECK(summary.ok);
  CHECK(lab.ids() == kAllSteps);
  CHECK(has(lab.outcome("chat-connect").result, "XMPP, certificate DNS:edge1.uclab.com"));
  CHECK(has(lab.outcome("chat-sign-in").result, "success, PLAIN of PLAIN, CISCO-VTG-TOKEN"));
  CHECK(lab.outcome("chat-bind").where == FakeXmppEdge::kJid);
  CHECK(lab.outcome("chat-roster").result == "2 contacts, 1 of them both ways");
  CHECK(lab.edge.places == std::vector<std::string>{"plain", "starttls", "secured", "auth",
                                                    "authenticated", "bind", "roster", "presence",
                                                    "message", "end"});
  CHECK(lab.heard("plain").attribute("to") == "uclab.com");
  CHECK(lab.heard("auth").attribute("mechanism") == "PLAIN");
  // Nothing that waits for the user's own clients may be delivered here.
  CHECK(lab.heard("presence").child("priority", xmpp::ns::kClient)->text == "-1");
  CHECK(lab.heard("message").attribute("to") == FakeXmppEdge::kJid);
  REQUIRE(lab.edge.others.size() == 1);
  CHECK(lab.edge.others[0].attribute("type") == "unavailable");
  CHECK(lab.edge.clients == 1);
}

TEST_CASE("what is shown of it bears no password") {
  for (const char* token : {"", "0ne-t1me"}) {
    XmppLab lab;
    lab.token = token;
    CHECK(lab.run().ok);
    CHECK(has(lab.watched, "xxxxx"));
    CHECK(has(lab.watched, "received: <success"));
    const xmpp::Auth auth = *xmpp::parse_auth(lab.heard("auth"));
    CHECK(!auth.message.empty());
    CHECK(!has(lab.watched, lab.heard("auth").text));
  }
}

TEST_CASE("with a one-time password the presence service's own mechanism is used") {
  XmppLab lab;
  lab.token = "0ne-t1me";
  CHECK(lab.run().ok);
  const auto auth = xmpp::parse_auth(lab.heard("auth"));
  REQUIRE(auth);
  CHECK(auth->mechanism == "CISCO-VTG-TOKEN");
  CHECK(*xmpp::parse_vtg_token(auth->message) ==
        xmpp::VtgToken{"mac.donald@uclab.com", "0ne-t1me"});
}

TEST_CASE("a session is asked for where the server wants one") {
  const std::string session = "<session xmlns='urn:ietf:params:xml:ns:xmpp-session'>";
  XmppLab wanted;
  wanted.edge.session = session + "</session>";
  CHECK(wanted.run().ok);
  CHECK(wanted.outcome("chat-bind").result == "bound, with a session");
  XmppLab optional;
  optional.edge.session = session + "<optional/></session>";
  CHECK(optional.run().ok);
  CHECK(optional.outcome("chat-bind").result == "bound");
}

TEST_CASE("a refusal is told by its condition, at the step that it ends") {
  struct Case {
    std::string place;
    std::string said;
    std::string steps;
    std::string problem;
  };
  const std::string header = FakeXmppEdge::header("uclab.com");
  const std::string error_iq =
      "<iq type='error' id='@ID@'><error type='cancel'>"
      "<not-allowed xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>";
  const Case cases[] = {
      {"plain", header + stream_error("host-unknown"), "chat-connect ", "error host-unknown"},
      {"plain", header + stream_error("policy-violation"), "chat-connect ", "policy-violation"},
      {"plain", "!", "chat-connect ", "TLS handshake failed"},
      {"starttls", "<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", "chat-connect ",
       "<failure> in place of <proceed/>"},
      {"secured", header + stream_error("remote-connection-failed"), "chat-connect chat-sign-in ",
       "no link to a core"},
      {"secured", header + stream_error("x-made-up"), "chat-connect chat-sign-in ",
       "stream error x-made-up"},
      {"secured", header + "<stream:features/>", "chat-connect chat-sign-in ", "offers: nothing"},
      {"secured", "</stream:stream>", "chat-connect chat-sign-in ", "not what XMPP allows"},
      {"secured", "!", "chat-connect chat-sign-in ", "the connection ended"},
      {"auth", sasl_failure("<not-authorized/>"), "chat-connect chat-sign-in ",
       "SASL failure not-authorized"},
      {"auth", sasl_failure("<temporary-auth-failure/>"), "chat-connect chat-sign-in ",
       "SASL failure temporary-auth-failure"},
      {"auth", sasl_failure("<not-authorized/><text>who?</text>"), "chat-connect chat-sign-in ",
       "(who?)"},
      {"auth", sasl_failure(""), "chat-connect chat-sign-in ", "undefined-condition"},
      {"auth", "<challenge xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>",
       "chat-connect chat-sign-in ", "<challenge> answers"},
      {"auth", "</stream:stream>", "chat-connect chat-sign-in ", "ended the stream"},
      {"bind", error_iq, "chat-connect chat-sign-in chat-bind ", "stanza error not-allowed"},
      {"bind", "<iq type='result' id='@ID@'/>", "chat-connect chat-sign-in chat-bind ",
       "names no JID"},
      {"message", stream_error("system-shutdown"),
       "chat-connect chat-sign-in chat-bind chat-roster chat-presence chat-message ",
       "system-shutdown"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.place);
    CAPTURE(c.said);
    XmppLab lab;
    lab.edge.says[c.place] = c.said;
    CHECK(!lab.run().ok);
    CHECK(lab.ids() == c.steps);
    CAPTURE(lab.last().problem);
    CHECK(has(lab.last().problem, c.problem));
    CHECK(!lab.last().advice.empty());
  }
}

TEST_CASE("a one-time password that is not good is told as that") {
  XmppLab lab;
  lab.token = "0ne-t1me";
  lab.edge.says["auth"] = std::string(xmpp::kVtgTokenFailure);
  CHECK(!lab.run().ok);
  CHECK(has(lab.outcome("chat-sign-in").result, "temporary-auth-failure, token-expired"));
  CHECK(has(lab.outcome("chat-sign-in").problem, "used before, is too old"));
}

TEST_CASE("a refused roster or message leaves the rest to be tried") {
  for (const char* place : {"roster", "message"}) {
    CAPTURE(place);
    const std::string stanza = place == std::string("roster") ? "iq" : "message";
    XmppLab lab;
    lab.edge.says[place] = "<" + stanza + " type='error' id='@ID@'><error type='cancel'>" +
                           "<forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></" +
                           stanza + ">";
    CHECK(!lab.run().ok);
    CHECK(lab.ids() == kAllSteps);
    CHECK(lab.outcome(std::string("chat-") + place).status == StepStatus::Failed);
    CHECK(lab.outcome("chat-close").status == StepStatus::Ok);
  }
}

TEST_CASE("a message that comes back changed is a failure") {
  XmppLab other;
  other.edge.says["message"] =
      "<message id='@ID@' from='b@uclab.com/x'><body>@STANZA@</body></message>";
  CHECK(!other.run().ok);
  CHECK(has(other.outcome("chat-message").problem, "another sender"));
  XmppLab text;
  text.edge.says["message"] = std::string("<message id='@ID@' from='") + FakeXmppEdge::kJid +
                              "'><body>@STANZA@!</body></message>";
  CHECK(!text.run().ok);
}

TEST_CASE("what a server sends of its own is answered or passed over") {
  XmppLab lab;
  lab.edge.says["presence"] =
      "<iq type='get' id='q&lt;1' from='a@uclab.com/&apos;x'><query "
      "xmlns='jabber:iq:version'/></iq>"
      "<message from='a@uclab.com'><body>hi</body></message>"
      "<presence from='a@uclab.com/x'/><iq type='result' id='nobody-asked'/>" +
      std::string("<presence from='") + FakeXmppEdge::kJid + "'/>";
  CHECK(lab.run().ok);
  REQUIRE(lab.edge.others.size() == 2);
  CHECK(lab.edge.others[0].attribute("type") == "error");
  CHECK(lab.edge.others[0].attribute("id") == "q<1");
  CHECK(lab.edge.others[0].attribute("to") == "a@uclab.com/'x");
}

TEST_CASE("who would keep the client from TLS, or slip something in before it, is found out") {
  struct Case {
    std::string place;
    std::string said;
    std::string problem;
  };
  const std::string header = FakeXmppEdge::header("uclab.com");
  const std::string proceed(xmpp::kProceed);
  const Case cases[] = {
      {"plain",
       header + "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"
                "<mechanism>PLAIN</mechanism></mechanisms></stream:features>",
       "offers no STARTTLS"},
      {"plain", header + "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>",
       "<success> in place of features"},
      {"plain", header + proceed, "<proceed> in place of features"},
      {"starttls", "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>",
       "<success> in place of <proceed/>"},
      {"starttls", "<proceed xmlns='jabber:client'/>", "in place of <proceed/>"},
      {"starttls", proceed + header, "behind <proceed/>"},
      {"starttls", proceed + " ", "behind <proceed/>"},
      {"plain", FakeXmppEdge::header("other.example"), "from other.example"},
      {"plain", "HTTP/1.1 400 Bad Request\r\n\r\n", "not what XMPP allows"},
      {"plain", "<!DOCTYPE x [<!ENTITY a 'b'>]>" + header, "restricted-xml"},
      {"plain",
       "<stream:stream xmlns='jabber:client' "
       "xmlns:stream='http://etherx.jabber.org/streams' from='uclab.com'>",
       "not of version 1.0"},
      {"plain", header + "<a>" + std::string(70'000, 'x') + "</a>", "policy-violation"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.said.substr(0, 200));
    XmppLab lab;
    lab.edge.says[c.place] = c.said;
    CHECK(!lab.run().ok);
    CHECK(lab.ids() == "chat-connect ");
    CAPTURE(lab.last().problem);
    CHECK(has(lab.last().problem, c.problem));
    CHECK(lab.watched.find("<auth") == std::string::npos);
  }
}

TEST_CASE("after TLS too the stream must be that of the domain") {
  XmppLab lab;
  lab.edge.says["secured"] = FakeXmppEdge::header("other.example");
  CHECK(!lab.run().ok);
  CHECK(has(lab.outcome("chat-sign-in").problem, "from other.example"));
  CHECK(lab.watched.find("<auth") == std::string::npos);
}

TEST_CASE("silence has an end at every place") {
  for (const char* place : {"plain", "starttls", "secured", "auth", "authenticated", "bind",
                            "roster", "presence", "message"}) {
    CAPTURE(place);
    XmppLab lab;
    lab.limit = std::chrono::milliseconds(200);
    lab.edge.says[place] = "";
    CHECK(!lab.run().ok);
    CHECK(has(lab.last().problem, "no answer in time"));
  }
}

TEST_CASE("a stream whose end is not answered is a note") {
  for (const char* said : {"!", "<presence/>"}) {
    XmppLab lab;
    lab.edge.says["end"] = said;
    CHECK(lab.run().ok);
    CHECK(lab.outcome("chat-close").status == StepStatus::Note);
  }
}

TEST_CASE("the edge must prove its name, as for HTTPS") {
  XmppLab nameless({"DNS:other.uclab.com"});
  CHECK(!nameless.run().ok);
  CHECK(has(nameless.outcome("chat-connect").problem, "certificate is not accepted"));
  CHECK(nameless.edge.places == std::vector<std::string>{"plain", "starttls"});

  XmppLab service({"otherName:1.3.6.1.5.5.7.8.7;IA5STRING:_collab-edge._tls.uclab.com"});
  CHECK(service.run().ok);

  XmppLab stranger;
  fakes::TestCa another("another CA");
  FakeXmppEdge false_edge(stranger.loop, another, {"DNS:edge1.uclab.com"});
  stranger.config.xmpp_edges = {{"edge1.uclab.com", false_edge.port()}};
  CHECK(!stranger.run().ok);
  CHECK(has(stranger.outcome("chat-connect").problem, "certificate is not accepted"));
}

TEST_CASE("an edge that is down or without a core gives way to the next one") {
  for (const bool is_down : {true, false}) {
    CAPTURE(is_down);
    XmppLab lab;
    FakeXmppEdge second(lab.loop, lab.ca, {"DNS:edge2.uclab.com"});
    lab.add_edge("edge2.uclab.com", second.port());
    if (is_down) lab.edge.stop_listening();
    lab.edge.says["secured"] =
        FakeXmppEdge::header("uclab.com") + stream_error("remote-connection-failed");
    CHECK(lab.run().ok);
    CHECK(second.places.size() == 10);
    CHECK(has(lab.outcome("chat-sign-in").where, "edge2.uclab.com"));
  }
}

TEST_CASE("without chat at the edge it is a failure only where a presence service is listed") {
  struct Case {
    std::string_view what;
    std::string problem;
  };
  const Case cases[] = {{"not announced", "names no edge for chat"},
                        {"closed", "no connection with edge1.uclab.com"},
                        {"no node", "remote-connection-failed"}};
  for (const Case& c : cases) {
    for (const bool is_listed : {true, false}) {
      CAPTURE(c.problem);
      CAPTURE(is_listed);
      XmppLab lab;
      if (c.what == "not announced") lab.config.xmpp_edges.clear();
      if (c.what == "closed") lab.edge.stop_listening();
      if (c.what == "no node") {
        lab.edge.says["secured"] =
            FakeXmppEdge::header("uclab.com") + stream_error("remote-connection-failed");
      }
      if (!is_listed) lab.config.services[0] = {"_cuplogin", "NameError", {}};
      CHECK(lab.run().ok == !is_listed);
      CHECK(has(lab.last().problem, c.problem));
      CHECK(has(lab.last().problem, "lists no presence service") == !is_listed);
      CHECK(lab.last().status == (is_listed ? StepStatus::Stop : StepStatus::Note));
    }
  }
}

}  // namespace
}  // namespace support
