#include "support/xmpp_stanzas.h"

#include <doctest/doctest.h>

#include <string>

#include "support/explain_xmpp.h"
#include "xmpp/parser.h"

namespace support {
namespace {

xmpp::Element parsed(std::string_view octets) {
  xmpp::Parser parser;
  auto verdict = parser.parse_element(xmpp::Parser::kUsualContext, octets, xmpp::Detail::Tree);
  CAPTURE(octets);
  REQUIRE(!verdict.error);
  return std::move(verdict.element);
}

TEST_CASE("what is written is one element, whatever stands in its values") {
  const std::string bad = "<'\"&>\x01]]>";
  CHECK(parsed(bind_request(bad, bad)).attribute("id") == "<'\"&>]]>");
  CHECK(parsed(session_request(bad)).name == "iq");
  CHECK(parsed(roster_request(bad)).name == "iq");
  const xmpp::Element message = parsed(chat_message("m1", bad, bad));
  CHECK(message.attribute("to") == "<'\"&>]]>");
  CHECK(message.child("body", xmpp::ns::kClient)->text == "<'\"&>]]>");
  CHECK(parsed(initial_presence()).child("priority", xmpp::ns::kClient)->text == "-1");
  CHECK(parsed(final_presence()).attribute("type") == "unavailable");
}

TEST_CASE("only an IQ that asks is refused, and to whom it came from") {
  const xmpp::Element refusal =
      parsed(refusal_of(parsed("<iq type='set' id='&lt;1' from='a@b/&amp;'><x xmlns='y'/></iq>")));
  CHECK(refusal.attribute("id") == "<1");
  CHECK(refusal.attribute("to") == "a@b/&");
  CHECK(stanza_fault(refusal).condition == "service-unavailable");
  for (const char* other : {"<iq type='result' id='1'/>", "<iq type='error' id='1'/>", "<iq/>",
                            "<message type='get'/>", "<iq xmlns='other' type='get'/>"}) {
    CAPTURE(other);
    CHECK(refusal_of(parsed(other)).empty());
  }
}

TEST_CASE("an answer is one to our own question") {
  CHECK(answers_iq(parsed("<iq type='result' id='q1'/>"), "q1"));
  CHECK(answers_iq(parsed("<iq type='error' id='q1'/>"), "q1"));
  for (const char* other : {"<iq type='get' id='q1'/>", "<iq type='result' id='q2'/>",
                            "<iq type='result'/>", "<message type='result' id='q1'/>"}) {
    CAPTURE(other);
    CHECK(!answers_iq(parsed(other), "q1"));
  }
}

TEST_CASE("a roster is counted by its items alone") {
  const RosterSize none = roster_size(parsed("<iq type='result'/>"));
  CHECK(none.contacts == 0);
  const RosterSize some =
      roster_size(parsed("<iq><query xmlns='jabber:iq:roster'><item subscription='both'/><item/>"
                         "<other/><item xmlns='x' subscription='both'/></query></iq>"));
  CHECK(some.contacts == 2);
  CHECK(some.mutual == 1);
}

TEST_CASE("a fault keeps its condition, its words and what stands beside them") {
  const XmppFault sasl = sasl_fault(
      parsed("<failure "
             "xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><temporary-auth-failure/><text>later</text>"
             "<token-expired xmlns='http://protocols.cisco.com/vtg/token'/></failure>"));
  CHECK(sasl.condition == "temporary-auth-failure");
  CHECK(sasl.text == "later");
  CHECK(sasl.detail == "token-expired");
  CHECK(describe(sasl) == "SASL failure temporary-auth-failure, token-expired (later)");
  CHECK(stanza_fault(parsed("<iq type='error'/>")).condition == "undefined-condition");
  CHECK(stream_fault(parsed("<stream:error/>")).condition == "undefined-condition");
}

TEST_CASE("nothing from outside reaches a terminal as it is") {
  XmppFault fault{XmppFault::Kind::Stream, "\x1b[2J" + std::string(500, 'x'), "\x1b]0;\x07"};
  for (const auto kind : {XmppFault::Kind::Stream, XmppFault::Kind::Sasl, XmppFault::Kind::Stanza,
                          XmppFault::Kind::Protocol, XmppFault::Kind::Connection}) {
    fault.kind = kind;
    fault.detail = "\x1b";
    const Explanation why = explain_xmpp(fault, true);
    CHECK(why.problem.find('\x1b') == std::string::npos);
    CHECK(why.problem.size() < 500);
    CHECK(!why.advice.empty());
  }
}

TEST_CASE("another edge is asked when this one or what is behind it is gone, and else not") {
  for (const char* condition :
       {"remote-connection-failed", "system-shutdown", "internal-server-error"}) {
    CHECK(is_server_trouble({XmppFault::Kind::Stream, condition}));
  }
  for (const char* condition : {"host-unknown", "policy-violation", "not-authorized", ""}) {
    CHECK(!is_server_trouble({XmppFault::Kind::Stream, condition}));
    CHECK(!is_server_trouble({XmppFault::Kind::Sasl, condition}));
  }
  CHECK(is_server_trouble({XmppFault::Kind::Ended, ""}));
}

}  // namespace
}  // namespace support
