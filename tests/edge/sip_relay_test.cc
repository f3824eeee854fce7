// What passes the gateway once a client is registered (edge/sip_relay.cc).

#include <doctest/doctest.h>

#include "sip/limits.h"
#include "tests/edge/sip_lab.h"

namespace edge {
namespace {

using sip::FieldId;

std::string inside_request(const SipCoreFake& core, std::string_view method = "OPTIONS") {
  const std::string flow(core.of("REGISTER")[0]->value(FieldId::SallyportFlow));
  return replaced(replaced(kInvite, "INVITE", method), "Content-Length:",
                  "Sallyport-Flow: " + flow + "\nRoute: <sip:127.0.0.1:5061;lr>\nContent-Length:");
}

TEST_CASE("a request from inside goes down the connection, and its answer to that core") {
  SipLab lab;
  SipCoreFake& core = lab.add_core();
  SipPhone& phone = lab.add_phone();
  REQUIRE(phone.sign_in().status() == 200);
  const std::size_t before = phone.got.size();
  core.channel->send(sip_text(inside_request(core)));
  fakes::run_until(lab.loop, [&] { return phone.got.size() > before; });
  const sip::Message& request = phone.got.back();
  CHECK(request.method() == "OPTIONS");
  CHECK(request.count(FieldId::SallyportFlow) == 0);
  CHECK(request.count(FieldId::Route) == 0);
  CHECK(request.values(FieldId::Via).size() == 2);
  // One that was not asked for, and one to another branch, are dropped.
  sip::Message forged = sip::make_response(request, 200);
  forged.set_first_value(FieldId::Via, "SIP/2.0/TLS 127.0.0.1:5061;branch=z9hG4bKnone");
  phone.connection->send(forged);
  sip::Message answer = sip::make_response(request, 200);
  answer.add(FieldId::SallyportFlow, "ffffffffffffffffffffffffffffffff");
  phone.connection->send(answer);
  fakes::run_until(lab.loop, [&] { return !core.of("").empty(); });
  fakes::run_turns(lab.loop);
  REQUIRE(core.of("").size() == 1);
  CHECK(core.of("")[0]->values(FieldId::Via).size() == 1);
  CHECK(core.of("")[0]->value(FieldId::SallyportFlow) ==
        core.of("REGISTER")[0]->value(FieldId::SallyportFlow));
  CHECK(lab.logged("Response Dropped"));
}

TEST_CASE("430 when the connection is gone, unknown, or holds no registration") {
  SipLab lab;
  SipCoreFake& core = lab.add_core();
  SipPhone& phone = lab.add_phone();
  REQUIRE(phone.sign_in().status() == 200);
  const std::string request = inside_request(core);
  const auto ask = [&](std::string_view lines) {
    const std::size_t before = core.of("").size();
    core.channel->send(sip_text(lines));
    fakes::run_until(lab.loop, [&] { return core.of("").size() > before; });
    return core.of("").back()->status();
  };
  CHECK(ask(replaced(request, "Sallyport-Flow: ", "Sallyport-Flow: 0")) == 430);
  CHECK(ask(replaced(request, "Sallyport-Flow: ", "X-Flow: ")) == 430);
  const std::string bye = replaced(kRegister, "Expires: 3600", "Expires: 0");
  CHECK(phone.send(phone.with_proof(bye, "mac.donald", kSipPassword, 2)).status() == 200);
  CHECK(lab.logged("Event=\"Unregistered\""));
  CHECK(ask(request) == 430);
  CHECK(lab.counters.sip_connections_registered == 0);
  lab.phones.clear();
  fakes::run_until(lab.loop, [&] { return lab.gateway->connection_count() == 0; });
  CHECK(ask(request) == 430);
  CHECK(lab.counters.sip_flow_failures == 4);
}

TEST_CASE("one request answered over and over fills no memory") {
  SipLab lab;
  SipCoreFake& core = lab.add_core();
  SipPhone& phone = lab.add_phone();
  REQUIRE(phone.sign_in().status() == 200);
  const std::size_t before = phone.got.size();
  core.channel->send(sip_text(inside_request(core)));
  fakes::run_until(lab.loop, [&] { return phone.got.size() > before; });
  core.carrier->pause();
  sip::Message answer = sip::make_response(phone.got.back(), 200);
  answer.set_body("text/plain", std::string(sip::kMaxMessageBytes - 4096, 'x'));
  for (std::size_t sent = 0; sent < 2 * sip::transport::kChannelLimit; sent += answer.body().size())
    phone.connection->send(answer);
  fakes::run_until(lab.loop, [&] { return lab.logged("the channel to the core is full"); });
  CHECK(lab.gateway->channel_count() == 1);
}

TEST_CASE("a message that has no room for ours is refused, and ends nobody's channel") {
  SipLab lab;
  SipCoreFake& core = lab.add_core();
  SipPhone& phone = lab.add_phone();
  REQUIRE(phone.sign_in().status() == 200);
  const auto padded = [](std::string_view text) {
    std::string fields;
    for (std::size_t i = 0; i < sip::kMaxFields - 14; ++i)
      fields += "X-Pad: x\n";
    return replaced(text, "Content-Length:", fields + "Content-Length:");
  };
  CHECK(phone.send(padded(kInvite)).status() == 513);
  CHECK(phone.send(padded(phone.with_proof(kRegister, "mac.donald", kSipPassword, 2))).status() ==
        513);
  const std::size_t before = phone.got.size();
  core.channel->send(sip_text(inside_request(core)));
  fakes::run_until(lab.loop, [&] { return phone.got.size() > before; });
  sip::Message answer = sip::make_response(phone.got.back(), 200);
  for (std::size_t i = 0; i < sip::kMaxFields - 8; ++i)
    answer.add("X-Pad", "x");
  phone.connection->send(answer);
  fakes::run_until(lab.loop, [&] { return lab.logged("Response Dropped"); });
  CHECK(core.of("").empty());
  CHECK(core.of("INVITE").empty());
  CHECK(lab.gateway->channel_count() == 1);
}

// Call managers call a phone by whatever they like: here by an address of their own.
TEST_CASE("who was called ends the call under the name it was called by") {
  SipLab lab;
  SipCoreFake& core = lab.add_core();
  SipPhone& phone = lab.add_phone();
  REQUIRE(phone.sign_in().status() == 200);
  const std::size_t before = phone.got.size();
  const std::string called = "<sip:8000@10.106.4.82;user=phone>";
  core.channel->send(sip_text(
      replaced(replaced(inside_request(core, "INVITE"), "sip:5002@ucm-sub", "sip:6001@ucm-sub"),
               "<sip:5003@ucm-sub.lab.example>\nCall", called + "\nCall")));
  fakes::run_until(lab.loop, [&] { return phone.got.size() > before; });
  const sip::Message& invite = phone.got.back();
  REQUIRE(invite.value(FieldId::To) == called);
  const std::string route(invite.first_value(FieldId::RecordRoute).value_or(""));
  REQUIRE(route.find('.') != std::string::npos);
  const std::string bye =
      "BYE sip:6001@10.106.4.82 SIP/2.0\n"
      "Via: SIP/2.0/TLS 10.106.4.73:49256;branch=z9hG4bKb1;rport\n"
      "From: " +
      called +
      ";tag=mine\n"
      "To: <sip:6001@ucm-sub.lab.example>;tag=from\n"
      "Call-ID: call-invite\nMax-Forwards: 70\nCSeq: 1 BYE\n"
      "Route: " +
      route + "\nContent-Length: 0\n\n";
  phone.connection->send(sip_text(bye));
  fakes::run_until(lab.loop, [&] { return core.of("BYE").size() == 1; });
  const sip::Message& inside = *core.of("BYE")[0];
  CHECK(inside.count(FieldId::Route) == 0);
  CHECK(inside.count(FieldId::PAssertedIdentity) == 0);  // nobody knows whose address it is
  CHECK(inside.find("Sallyport-User")->value == "mac.donald@lab.example");
  // Spelled by a phone that copies less than all of To, and with a way to us before it.
  const std::string other_words =
      replaced(replaced(replaced(bye, called, "<sip:%380%300@10.106.4.82>"), "1 BYE", "2 BYE"),
               "Route: <", "Route: <sip:edge.lab.example;transport=tls;lr>, <");
  phone.connection->send(sip_text(other_words));
  fakes::run_until(lab.loop, [&] { return core.of("BYE").size() == 2; });
  // Nothing of it may be another.
  struct Case {
    std::string what;
    std::string with;
  };
  const std::string mark = route.substr(route.find('.'), route.find('@') - route.find('.'));
  const Case cases[] = {
      {"<sip:8000@", "<sip:8001@"},
      {"10.106.4.82;user", "10.106.4.83;user"},
      {";tag=from", ""},
      {"call-invite", "call-other"},
      {mark, ""},
      {mark, "."},
      {mark, mark + "0"},
      {"Route: " + route + "\n", ""},
      {";tag=from", ";tag=other"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.what);
    CAPTURE(c.with);
    CHECK(phone.send(replaced(bye, c.what, c.with)).status() == 403);
  }
  const std::string subscribe =
      replaced(replaced(bye, "BYE sip", "SUBSCRIBE sip"), "1 BYE", "1 SUBSCRIBE");
  CHECK(phone.send(subscribe).status() == 403);
  SipPhone& other = lab.add_phone();
  REQUIRE(other.sign_in().status() == 200);
  CHECK(other.send(bye).status() == 403);
  CHECK(core.of("BYE").size() == 2);
}

TEST_CASE("a registrar's request may come before its answer") {
  SipLab lab;
  SipCoreFake& core = lab.add_core();
  std::optional<sip::Message> granted;
  core.on_register = [&](const sip::Message& request) {
    granted = SipCoreFake::grant(request);
    return std::optional<sip::Message>();
  };
  SipPhone& phone = lab.add_phone();
  REQUIRE(phone.send(kRegister).status() == 407);
  phone.connection->send(sip_text(phone.with_proof(kRegister)));
  fakes::run_until(lab.loop, [&] { return granted.has_value(); });
  core.channel->send(sip_text(inside_request(core)));
  core.channel->send(*granted);
  fakes::run_until(lab.loop, [&] { return phone.got.size() == 3; });
  CHECK(phone.got[1].method() == "OPTIONS");
  CHECK(phone.got[2].status() == 200);
}

TEST_CASE("within a registration only the user's own From may pass") {
  SipLab lab;
  SipCoreFake& core = lab.add_core();
  SipPhone& phone = lab.add_phone();
  REQUIRE(phone.sign_in().status() == 200);
  CHECK(phone.send(replaced(kInvite, "From: <sip:5002@", "From: <sip:5003@")).status() == 403);
  // It would be said in P-Asserted-Identity.
  CHECK(phone.send(replaced(kInvite, "From: <sip:5002@ucm-sub.lab.", "From: <sip:5002@bank."))
            .status() == 403);
  phone.connection->send(sip_text(kInvite));
  fakes::run_until(lab.loop, [&] { return core.of("INVITE").size() == 1; });
  const sip::Message& invite = *core.of("INVITE")[0];
  CHECK(invite.count(FieldId::RecordRoute) == 1);
  CHECK(invite.count(FieldId::Path) == 0);
  CHECK(invite.find("Sallyport-User")->value.ends_with("@lab.example"));
  CHECK(invite.value(FieldId::PAssertedIdentity) == "<sip:5002@ucm-sub.lab.example>");
  sip::Message busy = sip::make_response(invite, 486);
  busy.set(FieldId::SallyportFlow, invite.value(FieldId::SallyportFlow));
  const std::size_t before = phone.got.size();
  core.channel->send(busy);
  fakes::run_until(lab.loop, [&] { return phone.got.size() > before; });
  CHECK(phone.got.back().status() == 486);
}

}  // namespace
}  // namespace edge
