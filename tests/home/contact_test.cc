#include "home/contact.h"

#include <doctest/doctest.h>

namespace home {
namespace {

TEST_CASE("a Contact gives its URI, its expiry and what tells phones apart") {
  const auto jabber = parse_contact(
      "<sip:9644@10.106.4.85:5060;transport=tcp;orig-hostport=10.106.4.73:49256>"
      ";+sip.instance=\"<urn:uuid:00000000-0000-0000-0000-0050568b4cc4>\";reg-id=1"
      ";+u.sip!devicename.ccm.cisco.com=\"MDonald\";expires=60;video;x-cisco-newreg");
  REQUIRE(jabber);
  CHECK(jabber->uri == "sip:9644@10.106.4.85:5060;transport=tcp;orig-hostport=10.106.4.73:49256");
  CHECK(jabber->instance == "<urn:uuid:00000000-0000-0000-0000-0050568b4cc4>");
  CHECK(jabber->reg_id == 1);
  CHECK(jabber->expires == 60U);
  CHECK(jabber->params.find("expires") == std::string::npos);
  CHECK(jabber->params.find("newreg") == std::string::npos);
  CHECK(jabber->params.find("devicename.ccm.cisco.com=\"MDonald\"") != std::string::npos);
  CHECK(jabber->params.find("video") != std::string::npos);
  const auto bare = parse_contact("sip:u@h;expires=5;reg-id=7");
  REQUIRE(bare);
  CHECK(bare->uri == "sip:u@h");  // without brackets parameters are the header's
  CHECK(bare->expires == 5U);
  CHECK(bare->reg_id == 0);  // of no use without an instance
  CHECK(parse_contact("<sip:u@h>;expires=soon")->expires == kMalformedExpires);
  CHECK_FALSE(parse_contact("<sip:u@h>")->expires);
  CHECK(parse_contact("<sips:u@h>")->is_sips);
}

TEST_CASE("what cannot be registered is refused") {
  const std::string cases[] = {
      "<mailto:a@b>",
      "<tel:+1>",
      "<sip:u@>",
      "<sip:u@h",
      "",
      "<sip:u@h>;+sip.instance=\"<x>\";reg-id=0",
      "<sip:u@h>;reg-id=-1",
      "<sip:u@h>;reg-id=",
      "<sip:u@h>;reg-id=4294967296",
  };
  for (const std::string& value : cases) {
    CAPTURE(value);
    const auto contact = parse_contact(value);
    REQUIRE_FALSE(contact);
    CHECK(contact.error().code == base::Errc::Malformed);
  }
  const std::string longest = "<sip:" + std::string(kMaxContactBytes - 8, 'u') + "@h>";
  REQUIRE(longest.size() == kMaxContactBytes);
  CHECK(parse_contact(longest));
  CHECK(parse_contact(longest + " ").error().code == base::Errc::TooLarge);
}

TEST_CASE("URIs are compared as RFC 3261 section 19.1.4 has it") {
  struct Case {
    const char* a;
    const char* b;
    bool same;
  };
  const Case cases[] = {
      {"sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtlanTa.CoM;Transport=tcp", true},
      {"sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5", true},
      {"sip:carol@chicago.com;security=on", "sip:carol@chicago.com;newparam=5", true},
      {"sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
       "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com", true},
      {"sip:alice@atlanta.com?subject=project%20x&priority=urgent",
       "sip:alice@atlanta.com?priority=urgent&subject=project%20x", true},
      {"SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP", false},
      {"sip:bob@biloxi.com", "sip:bob@biloxi.com:5060", false},
      {"sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp", false},
      {"sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp", false},
      {"sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting", false},
      {"sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4", false},
      {"sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off", false},
      {"sip:bob@biloxi.com", "sips:bob@biloxi.com", false},
      {"sip:bob:1@biloxi.com", "sip:bob@biloxi.com", false},
      {"sip:u@[2001:db8::1]:5060", "sip:u@[2001:DB8:0:0::1]:5060", true},
      {"mailto:a@b", "mailto:a@b", true},
      {"mailto:a@b", "mailto:A@b", false},
  };
  for (const Case& c : cases) {
    CAPTURE(c.a);
    CAPTURE(c.b);
    CHECK(ComparableUri(c.a).matches(ComparableUri(c.b)) == c.same);
    CHECK(ComparableUri(c.b).matches(ComparableUri(c.a)) == c.same);
    CHECK(ComparableUri(c.a).matches(ComparableUri(c.a)));
  }
}

}  // namespace
}  // namespace home
