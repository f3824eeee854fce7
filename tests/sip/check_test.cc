#include "sip/check.h"

#include <doctest/doctest.h>

#include <string>

#include "sip/limits.h"

namespace sip {
namespace {

// A good REGISTER, with `from` in it replaced by `to`.
std::string changed(const std::string& from, const std::string& to) {
  std::string text =
      "REGISTER sip:lab.example SIP/2.0\r\n"
      "Via: SIP/2.0/TLS 10.0.0.1:49256;branch=z9hG4bK0000\r\n"
      "Max-Forwards: 70\r\n"
      "From: <sip:5002@lab.example>;tag=1\r\n"
      "To: <sip:5002@lab.example>\r\n"
      "Call-ID: 1@10.0.0.1\r\n"
      "CSeq: 101 REGISTER\r\n"
      "Contact: <sip:x@10.0.0.1:49256;transport=tls>;video\r\n"
      "Route: <sip:edge;transport=tls;lr>,<sip:core:5061;lr>\r\n"
      "Expires: 3600\r\n"
      "Date: Mon, 01 Sep 2014 20:59:30 GMT\r\n"
      "Content-Length: 0\r\n\r\n";
  if (from.empty()) return text;
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

int status_of(const std::string& text, std::string* phrase = nullptr) {
  const auto message = parse_message(text);
  REQUIRE(message);
  const auto fault = check_request(*message);
  if (fault && phrase != nullptr) *phrase = fault->phrase;
  return fault ? fault->status : 0;
}

TEST_CASE("a request is judged field by field") {
  struct Case {
    const char* from;
    const char* to;
    int status;
  };
  const Case cases[] = {
      {"", "", 0},
      {"SIP/2.0\r\n", "SIP/3.0\r\n", 505},
      {"SIP/2.0\r\n", "SIP/2.00\r\n", 505},
      {"SIP/2.0\r\n", "SIP/x\r\n", 400},
      {"SIP/2.0\r\n", "SIP/2.0 \r\n", 400},
      {"sip:lab.example", "tel:123", 416},
      {"sip:lab.example", "sip:lab example", 400},
      {"sip:lab.example", "sip:lab.example?a=b", 400},
      {"Via: ", "X-Via: ", 400},
      {"From: ", "X-From: ", 400},
      {"To: ", "X-To: ", 400},
      {"Call-ID: ", "X-Call-ID: ", 400},
      {"CSeq: ", "X-CSeq: ", 400},
      {"Max-Forwards: ", "X-Max-Forwards: ", 0},
      {"To: ", "t: <sip:a@b>\r\nTo: ", 400},
      {"Call-ID: ", "i: 2\r\nCall-ID: ", 400},
      {"Expires: ", "Expires: 1\r\nExpires: ", 400},
      {"Content-Length: ", "l: 0\r\nContent-Length: ", 400},
      {"branch=z9hG4bK0000", "branch=z9hG4bK", 400},
      {"branch=z9hG4bK0000", "branch=Z9HG4BK", 400},
      {"branch=z9hG4bK0000", "branch=1", 0},
      {";branch=z9hG4bK0000", "", 0},
      {"Via: SIP/2.0/TLS ", "Via: SIP/2.0/TLS a,, SIP/2.0/TLS ", 400},
      {"Max-Forwards: 70", "Max-Forwards: 0", 0},
      {"Max-Forwards: 70", "Max-Forwards: 256", 400},
      {"Max-Forwards: 70", "Max-Forwards: -1", 400},
      {"tag=1", "tag", 400},
      {"From: <", "From: \"<", 400},
      {"From: <sip:5002@lab.example>", "From: <sip:5002@>", 400},
      {"From: <sip:5002@lab.example>", "From: <isbn:1>", 0},
      {"From: <sip:5002@lab.example>;tag=1", "From: *", 400},
      {"Call-ID: 1@10.0.0.1", "Call-ID: a b", 400},
      {"Call-ID: 1@10.0.0.1", "Call-ID:", 400},
      {"101 REGISTER", "101 register", 400},
      {"101 REGISTER", "2147483648 REGISTER", 400},
      {"Contact: ", "Contact: *\r\nContact: ", 400},
      {"Contact: <sip:x@10.0.0.1:49256;transport=tls>;video", "Contact: *", 0},
      {";video", ";expires=4294967296", 400},
      {";video", ";expires=7200", 0},
      {";video", ";", 400},
      {"Contact: <sip:x@", "Contact: <sip:x y@", 400},
      {"Route: <sip:edge;transport=tls;lr>", "Route: sip:edge", 400},
      {"Route: <sip:edge;transport=tls;lr>", "Route: ", 400},
      {"Route: ", "Path: <sip:a;lr\r\nRoute: ", 400},
      {"Expires: 3600", "Expires: 4294967296", 400},
      {"Expires: 3600", "Expires: soon", 0},
      {"20:59:30 GMT", "20:59:30 EST", 400},
      {"Content-Length: 0", "Content-Length: 1", 400},
      {"Content-Length: 0", "Content-Length: x", 400},
      {"Expires: ", "Require: a b\r\nExpires: ", 400},
      {"Expires: ", "Supported:\r\nExpires: ", 0},
  };
  for (const Case& c : cases) {
    CAPTURE(c.from);
    CAPTURE(c.to);
    CHECK(status_of(changed(c.from, c.to)) == c.status);
  }
}

TEST_CASE("the phrase names the fault") {
  std::string phrase;
  CHECK(status_of(changed("101 REGISTER", "101 INVITE"), &phrase) == 400);
  CHECK(phrase == "Bad Request: CSeq: method differs");
  CHECK(status_of(changed("SIP/2.0\r\n", "SIP/3.0\r\n"), &phrase) == 505);
  CHECK(phrase == "Version Not Supported");
  CHECK(status_of(changed("sip:lab.example", "tel:1"), &phrase) == 416);
  CHECK(phrase == "Unsupported URI Scheme");
}

TEST_CASE("there is a limit to the values of a kind, on one line or on many") {
  const auto repeated = [](const std::string& text, std::size_t count) {
    std::string all;
    for (std::size_t i = 0; i < count; ++i)
      all += text;
    return all;
  };
  CHECK(status_of(changed("Via: ", repeated("Via: SIP/2.0/TLS a\r\n", kMaxVia - 1) + "Via: ")) ==
        0);
  CHECK(status_of(changed("Via: ", repeated("Via: SIP/2.0/TLS a\r\n", kMaxVia) + "Via: ")) == 400);
  CHECK(status_of(changed("Via: ", "Via: " + repeated("SIP/2.0/TLS a,", kMaxVia))) == 400);
  CHECK(status_of(changed("Contact: ", "Contact: " + repeated("<sip:a@b>,", 63))) == 0);
  CHECK(status_of(changed("Contact: ", "Contact: " + repeated("<sip:a@b>,", 64))) == 400);
  CHECK(status_of(changed("Route: ", "Route: " + repeated("<sip:a@b>,", 63))) == 400);
  CHECK(status_of(changed("Expires: ", repeated("Accept: a/b\r\n", 65) + "Expires: ")) == 400);
}

TEST_CASE("a response is judged by what its way back needs") {
  struct Case {
    const char* text;
    bool is_good;
  };
  const Case cases[] = {
      {"SIP/2.0 200 OK\r\nVia: SIP/2.0/TLS a\r\nCSeq: 1 A\r\nCall-ID: 1\r\n\r\n", true},
      {"SIP/2.0 699 \r\nVia: SIP/2.0/TLS a\r\nCSeq: 1 A\r\nCall-ID: 1\r\n\r\n", true},
      {"SIP/2.0 700 \r\nVia: SIP/2.0/TLS a\r\nCSeq: 1 A\r\nCall-ID: 1\r\n\r\n", false},
      {"SIP/2.0 99 \r\nVia: SIP/2.0/TLS a\r\nCSeq: 1 A\r\nCall-ID: 1\r\n\r\n", false},
      {"SIP/3.0 200 OK\r\nVia: SIP/2.0/TLS a\r\nCSeq: 1 A\r\nCall-ID: 1\r\n\r\n", false},
      {"SIP/2.0 200 OK\r\nCSeq: 1 A\r\nCall-ID: 1\r\n\r\n", false},
      {"SIP/2.0 200 OK\r\nVia: SIP/2.0/TLS a\r\nCall-ID: 1\r\n\r\n", false},
      {"SIP/2.0 200 OK\r\nVia: SIP/2.0/TLS a\r\nCSeq: 1 A\r\n\r\n", false},
      {"SIP/2.0 200 OK\r\nVia: x\r\nCSeq: 1 A\r\nCall-ID: 1\r\n\r\n", false},
      {"SIP/2.0 503 x\r\nVia: SIP/2.0/TLS a\r\nCSeq: 1 A\r\nCall-ID: 1\r\n"
       "Retry-After: 4294967296 (x)\r\n\r\n",
       false},
      {"SIP/2.0 503 x\r\nVia: SIP/2.0/TLS a\r\nCSeq: 1 A\r\nCall-ID: 1\r\n"
       "Retry-After: 120 (x);duration=1\r\n\r\n",
       true},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    const auto message = parse_message(c.text);
    REQUIRE(message);
    CHECK(check_response(*message).has_value() != c.is_good);
  }
}

TEST_CASE("a message leaves room for what is added to it") {
  const auto room_for = [](std::size_t fields, std::size_t pad, std::size_t contacts,
                           std::size_t body) {
    std::string text = "OPTIONS sip:a SIP/2.0\r\nX: " + std::string(pad, 'x') + "\r\n";
    for (std::size_t i = 1; i < fields - contacts; ++i)
      text += "X: x\r\n";
    for (std::size_t i = 0; i < contacts; ++i)
      text += "m: <sip:a@b>\r\n";
    text += "\r\n" + std::string(body, 'x');
    const auto message = parse_message(text);
    REQUIRE(message);
    const auto fault = check_room(*message, text);
    if (fault) CHECK(fault->status == 513);
    return !fault;
  };
  CHECK(room_for(kMaxFields - kRoomFields, 1, 0, 0));
  CHECK(!room_for(kMaxFields - kRoomFields + 1, 1, 0, 0));
  constexpr std::size_t kRest = 23 + 5 + 2;  // start line, "X: " with its end, empty line
  CHECK(room_for(1, kMaxHeadBytes - kRoomBytes - kRest, 0, 0));
  CHECK(!room_for(1, kMaxHeadBytes - kRoomBytes - kRest + 1, 0, 0));
  CHECK(!room_for(2, kMaxHeadBytes - kRoomBytes - kRoomBytesOfContact - kRest, 1, 0));
  CHECK(room_for(1, 1, 0, kMaxMessageBytes - kRoomBytes - kRest - 1));
  CHECK(!room_for(1, 1, 0, kMaxMessageBytes - kRoomBytes - kRest));
}

TEST_CASE("option tags nobody knows are listed") {
  const auto message = parse_message(
      "OPTIONS sip:a SIP/2.0\r\nRequire: path, Outbound\r\nRequire: x,,y\r\nRequire:\r\n\r\n");
  REQUIRE(message);
  CHECK(unknown_options(*message, FieldId::Require, {"path", "outbound"}) == "x, y");
  CHECK(unknown_options(*message, FieldId::Require, {}) == "path, Outbound, x, y");
  CHECK(unknown_options(*message, FieldId::ProxyRequire, {}).empty());
}

}  // namespace
}  // namespace sip
