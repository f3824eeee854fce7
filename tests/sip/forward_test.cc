#include "sip/forward.h"

#include <doctest/doctest.h>

namespace sip {
namespace {

Message request_with(FieldId id, std::string_view value) {
  Message message = Message::request("OPTIONS", "sip:5002@lab.example");
  message.add(id, value);
  return message;
}

TEST_CASE("Max-Forwards is lowered, and made where there is none") {
  struct Case {
    const char* before;
    const char* after;  // nullptr: refused
  };
  const Case cases[] = {{"70", "69"},
                        {"1", "0"},
                        {"255", "254"},
                        {"0070", "69"},
                        {"0", nullptr},
                        {"000", nullptr},
                        {"256", nullptr},
                        {"-1", nullptr},
                        {"x", nullptr},
                        {"", nullptr},
                        {"99999999999999999999", nullptr}};
  for (const Case& c : cases) {
    CAPTURE(c.before);
    Message message = request_with(FieldId::MaxForwards, c.before);
    CHECK(lower_max_forwards(message) == (c.after != nullptr));
    CHECK(message.value(FieldId::MaxForwards) == (c.after != nullptr ? c.after : c.before));
  }
  Message none = Message::request("OPTIONS", "sip:lab.example");
  CHECK(lower_max_forwards(none));
  CHECK(none.value(FieldId::MaxForwards) == "69");
}

TEST_CASE("what may open a dialog is recorded") {
  struct Case {
    const char* method;
    const char* to;
    bool opens;
  };
  const Case cases[] = {{"INVITE", "<sip:5002@lab.example>", true},
                        {"SUBSCRIBE", "<sip:5002@lab.example>;x=tag", true},
                        {"REFER", "sip:5002@lab.example", true},
                        {"NOTIFY", "<sip:5002@lab.example;tag=of-the-uri>", true},
                        {"INVITE", "no address", true},
                        {"INVITE", "<sip:5002@lab.example>;tag=1", false},
                        {"INVITE", "sip:5002@lab.example;TAG=1", false},
                        {"invite", "<sip:5002@lab.example>", false},
                        {"REGISTER", "<sip:5002@lab.example>", false},
                        {"BYE", "<sip:5002@lab.example>", false}};
  for (const Case& c : cases) {
    CAPTURE(c.method);
    CAPTURE(c.to);
    Message message = Message::request(c.method, "sip:5002@lab.example");
    message.add(FieldId::To, c.to);
    CHECK(opens_dialog(message) == c.opens);
  }
}

TEST_CASE("the top Via says where the request came from") {
  struct Case {
    const char* before;
    const char* after;
    const char* from = "10.106.4.73:49256";
    const char* zone = "Zone";
  };
  const Case cases[] = {
      {"SIP/2.0/TLS 10.106.4.73:49256;branch=z9hG4bK0000453e",
       "SIP/2.0/TLS 10.106.4.73:49256;branch=z9hG4bK0000453e;received=10.106.4.73;"
       "ingress-zone=Zone"},
      {"SIP/2.0/TLS a;branch=z9hG4bK1;proxy-call-id=x;rport",
       "SIP/2.0/TLS a;branch=z9hG4bK1;proxy-call-id=x;received=10.106.4.73;rport=49256;"
       "ingress-zone=Zone"},
      // What the sender claims is not kept.
      {"SIP/2.0/TLS a;received=1.2.3.4;RPORT=7;ingress-zone=DefaultZone;branch=z9hG4bK1",
       "SIP/2.0/TLS a;branch=z9hG4bK1;received=10.106.4.73;rport=49256;ingress-zone=Zone"},
      {"SIP/2.0/TLS a;Received=1.2.3.4", "SIP/2.0/TLS a;received=10.106.4.73;ingress-zone=Zone"},
      {"SIP/2.0/TLS a", "SIP/2.0/TLS a;received=10.106.4.73;ingress-zone=Zone"},
      {"SIP/2.0/TLS a", "SIP/2.0/TLS a;received=10.106.4.73", "10.106.4.73:1", ""},
      {"SIP/2.0/TLS [2001:db8::9]:5061;rport",
       "SIP/2.0/TLS [2001:db8::9]:5061;received=2001:db8::9;rport=5061;ingress-zone=Zone",
       "[2001:db8::9]:5061"},
      {"SIP/2.0/TLS a ; rport ; branch=x",
       "SIP/2.0/TLS a;branch=x;received=10.106.4.73;rport=49256;ingress-zone=Zone"},
      {"SIP/2.0/TLS a;rport, SIP/2.0/TCP b;received=9.9.9.9",
       "SIP/2.0/TLS a;received=10.106.4.73;rport=49256;ingress-zone=Zone"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.before);
    Message message = request_with(FieldId::Via, c.before);
    message.add(FieldId::Via, "SIP/2.0/UDP last;received=8.8.8.8");
    const auto before = message.values(FieldId::Via).size();
    REQUIRE(mark_received(message, *base::parse_endpoint(c.from), c.zone));
    const auto values = message.values(FieldId::Via);
    CHECK(values.size() == before);
    CHECK(values.front() == c.after);
    CHECK(values.back() == "SIP/2.0/UDP last;received=8.8.8.8");
    CHECK(parse_via(values.front()));
  }
}

TEST_CASE("without a Via there is nothing to mark") {
  const auto from = *base::parse_endpoint("10.106.4.73:49256");
  Message none = Message::request("OPTIONS", "sip:lab.example");
  CHECK_FALSE(mark_received(none, from, "Zone"));
  Message bad = request_with(FieldId::Via, "SIP/2.0");
  CHECK_FALSE(mark_received(bad, from, "Zone"));
  CHECK(bad.value(FieldId::Via) == "SIP/2.0");
}

Message call(std::string_view method, std::string_view to = "<sip:a@b>") {
  Message message = Message::request(method, "sip:5002@10.1.2.3;transport=tls");
  message.add(FieldId::Via, "SIP/2.0/TLS Client.lab:5061;branch=z9hG4bK1;rport");
  message.add(FieldId::From, "<sip:x@y>;tag=f");
  message.add(FieldId::To, to);
  message.add(FieldId::CallId, "c@h");
  message.add(FieldId::CSeq, "7 " + std::string(method));
  return message;
}

TEST_CASE("INVITE, its CANCEL and the ACK of a refusal have one key") {
  const std::uint64_t key = transaction_key(call("INVITE"));
  CHECK(transaction_key(call("INVITE")) == key);
  CHECK(transaction_key(call("CANCEL")) == key);
  CHECK(transaction_key(call("ACK", "<sip:a@b>;tag=t")) == key);
  Message marked = call("CANCEL");
  REQUIRE(mark_received(marked, *base::parse_endpoint("10.1.2.3:5"), "Zone"));
  CHECK(transaction_key(marked) == key);
}

TEST_CASE("another transaction has another key") {
  const std::uint64_t key = transaction_key(call("INVITE"));
  const auto changed = [](FieldId id, std::string_view value) {
    Message message = call("INVITE");
    message.set(id, value);
    return transaction_key(message);
  };
  CHECK(changed(FieldId::Via, "SIP/2.0/TLS client.lab:5061;branch=z9hG4bK1") == key);
  CHECK(changed(FieldId::Via, "SIP/2.0/TLS client.lab:5061;branch=z9hG4bK2") != key);
  CHECK(changed(FieldId::Via, "SIP/2.0/TLS client.lab:5062;branch=z9hG4bK1") != key);
  CHECK(changed(FieldId::Via, "garbage") != key);
  CHECK(changed(FieldId::From, "<sip:x@y>;tag=g") != key);
  CHECK(changed(FieldId::CallId, "d@h") != key);
  CHECK(changed(FieldId::CSeq, "8 INVITE") != key);
  Message other = call("INVITE");
  other.set_uri("sip:5003@lab.example");
  CHECK(transaction_key(other) != key);
  transaction_key(Message::request("X", "y"));
}

TEST_CASE("our Via is written as the seed has it") {
  CHECK(to_string(OwnVia{"TLS", "10.106.4.81:7001", "TZone", "abc", "1-2"}) ==
        "SIP/2.0/TLS 10.106.4.81:7001;egress-zone=TZone;branch=z9hG4bKabc;proxy-call-id=1-2;rport");
  CHECK(to_string(OwnVia{"TCP", "[2001:db8::1]:5060", "", "abc", ""}) ==
        "SIP/2.0/TCP [2001:db8::1]:5060;branch=z9hG4bKabc;rport");
}

TEST_CASE("the first Route is the first value of the first field") {
  const Message message =
      request_with(FieldId::Route, "<sip:edge;transport=tls;lr>,<sip:10.1.2.3:5061;lr>");
  const auto route = first_route(message);
  REQUIRE(route);
  CHECK(route->uri == "sip:edge;transport=tls;lr");
  CHECK_FALSE(first_route(Message::request("X", "y")));
  CHECK_FALSE(first_route(request_with(FieldId::Route, "<sip:open")));
}

}  // namespace
}  // namespace sip
