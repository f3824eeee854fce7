#include "home/sip_calls.h"

#include <doctest/doctest.h>

#include "sip/check.h"
#include "sip/forward.h"
#include "sip/headers.h"
#include "sip/response.h"

namespace home {
namespace {

using sip::FieldId;
using std::chrono::seconds;

constexpr SipCalls::Moment kStart{std::chrono::hours(1)};
const SipSender kSender{"ucm-pub.lab.example", "127.0.20.82:5060", "b1"};

Binding phone(std::string contact, std::string path = {}) {
  Binding binding;
  binding.id = 1;
  binding.line = "5002";
  binding.contact = std::move(contact);
  binding.path = std::move(path);
  return binding;
}

TEST_CASE("requests are well formed and go along the Path") {
  const Binding binding = phone("sip:u@10.0.0.1:5060;transport=tcp;method=INVITE;ob?subject=x",
                                "<sip:127.0.20.85;lr>,<sip:b;lr>");
  const sip::Message options = make_request({"OPTIONS"}, binding, kSender);
  const auto fault = sip::check_request(options);
  if (fault) FAIL(fault->detail);
  CHECK(options.uri() == "sip:u@10.0.0.1:5060;transport=tcp;ob");
  CHECK(options.values(FieldId::Route).size() == 2);
  CHECK(options.value(FieldId::To) == "<sip:5002@ucm-pub.lab.example>");
  CHECK(options.value(FieldId::Via) == "SIP/2.0/TCP 127.0.20.82:5060;branch=z9hG4bKb1;rport");
  CHECK(options.body().empty());
  const PhoneRequest what{"NOTIFY", "service-control", "action=check-version\r\n"};
  const sip::Message notify = make_request(what, phone("sip:u@10.0.0.1"), kSender);
  CHECK_FALSE(sip::check_request(notify));
  CHECK(notify.uri() == "sip:u@10.0.0.1");
  CHECK(notify.find(FieldId::Route) == nullptr);
  CHECK(notify.value(FieldId::Event) == "service-control");
  CHECK(notify.value(FieldId::SubscriptionState) == "active");
  CHECK(notify.value(FieldId::ContentType) == "text/plain");
  CHECK(notify.body() == what.body);
  CHECK(make_request({"OPTIONS"}, phone("sip:h;method=BYE"), kSender).uri() == "sip:h");
}

TEST_CASE("the next hop is the first of the Path, or the Contact") {
  struct Case {
    const char* contact;
    const char* path;
    const char* endpoint;  // empty: none
    bool tls;
  };
  const Case cases[] = {
      {"sip:u@10.0.0.1", "", "10.0.0.1:5060", false},
      {"sip:u@10.0.0.1:5070;transport=tcp", "", "10.0.0.1:5070", false},
      {"sip:u@[2001:db8::1]:5070", "", "[2001:db8::1]:5070", false},
      {"sip:u@10.0.0.1;transport=tls", "", "10.0.0.1:5061", true},
      {"sips:u@10.0.0.1", "", "10.0.0.1:5061", true},
      {"sip:u@10.0.0.1;transport=tls", "<sip:10.9.9.9:7;lr>,<sip:x;lr>", "10.9.9.9:7", false},
      {"sip:u@phone.example", "", "", false},
      {"sip:u@10.0.0.1", "<sip:core.example;lr>", "", false},
      {"rubbish", "", "", false},
  };
  for (const Case& c : cases) {
    CAPTURE(c.contact);
    const NextHop hop = next_hop(phone(c.contact, c.path));
    CHECK((hop.endpoint ? to_string(*hop.endpoint) : "") == c.endpoint);
    CHECK(hop.tls == c.tls);
  }
}

SipCall call(PeerId peer, std::chrono::seconds at = seconds(0)) {
  return {{"OPTIONS"}, 1, peer, false, kStart + at};
}

sip::Message response(const std::string& branch, int status, const std::string& method) {
  SipSender sender = kSender;
  sender.branch = branch;
  return sip::make_response(make_request({method}, phone("sip:u@h"), sender), status);
}

TEST_CASE("a final response ends its call, once") {
  SipCalls calls;
  calls.add("a", call(7));
  CHECK_FALSE(calls.take(response("a", 180, "OPTIONS")));
  CHECK_FALSE(calls.take(response("b", 200, "OPTIONS")));
  CHECK_FALSE(calls.take(response("a", 200, "NOTIFY")));
  const auto taken = calls.take(response("a", 200, "OPTIONS"));
  REQUIRE(taken);
  CHECK(taken->peer == 7);
  CHECK_FALSE(calls.take(response("a", 200, "OPTIONS")));
  CHECK(calls.take_of(7).empty());
  CHECK(calls.take_overdue(kStart + seconds(99)).empty());
}

TEST_CASE("a connection takes its calls with it, and time takes the rest") {
  SipCalls calls;
  calls.add("a", call(7));
  calls.add("b", call(8, seconds(1)));
  calls.add("c", call(7, seconds(2)));
  calls.add("d", call(9, seconds(3)));
  calls.drop("d");
  CHECK(calls.take_of(7).size() == 2);
  CHECK(calls.take_of(7).empty());
  CHECK(calls.take_overdue(kStart + SipCalls::kLimit).empty());
  CHECK(calls.take_overdue(kStart + SipCalls::kLimit + seconds(1)).size() == 1);
  CHECK(calls.take_overdue(kStart + SipCalls::kLimit + seconds(9)).empty());
}

}  // namespace
}  // namespace home
