#include "sip/message.h"

#include <doctest/doctest.h>

#include <string>

namespace sip {
namespace {

using Values = std::vector<std::string_view>;

Message read(std::string_view fields, std::string_view body = {}) {
  std::string text = "OPTIONS sip:a@b SIP/2.0\r\n";
  text.append(fields).append("\r\n").append(body);
  base::Result<Message> message = parse_message(text);
  REQUIRE(message);
  return std::move(*message);
}

// What stands between the start line and Content-Length.
std::string fields_of(const Message& message) {
  const std::string text = message.to_string();
  const std::size_t begin = text.find("\r\n") + 2;
  return text.substr(begin, text.find("Content-Length: ") - begin);
}

TEST_CASE("a message is built and written") {
  Message request = Message::request("OPTIONS", "sip:a@b");
  request.add(FieldId::Via, "SIP/2.0/TLS one;branch=z9hG4bK1");
  request.add(FieldId::To, "<sip:a@b>");
  request.add("Subject", "");
  request.add_first(FieldId::Via, "SIP/2.0/TLS two;branch=z9hG4bK2");
  request.add_first(FieldId::Route, "<sip:r2;lr>");
  request.add_first(FieldId::Route, "<sip:r1;lr>");
  request.set_body("text/plain", "hi");
  CHECK(request.to_string() ==
        "OPTIONS sip:a@b SIP/2.0\r\n"
        "Via: SIP/2.0/TLS two;branch=z9hG4bK2\r\n"
        "Via: SIP/2.0/TLS one;branch=z9hG4bK1\r\n"
        "Route: <sip:r1;lr>\r\n"
        "Route: <sip:r2;lr>\r\n"
        "To: <sip:a@b>\r\n"
        "Subject: \r\n"
        "Content-Type: text/plain\r\n"
        "Content-Length: 2\r\n\r\nhi");
  request.set_uri("sip:c@d");
  CHECK(request.to_string().starts_with("OPTIONS sip:c@d SIP/2.0\r\n"));
  CHECK(Message::response(100, "").to_string() == "SIP/2.0 100 \r\nContent-Length: 0\r\n\r\n");
  CHECK_FALSE(Message::response(100, "").is_request());
}

TEST_CASE("names stay as they were written, and Content-Length is last and right") {
  const Message message = read(
      "l: 99\r\nv : SIP/2.0/TLS a\r\nX-ODD:  a  b \r\nCALL-id:1\r\nContent-Length: 3\r\n", "abc");
  CHECK(message.to_string() ==
        "OPTIONS sip:a@b SIP/2.0\r\nv: SIP/2.0/TLS a\r\nX-ODD: a  b\r\nCALL-id: 1\r\n"
        "Content-Length: 3\r\n\r\nabc");
}

TEST_CASE("fields are found by kind and by name") {
  const Message message = read("m: <sip:a>, <sip:b>\r\nx-a: 1\r\nContact: <sip:c>\r\nX-A: 2\r\n");
  CHECK(message.find(FieldId::Contact)->name == "m");
  CHECK(message.find("contact")->name == "m");
  CHECK(message.find("X-a")->value == "1");
  CHECK(message.find("X-b") == nullptr);
  CHECK(message.count(FieldId::Contact) == 2);
  CHECK(message.values(FieldId::Contact) == Values{"<sip:a>", "<sip:b>", "<sip:c>"});
  CHECK(message.first_value(FieldId::Contact) == "<sip:a>");
  CHECK_FALSE(message.first_value(FieldId::Route));
  CHECK(message.values(FieldId::Route).empty());
  CHECK(message.value(FieldId::Date).empty());
}

TEST_CASE("a field is added behind its kind, set in place of all, and taken away") {
  Message message = read("Path: <sip:1>\r\nTo: x\r\np: 1\r\nPath: <sip:2>\r\nFrom: y\r\n");
  message.add(FieldId::Path, "<sip:3>");
  message.add("P", "2");
  message.add(FieldId::Date, "now");
  CHECK(fields_of(message) ==
        "Path: <sip:1>\r\nTo: x\r\np: 1\r\nP: 2\r\nPath: <sip:2>\r\nPath: <sip:3>\r\nFrom: y\r\n"
        "Date: now\r\n");
  message.set(FieldId::Path, "<sip:4>");
  message.set(FieldId::Event, "e");
  message.set_at(1, "z");
  message.remove("P");
  message.remove(FieldId::Date);
  CHECK(fields_of(message) == "Path: <sip:4>\r\nTo: z\r\nFrom: y\r\nEvent: e\r\n");
  message.remove("f");
  CHECK(message.find(FieldId::From) == nullptr);
}

TEST_CASE("the first value goes or changes, and its neighbours on the line stay") {
  struct Case {
    const char* before;
    const char* removed;
    const char* replaced;
  };
  const Case cases[] = {
      {"Via: a\r\nVia: b\r\n", "Via: b\r\n", "Via: NEW\r\nVia: b\r\n"},
      {"Via: a, b ,c\r\n", "Via: b ,c\r\n", "Via: NEW, b ,c\r\n"},
      {"v: a;x=\"1,2\",b\r\n", "v: b\r\n", "v: NEW,b\r\n"},
      {"Via: a;x=<1,2>\r\n", "", "Via: NEW\r\n"},
      {"Via: a;x=\"1\\\",2\", b\r\n", "Via: b\r\n", "Via: NEW, b\r\n"},
      {"Via: a\r\n ,b\r\n", "Via: b\r\n", "Via: NEW,b\r\n"},
      {"Via: ,a\r\n", "Via: a\r\n", "Via: NEW,a\r\n"},
      {"To: a\r\n", "To: a\r\n", "To: a\r\n"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.before);
    Message one = read(c.before);
    one.remove_first_value(FieldId::Via);
    CHECK(fields_of(one) == c.removed);
    Message two = read(c.before);
    two.set_first_value(FieldId::Via, "NEW");
    CHECK(fields_of(two) == c.replaced);
  }
  Message to = read("To: a, b\r\n");
  to.set_first_value(FieldId::To, "c");
  CHECK(fields_of(to) == "To: c\r\n");
}

TEST_CASE("views outlive a move and changes of other fields") {
  Message message = read("Call-ID: 1@x\r\nTo: t\r\n", "body");
  const std::string_view call_id = message.value(FieldId::CallId);
  const std::string_view body = message.body();
  Message moved = std::move(message);
  for (int i = 0; i < 100; ++i)
    moved.add("X-Filler", std::string(100, 'f'));
  moved.set(FieldId::To, moved.value(FieldId::CallId));
  CHECK(call_id == "1@x");
  CHECK(body == "body");
  CHECK(moved.value(FieldId::To) == "1@x");
  moved.remove(moved.fields()[2].name);
  CHECK(moved.fields().size() == 2);
}

}  // namespace
}  // namespace sip
