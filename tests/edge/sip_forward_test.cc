#include "edge/sip_forward.h"

#include <doctest/doctest.h>

#include "tests/edge/sip_text.h"

namespace edge {
namespace {

using sip::FieldId;

const SipHops kHops{"edge.lab.example",
                    "f10e",
                    {base::IpAddress::v4({10, 106, 4, 73}), 49256},
                    {base::IpAddress::v4({10, 106, 4, 81}), 5061},
                    {base::IpAddress::v4({192, 168, 0, 1}), 7001}};

TEST_CASE("a REGISTER goes in with both Paths, who it is of, and nothing that the client claims") {
  sip::Message request = sip_message(kRegister);
  for (const char* name : {"Path", "P-Asserted-Identity", "p-preferred-identity", "X-TAATag",
                           "Sallyport-Flow", "sallyport-flow", "x-taatag", "SALLYPORT-User"})
    request.add(name, "<sip:forged@x>");
  request.add("X-Other", "kept");
  dress_for_core(request, kHops, FieldId::To);
  CHECK(request.values(FieldId::Path) ==
        std::vector<std::string_view>{"<sip:192.168.0.1:7001;transport=tls;lr>",
                                      "<sip:10.106.4.73:49256;transport=tls;apparent;ds;lr>"});
  CHECK(request.value(FieldId::PAssertedIdentity) == "<sip:5002@ucm-sub.lab.example>");
  CHECK(request.value(FieldId::XTaaTag).size() == 36);
  CHECK(request.value(FieldId::SallyportFlow) == "f10e");
  CHECK(request.find("X-Other"));
  CHECK(request.count(FieldId::RecordRoute) == 0);
  CHECK(request.to_string().find("forged") == std::string::npos);
}

TEST_CASE("requests that may begin a dialog leave a way back, in both directions") {
  for (const char* method : {"INVITE", "SUBSCRIBE", "NOTIFY", "REFER", "BYE", "MESSAGE", "ACK"}) {
    CAPTURE(method);
    const bool begins =
        std::string_view("INVITE SUBSCRIBE NOTIFY REFER").find(method) != std::string_view::npos;
    sip::Message in = sip_message(replaced(kInvite, "INVITE", method));
    dress_for_core(in, kHops, FieldId::From);
    sip::Message out = sip_message(replaced(kInvite, "INVITE", method));
    dress_for_client(out, kHops);
    for (const sip::Message* message : {&in, &out}) {
      CHECK(message->count(FieldId::RecordRoute) == (begins ? 1 : 0));
      if (begins) CHECK(message->value(FieldId::RecordRoute) == record_route(kHops));
    }
    CHECK(in.value(FieldId::PAssertedIdentity) == "<sip:5002@ucm-sub.lab.example>");
  }
  sip::Message later = sip_message(replaced(kInvite, "5003@ucm-sub.lab.example>\nCall",
                                            "5003@ucm-sub.lab.example>;tag=to\nCall"));
  dress_for_core(later, kHops, FieldId::From);
  CHECK(later.count(FieldId::RecordRoute) == 0);
  CHECK(record_route(kHops) == "<sip:f10e@edge.lab.example:5061;transport=tls;lr>");
}

TEST_CASE("on the way out Route loses us and the client, and the link's field") {
  sip::Message request = sip_message(kInvite);
  request.add(FieldId::SallyportFlow, "f10e");
  request.add(FieldId::Route,
              "<sip:192.168.0.1:7001;transport=tls;lr>, "
              "<sip:f10e@edge.lab.example:5061;transport=tls;lr>");
  request.add(FieldId::Route, "<sip:10.106.4.73:49256;transport=tls;apparent;ds;lr>");
  request.add(FieldId::Route, "<sip:10.106.4.74;lr>");
  dress_for_client(request, kHops);
  CHECK(request.values(FieldId::Route) == std::vector<std::string_view>{"<sip:10.106.4.74;lr>"});
  CHECK(request.count(FieldId::SallyportFlow) == 0);
}

TEST_CASE("our Via is on top") {
  sip::Message request = sip_message(kRegister);
  add_via(request, kHops.link, kTunnelZone, "aa.bb");
  const std::string via(*request.first_value(FieldId::Via));
  CHECK(via.starts_with(
      "SIP/2.0/TLS 192.168.0.1:7001;egress-zone=TZone;branch=z9hG4bKaa.bb;proxy-call-id="));
  CHECK(via.ends_with(";rport"));
  CHECK(request.values(FieldId::Via).size() == 2);
}

}  // namespace
}  // namespace edge
