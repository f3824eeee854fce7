#include "core/sip_relay.h"

#include <doctest/doctest.h>

#include "sip/forward.h"
#include "sip/limits.h"
#include "sip/response.h"
#include "tests/core/sip_lab.h"

namespace core {
namespace {

using sip::FieldId;
using sip::Message;

std::string ok_with_contact(const Message& request) {
  Message answer = sip::make_response(request, 200);
  answer.add(FieldId::Contact, request.value(FieldId::Contact));
  return answer.to_string();
}

std::string uri_of(std::string_view contact) {
  const std::size_t open = contact.find('<');
  return std::string(contact.substr(open + 1, contact.find('>') - open - 1));
}

// A request of the call manager to what was registered.
std::string options_to(const std::string& uri, const std::string& routes = "") {
  return "OPTIONS " + uri + " SIP/2.0\r\nVia: SIP/2.0/TCP 10.106.4.82:5060;branch=z9hG4bKucm\r\n" +
         routes + "From: <sip:10.106.4.82>;tag=u\r\nTo: <" + uri +
         ">\r\nCall-ID: o1\r\nCSeq: 7 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n";
}

// The client's answer to what the edge got, as the edge sends it.
std::string answer_of(const Message& request, int status = 200) {
  Message answer = sip::make_response(request, status);
  answer.set(FieldId::SallyportFlow, request.value(FieldId::SallyportFlow));
  return answer.to_string();
}

TEST_CASE("a REGISTER goes to the call manager that it names, and its answer back") {
  SipLab lab;
  lab.sub_sip.reply = ok_with_contact;
  lab.send(SipLab::registration());
  const Message sent = lab.next(lab.sub_sip);
  CHECK(sent.method() == "REGISTER");
  CHECK(sent.count(FieldId::Route) == 0);
  CHECK(sent.count(FieldId::Path) == 0);
  CHECK(sent.count(FieldId::SallyportFlow) == 0);
  CHECK(sent.value(FieldId::MaxForwards) == "14");
  CHECK(sent.values(FieldId::Via).size() == 3);
  CHECK(sent.values(FieldId::Via)[1].find("ingress-zone=UCTraversalZone") != std::string::npos);
  CHECK(sent.value(FieldId::Contact).find("orig-hostport=10.106.4.73:49256") != std::string::npos);
  const Message answer = lab.from_core();
  CHECK(answer.status() == 200);
  CHECK(answer.value(FieldId::SallyportFlow) == kFlow);
  CHECK(answer.values(FieldId::Via).size() == 2);
  CHECK(answer.value(FieldId::Contact) == sent.value(FieldId::Contact));
  CHECK(lab.counters.sip_registers == 1);
  CHECK(lab.counters.sip_registered == 1);
  // The same connection carries the next one.
  lab.send(SipLab::registration("edge2"));
  CHECK(lab.from_core().status() == 200);
}

TEST_CASE("a REGISTER stays with the call managers of the user's domain") {
  SipLab lab;
  const auto of_domain = [](const std::string& domain) {
    std::string text = SipLab::registration();
    return text.insert(text.find("Content-Length:"), "Sallyport-User: mac@" + domain + "\r\n");
  };
  lab.send(of_domain("other.example"));
  CHECK(lab.from_core().status() == 403);
  lab.send(of_domain("lab.example"));
  CHECK(lab.next(lab.sub_sip).find("Sallyport-User") == nullptr);
}

TEST_CASE("a user whom access no longer lets in is refused, whatever the edge remembers") {
  SipLab lab;
  std::string text = SipLab::registration();
  text.insert(text.find("Content-Length:"), "Sallyport-User: mac.donald@lab.example\r\n");
  lab.send(text);
  CHECK(lab.next(lab.sub_sip).method() == "REGISTER");
  lab.authorizer.set_access(
      std::make_shared<const policy::Access>(policy::AccessRules{true, {}, {"mac.donald"}}));
  lab.send(text);
  CHECK(lab.from_core().status() == 403);
}

// Registers a client, and sends it an OPTIONS by what the call manager has of it then.
void ask_what_registered(SipLab& lab, SipParty& asker, bool path) {
  lab.sub_sip.reply = ok_with_contact;
  lab.send(SipLab::registration());
  const Message sent = lab.next(lab.sub_sip);
  lab.from_core();
  std::string routes;
  for (const std::string_view value : sent.values(FieldId::Path))
    routes.append("Route: ").append(value).append("\r\n");
  CHECK(routes.empty() == !path);
  asker.dial(lab.sip->door().local());
  asker.send(options_to(uri_of(sent.value(FieldId::Contact)), routes));
}

TEST_CASE("a request from inside reaches the client, and the answer whoever asked") {
  for (const bool path : {false, true}) {
    CAPTURE(path);
    SipLab lab(path);
    SipParty asker(lab.loop);
    ask_what_registered(lab, asker, path);
    const Message got = lab.from_core();
    CHECK(got.method() == "OPTIONS");
    CHECK(got.uri() == "sip:9644@10.106.4.73:49256;transport=tls");
    CHECK(got.value(FieldId::SallyportFlow) == kFlow);
    CHECK(got.count(FieldId::Route) == 0);
    lab.send(answer_of(got));
    const Message answer = lab.next(asker);
    CHECK(answer.status() == 200);
    CHECK(answer.values(FieldId::Via).size() == 1);
    CHECK(answer.count(FieldId::SallyportFlow) == 0);
    CHECK(lab.counters.sip_inside == 1);
  }
}

TEST_CASE("a client sends callers on to addresses inside, and nowhere else") {
  for (const bool path : {false, true}) {
    CAPTURE(path);
    SipLab lab(path);
    SipParty asker(lab.loop);
    ask_what_registered(lab, asker, path);
    Message answer = sip::make_response(lab.from_core(), 302);
    answer.set(FieldId::SallyportFlow, kFlow);
    answer.add(FieldId::Contact, "<sip:5010@ucm-pub.lab.example>;q=0.5, <sip:x@10.0.0.1:22>");
    answer.add(FieldId::Contact, "<sip:5011@lab.example>, tel:5012");
    answer.add(FieldId::Contact, "<sip:5011@lab.example>;q=<a,sip:x@10.0.0.1:22;b>");
    answer.add(FieldId::Contact, "<sip:5013:pw@ucm-sub;maddr=10.0.0.1;%66low=x?Route=%3Csip:x%3E>");
    lab.send(answer.to_string());
    CHECK(lab.next(asker).value(FieldId::Contact) ==
          "<sip:5010@ucm-pub.lab.example>;q=0.5, <sip:5011@lab.example>, "
          "<sip:5011@lab.example>, <sip:5013@ucm-sub>");
  }
}

TEST_CASE("answers of somebody else, or to nothing, go nowhere") {
  SipLab lab;
  lab.sub_sip.reply = ok_with_contact;
  lab.send(SipLab::registration());
  const Message sent = lab.next(lab.sub_sip);
  lab.from_core();
  SipParty asker(lab.loop);
  asker.dial(lab.sip->door().local());
  asker.send(options_to(uri_of(sent.value(FieldId::Contact))));
  Message got = lab.from_core();
  Message other = sip::make_response(got, 200);
  other.set(FieldId::SallyportFlow, "ffffffffffffffffffffffffffffffff");
  lab.send(other.to_string());
  other.remove(FieldId::SallyportFlow);
  lab.send(other.to_string());
  other.set(FieldId::SallyportFlow, kFlow);
  other.remove_first_value(FieldId::Via);
  lab.send(other.to_string());
  fakes::run_turns(lab.loop);
  CHECK(asker.got.empty());
  CHECK(lab.sink.text().find("went to another client") != std::string::npos);
  CHECK(lab.sink.text().find("without Sallyport-Flow") != std::string::npos);
}

TEST_CASE("what has no room for our own fields ends no channel") {
  SipLab lab;
  const auto padded = [](const std::string& text) {
    std::string fields;
    for (std::size_t i = 0; i < sip::kMaxFields - 10; ++i)
      fields += "X-Pad: x\r\n";
    std::string out = text;
    return out.insert(out.find("Content-Length:"), fields);
  };
  lab.sub_sip.reply = ok_with_contact;
  lab.send(SipLab::registration());
  const Message sent = lab.next(lab.sub_sip);
  lab.from_core();
  SipParty asker(lab.loop);
  asker.dial(lab.sip->door().local());
  asker.send(padded(options_to(uri_of(sent.value(FieldId::Contact)))));
  CHECK(lab.next(asker).status() == 513);
  lab.sub_sip.reply = [&](const Message& request) { return padded(ok_with_contact(request)); };
  lab.send(SipLab::registration());
  lab.next(lab.sub_sip);
  fakes::run_until(lab.loop, [&] {
    return lab.sink.text().find("no room for what is added") != std::string::npos &&
           lab.sink.text().find("Message Dropped") != std::string::npos;
  });
}

TEST_CASE("a core that has just begun does not say that a client is gone") {
  SipLab lab;
  lab.sub_sip.reply = ok_with_contact;
  lab.send(SipLab::registration());
  const std::string client = uri_of(lab.next(lab.sub_sip).value(FieldId::Contact));
  lab.restart();
  SipParty asker(lab.loop);
  asker.dial(lab.sip->door().local());
  asker.send(options_to(client));
  CHECK(lab.next(asker).status() == 480);
  CHECK(lab.counters.sip_flow_failed == 0);
  lab.open_channel();
  asker.send(options_to(client));
  lab.send(answer_of(lab.from_core()));
  CHECK(lab.next(asker).status() == 200);
  // What was there and went is gone, at once; and so is what did not come in time.
  lab.channel->fail();
  asker.send(options_to(client));
  CHECK(lab.next(asker).status() == 430);
  lab.restart();
  lab.clock.advance(kEdgesLinkWithin);
  SipParty later(lab.loop);
  later.dial(lab.sip->door().local());
  later.send(options_to(client));
  CHECK(lab.next(later).status() == 430);
}

TEST_CASE("a request for a client whose edge is gone is answered 430") {
  SipLab lab;
  lab.sub_sip.reply = ok_with_contact;
  lab.send(SipLab::registration());
  const Message sent = lab.next(lab.sub_sip);
  lab.from_core();
  lab.channel->fail();
  SipParty asker(lab.loop);
  asker.dial(lab.sip->door().local());
  asker.send(options_to(uri_of(sent.value(FieldId::Contact))));
  CHECK(lab.next(asker).status() == 430);
  CHECK(lab.counters.sip_flow_failed == 1);
  // The link heals, and the registration with it.
  lab.open_channel();
  asker.send(options_to(uri_of(sent.value(FieldId::Contact))));
  lab.send(answer_of(lab.from_core()));
  CHECK(lab.next(asker).status() == 200);
  // The edge itself may say that the client went.
  asker.send(options_to(uri_of(sent.value(FieldId::Contact))));
  lab.send(answer_of(lab.from_core(), 430));
  CHECK(lab.next(asker).status() == 430);
  CHECK(lab.counters.sip_flow_failed == 2);
}

TEST_CASE("from inside nothing but our clients is reached") {
  SipLab lab;
  struct Case {
    const char* method;
    const char* uri;
    int status;
  };
  const Case cases[] = {
      {"OPTIONS", "sip:127.0.0.1", 200},
      {"OPTIONS", "sip:core.lab.example:5060", 200},
      {"OPTIONS", "sip:5002@core.lab.example", 404},
      {"INVITE", "sip:5002@127.0.0.1;orig-hostport=10.0.0.1:1;flow=AAAA", 404},
      {"INVITE", "sip:5002@evil.example", 403},
      {"REGISTER", "sip:core.lab.example", 403},
      {"OPTIONS", "tel:5002", 416},
  };
  SipParty asker(lab.loop);
  asker.dial(lab.sip->door().local());
  for (const Case& c : cases) {
    CAPTURE(c.method);
    CAPTURE(c.uri);
    asker.send(SipLab::request(c.method, c.uri, "Contact: <sip:a@b>\r\n"));
    CHECK(lab.next(asker).status() == c.status);
  }
  CHECK(lab.channel->body().empty());
}

TEST_CASE("a client's request that breaks a rule is refused, and nothing dialled") {
  SipLab lab;
  const std::string contact = "Contact: <sip:9644@10.106.4.73:49256>\r\n";
  struct Case {
    const char* method;
    std::string extra;
    int status;
  };
  const Case cases[] = {
      {"REGISTER", contact, 400},  // no flow
      {"REGISTER", "Sallyport-Flow: zz\r\n" + contact, 400},
      {"REGISTER", SipLab::flow() + contact + "Route: <sip:evil.example;lr>\r\n", 403},
      {"REGISTER", SipLab::flow() + contact + "Route: <sip:10.9.9.9;lr>\r\n", 403},
      {"REGISTER", SipLab::flow() + contact + "Route: <sip:ucm-sub:22;lr>\r\n", 403},
      {"REGISTER", SipLab::flow() + contact + "Route: <sip:ucm-sub;lr>,<sip:evil.example;lr>\r\n",
       403},
      {"REGISTER", SipLab::flow() + contact + "Proxy-Require: magic\r\n", 420},
      {"SERVICE", SipLab::flow() + contact, 428},
  };
  for (const Case& c : cases) {
    CAPTURE(c.extra);
    lab.send(SipLab::request(c.method, "sip:ucm-sub", c.extra));
    const Message answer = lab.from_core();
    CHECK(answer.status() == c.status);
    CHECK(answer.values(FieldId::Via).size() == 2);
  }
  fakes::run_turns(lab.loop);
  CHECK(lab.pub_sip.got.empty());
  CHECK(lab.sub_sip.got.empty());
  CHECK(lab.sink.text().find("no call manager that is known here") != std::string::npos);
}

TEST_CASE("an edge that asks and reads nothing is answered no more") {
  SipLab lab;
  lab.channel->stall(sip::transport::kChannelLimit + 1);
  const std::size_t before = lab.channel->body().size();
  lab.send(SipLab::request("REGISTER", "sip:ucm-sub", "Contact: <sip:9644@10.106.4.73:49256>\r\n"));
  lab.send(SipLab::request("SERVICE", "sip:ucm-sub", SipLab::flow()));
  fakes::run_until(lab.loop, [&] {
    const std::string text = lab.sink.text();
    const std::size_t first = text.find("the channel to the edge is full");
    return first != std::string::npos &&
           text.find("the channel to the edge is full", first + 1) != std::string::npos;
  });
  CHECK(lab.channel->body().size() == before);
  lab.channel->stall(0);
  lab.send(SipLab::request("REGISTER", "sip:ucm-sub", "Contact: <sip:9644@10.106.4.73:49256>\r\n"));
  CHECK(lab.from_core().status() == 400);
}

TEST_CASE("another call manager takes new requests when the first is down") {
  SipLab lab;
  lab.pub_sip.reply = ok_with_contact;
  lab.sub_sip.stop();
  lab.send(SipLab::registration());
  CHECK(lab.from_core().status() == 200);
  CHECK(lab.pub_sip.got.size() == 1);
  lab.pub_sip.stop();
  fakes::run_turns(lab.loop);
  lab.send(SipLab::registration("edge2"));
  const Message answer = lab.from_core();
  CHECK(answer.status() == 503);
  CHECK(answer.value(FieldId::RetryAfter) == "2");
  CHECK(answer.value(FieldId::SallyportFlow) == kFlow);
}

TEST_CASE("a core that was restarted routes what the last one sealed") {
  SipLab lab;
  lab.sub_sip.reply = ok_with_contact;
  lab.send(SipLab::registration());
  const Message sent = lab.next(lab.sub_sip);
  lab.from_core();
  lab.channel->fail();
  lab.sip.reset();
  SipRelayOptions options = lab.relay_options();
  options.instance = "two";
  lab.sip = std::make_unique<SipRelay>(lab.around, lab.resolver, lab.credentials, *lab.switchboard,
                                       lab.discoveries, options);
  REQUIRE(lab.sip->listen());
  lab.open_channel();
  SipParty asker(lab.loop);
  asker.dial(lab.sip->door().local());
  asker.send(options_to(uri_of(sent.value(FieldId::Contact))));
  CHECK(lab.from_core().uri() == "sip:9644@10.106.4.73:49256;transport=tls");
}

TEST_CASE("a worker hands over what another worker's channel carries") {
  SipLab lab;
  lab.sub_sip.reply = ok_with_contact;
  lab.send(SipLab::registration());
  const Message sent = lab.next(lab.sub_sip);
  lab.from_core();
  SipRelayOptions options = lab.relay_options();
  options.worker = 1;
  SipRelay other(lab.around, lab.resolver, lab.credentials, *lab.switchboard, lab.discoveries,
                 options);
  REQUIRE(other.listen());
  SipParty asker(lab.loop);
  asker.dial(other.door().local());
  asker.send(options_to(uri_of(sent.value(FieldId::Contact))));
  lab.send(answer_of(lab.from_core()));
  CHECK(lab.next(asker).status() == 200);
  // It goes while the message is on its way.
  asker.send(options_to(uri_of(sent.value(FieldId::Contact))));
  const Message got = lab.from_core();
  asker.hang_up();
  fakes::run_turns(lab.loop);
  lab.send(answer_of(got));
  fakes::run_turns(lab.loop);
  CHECK(lab.sink.text().find("its Via names no call manager") != std::string::npos);
}

TEST_CASE("draining ends the channels, and an edge's own end is no harm") {
  SipLab lab;
  lab.sip->drain();
  CHECK(lab.channel->finished());
  CHECK(lab.sip->channel_count() == 0);
}

}  // namespace
}  // namespace core
