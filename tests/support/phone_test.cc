#include "support/phone.h"

#include <doctest/doctest.h>

#include "sip/check.h"
#include "sip/headers.h"
#include "sip/response.h"
#include "sip/uri.h"
#include "tests/support/fake_sip_edge.h"

namespace support {
namespace {

using sip::FieldId;

const RegisterPath kPath{
    "edge.uclab.com", "<sip:10.1.2.3:5061;transport=tls;lr>", {"uclabcucm-pub", kSipPort}};

Phone phone_of(const std::string& device, const PhoneSettings& settings) {
  return make_phone("mac", "s3cret", device, settings);
}

RegisterTurn turn_of(std::uint32_t expires) {
  RegisterTurn turn;
  turn.call_id = "id@10.0.0.1";
  turn.from_tag = "t";
  turn.expires = expires;
  turn.local = *base::parse_endpoint("[2001:db8::1]:49256");
  return turn;
}

TEST_CASE("every REGISTER is one that RFC 3261 takes, whatever the line is called") {
  for (const char* line : {"5002", "+4930123", "*#21", "a;b?c@d", "x%41"}) {
    for (const std::uint32_t expires : {0u, 3600u}) {
      CAPTURE(line);
      const Phone phone = phone_of("MDonald", {line, "", {}});
      sip::Message message = make_register(phone, kPath, turn_of(expires));
      message.add_first(FieldId::Via, "SIP/2.0/TLS 10.0.0.1:5061;branch=z9hG4bK1");
      const auto fault = sip::check_request(message);
      CHECK_MESSAGE(!fault, (fault ? fault->detail : ""));
      const auto to = sip::parse_name_addr(message.value(FieldId::To));
      REQUIRE(to);
      const auto uri = sip::parse_uri(to->uri);
      REQUIRE(uri);
      CHECK(*sip::unescape(uri->user) == line);
      CHECK(message.values(FieldId::Route).size() == 3);
      CHECK(sip::parse_message(message.to_string()));
    }
  }
}

TEST_CASE("the Contact tells device, model and an instance that stays") {
  const Phone phone = phone_of("MDonald", {"5002", "", {}});
  const sip::Message message = make_register(phone, kPath, turn_of(3600));
  const auto contact = sip::parse_name_addr(message.value(FieldId::Contact));
  REQUIRE(contact);
  CHECK(contact->uri == "sip:" + phone.contact + "@[2001:db8::1]:49256;transport=tls");
  CHECK(contact->param("+sip.instance") == "\"<urn:uuid:" + phone.instance + ">\"");
  CHECK(contact->param("+u.sip!devicename.ccm.cisco.com") == "\"MDonald\"");
  CHECK(contact->param("+u.sip!model.ccm.cisco.com") == "\"503\"");
  CHECK(contact->param("video") == "");
  CHECK(phone.instance.size() == 36);
  CHECK(phone.instance == phone_of("MDonald", {"5002", "", {}}).instance);
  CHECK(phone.instance != phone_of("RKnotts", {"5002", "", {}}).instance);
  CHECK(phone_of("MDonald", {"5002", "given", {}}).contact == "given");
}

TEST_CASE("a registrar's port stands in its route only where it is another than SIP's") {
  RegisterPath path = kPath;
  path.registrar = {"2001:db8::5", 5070};
  const Phone phone = phone_of("MDonald", {"5002", "", {}});
  const sip::Message message = make_register(phone, path, turn_of(3600));
  CHECK(message.uri() == "sip:[2001:db8::5]");
  CHECK(message.values(FieldId::Route)[2] == "<sip:[2001:db8::5]:5070;transport=tcp;lr>");
}

TEST_CASE("the granted time is that of the phone's own contact") {
  const Phone phone = phone_of("MDonald", {"5002", "me", {}});
  struct Case {
    std::vector<std::string> contacts;
    std::string expires;
    std::optional<std::uint32_t> granted;
  };
  const Case cases[] = {
      {{"<sip:me@10.0.0.1>;expires=60"}, "120", 60},
      {{"<sip:me@10.0.0.1>"}, "120", 120},
      {{"<sip:me@core:5060;transport=tcp;orig-hostport=1.2.3.4:5>"}, "120", 120},
      {{"<sip:other@10.0.0.2>;expires=9", "<sip:me@10.0.0.1>;expires=60"}, "", 60},
      {{"<sip:other@10.0.0.2>;expires=9"}, "120", {}},
      {{}, "120", 120},
      {{}, "", kRegisterSeconds},
      {{"<sip:me@10.0.0.1>;expires=x"}, "x", kRegisterSeconds},
      {{"*"}, "", {}},
  };
  for (const Case& c : cases) {
    CAPTURE(c.expires);
    sip::Message answer = sip::Message::response(200, "OK");
    for (const std::string& contact : c.contacts)
      answer.add(FieldId::Contact, contact);
    if (!c.expires.empty()) answer.add(FieldId::Expires, c.expires);
    CHECK(granted_seconds(answer, phone) == c.granted);
  }
}

TEST_CASE("what comes from inside is answered by its method and form") {
  struct Case {
    std::string text;
    int status;  // 0: no answer
  };
  const std::string options = FakeSipEdge::request("OPTIONS", "c");
  std::string broken = options;
  broken.replace(broken.find("CSeq: 7"), 7, "CSeq: x");
  const Case cases[] = {
      {options, 200},
      {FakeSipEdge::request("NOTIFY", "c"), 200},
      {FakeSipEdge::request("INVITE", "c"), 486},
      {FakeSipEdge::request("ACK", "c"), 0},
      {FakeSipEdge::request("REGISTER", "c"), 405},
      {FakeSipEdge::request("options", "c"), 405},
      {broken, 400},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    const auto request = sip::parse_message(c.text);
    REQUIRE(request);
    const auto answer = answer_inside(*request);
    CHECK((answer ? answer->status() : 0) == c.status);
  }
}

TEST_CASE("a message is shown without credentials and without what moves a terminal") {
  sip::Message message = make_register(phone_of("MDonald", {"5002", "", {}}), kPath, turn_of(60));
  message.add(FieldId::ProxyAuthorization, "Digest response=\"secret\"");
  message.set_body("text/plain", "one\r\ntwo\x1b[31m\n");
  const std::string text = masked_text(message);
  CHECK(text.find("secret") == std::string::npos);
  CHECK(text.find("Proxy-Authorization: xxxxx\n") != std::string::npos);
  CHECK(text.find("one\ntwo\\x1b[31m\n") != std::string::npos);
}

}  // namespace
}  // namespace support
