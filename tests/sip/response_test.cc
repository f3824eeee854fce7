#include "sip/response.h"

#include <doctest/doctest.h>

#include "sip/headers.h"

namespace sip {
namespace {

Message request_with(std::initializer_list<std::pair<FieldId, const char*>> fields) {
  Message message = Message::request("REGISTER", "sip:lab.example");
  for (const auto& [id, value] : fields)
    message.add(id, value);
  return message;
}

TEST_CASE("codes have their words") {
  CHECK(reason_phrase(100) == "Trying");
  CHECK(reason_phrase(200) == "OK");
  CHECK(reason_phrase(407) == "Proxy Authentication Required");
  CHECK(reason_phrase(428) == "Use Identity Header");
  CHECK(reason_phrase(430) == "Flow Failed");
  CHECK(reason_phrase(437) == "Unsupported Certificate");
  CHECK(reason_phrase(438) == "Invalid Identity Header");
  CHECK(reason_phrase(607) == "Unwanted");
  CHECK(reason_phrase(299) == "Unknown");
  CHECK(reason_phrase(0) == "Unknown");
  CHECK(reason_phrase(700) == "Unknown");
  CHECK(reason_phrase(-1) == "Unknown");
}

TEST_CASE("a response copies what tells the transaction, and nothing else") {
  const Message request = request_with({{FieldId::Via, "SIP/2.0/TLS a;branch=z9hG4bK1"},
                                        {FieldId::Via, "SIP/2.0/TCP b, SIP/2.0/UDP c"},
                                        {FieldId::From, "<sip:5002@lab.example>;tag=f"},
                                        {FieldId::To, "<sip:5002@lab.example>"},
                                        {FieldId::CallId, "c@h"},
                                        {FieldId::CSeq, "7 REGISTER"},
                                        {FieldId::Contact, "<sip:x@y>"},
                                        {FieldId::Route, "<sip:r;lr>"},
                                        {FieldId::ProxyAuthorization, "Digest x=\"y\""}});
  const Message response = make_response(request, 403);
  CHECK(response.status() == 403);
  CHECK(response.reason() == "Forbidden");
  CHECK(response.values(FieldId::Via) == request.values(FieldId::Via));
  CHECK(response.value(FieldId::From) == request.value(FieldId::From));
  CHECK(response.value(FieldId::CallId) == "c@h");
  CHECK(response.value(FieldId::CSeq) == "7 REGISTER");
  CHECK(response.fields().size() == 6);
  CHECK(response.body().empty());
  const auto to = parse_name_addr(response.value(FieldId::To));
  REQUIRE(to);
  CHECK(to->param("tag")->size() == 16);
}

TEST_CASE("a repeated request gets the same tag, another one another") {
  const auto tagged = [](const char* call_id, std::string_view seed) {
    const Message request = request_with({{FieldId::To, "sip:a@b"}, {FieldId::CallId, call_id}});
    return std::string(make_response(request, 200, {}, seed).value(FieldId::To));
  };
  CHECK(tagged("c", "s") == tagged("c", "s"));
  CHECK(tagged("c", "s") != tagged("d", "s"));
  CHECK(tagged("c", "s") != tagged("c", "t"));
  CHECK(tagged("c", "s").starts_with("sip:a@b;tag="));
}

TEST_CASE("a To with a tag, one that cannot be read, and one of a 100 stay as they are") {
  for (const char* to : {"<sip:a@b>;tag=x", "\"open <sip:a@b>", "<sip:a@b"}) {
    CAPTURE(to);
    CHECK(make_response(request_with({{FieldId::To, to}}), 200).value(FieldId::To) == to);
  }
  CHECK(make_response(request_with({{FieldId::To, "<sip:a@b>"}}), 100).value(FieldId::To) ==
        "<sip:a@b>");
}

TEST_CASE("nothing need be there, and a phrase stays one line") {
  const Message bare = make_response(Message::request("X", "y"), 400, "Bad\r\nVia: \tx\x7f");
  CHECK(bare.fields().empty());
  CHECK(bare.reason() == "Bad  Via:  x ");
  CHECK(bare.to_string() == "SIP/2.0 400 Bad  Via:  x \r\nContent-Length: 0\r\n\r\n");
}

}  // namespace
}  // namespace sip
