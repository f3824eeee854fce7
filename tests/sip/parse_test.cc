#include <doctest/doctest.h>

#include <string>

#include "sip/limits.h"
#include "sip/message.h"

namespace sip {
namespace {

constexpr std::string_view kStart = "OPTIONS sip:a@b SIP/2.0\r\n";

TEST_CASE("start lines, also those that are at fault but can be answered") {
  struct Case {
    const char* line;
    const char* method;  // nullptr: refused
    const char* uri;
    const char* version;
  };
  const Case cases[] = {
      {"OPTIONS sip:a@b SIP/2.0", "OPTIONS", "sip:a@b", "SIP/2.0"},
      {"options sip:a@b sip/2.0", "options", "sip:a@b", "SIP/2.0"},
      {"OPTIONS sip:a@b SIP/7.0", "OPTIONS", "sip:a@b", "SIP/7.0"},
      {"OPTIONS sip:a@b; lr SIP/2.0", "OPTIONS", "sip:a@b; lr", "SIP/2.0"},
      {"OPTIONS  sip:a@b  SIP/2.0", "OPTIONS", " sip:a@b ", "SIP/2.0"},
      {"OPTIONS sip:a@b SIP/2.0  ", "OPTIONS", "sip:a@b", "SIP/2.0  "},
      {"OPTIONS SIP/2.0", "OPTIONS", "", "SIP/2.0"},
      {"OPTIONS sip:a@b", nullptr, "", ""},
      {"OPTIONS", nullptr, "", ""},
      {"OPTIONS ", nullptr, "", ""},
      {" OPTIONS sip:a@b SIP/2.0", nullptr, "", ""},
      {"OPT(ONS sip:a@b SIP/2.0", nullptr, "", ""},
      {"GET / HTTP/1.1", nullptr, "", ""},
      {"", nullptr, "", ""},
  };
  for (const Case& c : cases) {
    CAPTURE(c.line);
    const auto message = parse_message(std::string(c.line) + "\r\nTo: x\r\n\r\n");
    REQUIRE(bool(message) == (c.method != nullptr));
    if (!message) continue;
    CHECK(message->is_request());
    CHECK(message->method() == c.method);
    CHECK(message->uri() == c.uri);
    CHECK(message->version() == c.version);
  }
}

TEST_CASE("status lines") {
  struct Case {
    const char* line;
    int status;  // 0: refused
    const char* reason;
  };
  const Case cases[] = {
      {"SIP/2.0 200 OK", 200, "OK"},
      {"SIP/2.0 100 ", 100, ""},
      {"SIP/2.0 100", 100, ""},
      {"SIP/2.0 404 Not  Found ", 404, "Not  Found "},
      {"SIP/2.0 4294967301 x", 100000, "x"},
      {"SIP/2.0 000 x", 1, "x"},
      {"SIP/2.0", 0, ""},
      {"SIP/2.0 ", 0, ""},
      {"SIP/2.0 2x0 OK", 0, ""},
      {"SIP/2.0  200 OK", 0, ""},
      {"SIP/2.0 -200 OK", 0, ""},
  };
  for (const Case& c : cases) {
    CAPTURE(c.line);
    const auto message = parse_message(std::string(c.line) + "\r\n\r\n");
    REQUIRE(bool(message) == (c.status != 0));
    if (!message) continue;
    CHECK_FALSE(message->is_request());
    CHECK(message->status() == c.status);
    CHECK(message->reason() == c.reason);
  }
}

TEST_CASE("values lose the white space around them, and folds become one blank") {
  struct Case {
    const char* line;
    const char* value;
  };
  const Case cases[] = {
      {"Subject: a", "a"},
      {"Subject:a", "a"},
      {"Subject \t : \t a b \t", "a b"},
      {"Subject:", ""},
      {"Subject: a\r\n b", "a b"},
      {"Subject: a \t\r\n \t b", "a b"},
      {"Subject:\r\n b\r\n\tc", "b c"},
      {"Subject: a\r\n \r\n b", "a b"},
      {"Subject: a\r\n \r\n\t", "a"},
      {"Subject:\r\n ", ""},
      {"Subject: \"a\r\n  b\"", "\"a b\""},
      {"Subject: a: b", "a: b"},
      {"Subject: \xc3\xa4\x01", "\xc3\xa4\x01"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.line);
    const auto message =
        parse_message(std::string(kStart) + "To: t\r\n" + c.line + "\r\nFrom: f\r\n\r\nbody");
    REQUIRE(message);
    REQUIRE(message->fields().size() == 3);
    CHECK(message->find("subject")->value == c.value);
    CHECK(message->value(FieldId::To) == "t");
    CHECK(message->value(FieldId::From) == "f");
    CHECK(message->body() == "body");
  }
}

TEST_CASE("what breaks lines or names is refused") {
  using namespace std::string_literals;
  for (const std::string& head :
       {"To x\r\n"s, ": x\r\n"s, "T o: x\r\n"s, "T@: x\r\n"s, "To: a\rb\r\n"s, "To: a\nb\r\n"s,
        "To: a\nFrom: b\r\n"s, "To: a\0b\r\n"s, "To: \\\0\r\n"s, "To: \"a\0\"\r\n"s,
        "To: \"a\\\\\0\"\r\n"s, "To: \"a\"\\\0\r\n"s, "T\0o: a\r\n"s, "To: a\r\r\n"s, " x\r\n"s,
        "\r\n"s.substr(0, 1), "To\r\n : x\r\n"s, "\xc3\xa4: x\r\n"s}) {
    CAPTURE(head);
    const auto message = parse_message(std::string(kStart) + head + "\r\n");
    REQUIRE_FALSE(message);
    CHECK(message.error().code == base::Errc::Malformed);
  }
  CHECK(parse_message(std::string(kStart) + "To: \"a\\\0\"\r\n\r\n"s));
  for (const std::string_view cut :
       {"", "\r\n", "\r\n\r\n", "OPTIONS sip:a@b SIP/2.0\r\n", "OPTIONS sip:a@b SIP/2.0\n\n"}) {
    CAPTURE(cut);
    CHECK_FALSE(parse_message(cut));
  }
}

TEST_CASE("each limit is held, and one over it is refused") {
  const auto code_of = [](const std::string& text) {
    const auto message = parse_message(text);
    return message ? std::string("ok") : std::string(to_string(message.error().code));
  };
  const std::string start(kStart), end = "\r\n\r\n";
  const auto uri = [&](std::size_t bytes) {
    std::string line = "OPTIONS sip: SIP/2.0";
    line.insert(12, bytes - line.size(), 'x');
    return line + end;
  };
  CHECK(code_of(uri(kMaxStartLineBytes)) == "ok");
  CHECK(code_of(uri(kMaxStartLineBytes + 1)) == "too large");

  const auto head = [&](std::size_t bytes) {
    return start + "X: " + std::string(bytes - start.size() - 3 - end.size(), 'x') + end;
  };
  CHECK(code_of(head(kMaxHeadBytes)) == "ok");
  CHECK(code_of(head(kMaxHeadBytes + 1)) == "too large");

  const auto message = [&](std::size_t bytes) {
    const std::string text = start + "\r\n";
    return text + std::string(bytes - text.size(), 'b');
  };
  CHECK(code_of(message(kMaxMessageBytes)) == "ok");
  CHECK(code_of(message(kMaxMessageBytes + 1)) == "too large");

  CHECK(code_of(start + std::string(kMaxFieldNameBytes, 'n') + ": x" + end) == "ok");
  CHECK(code_of(start + std::string(kMaxFieldNameBytes + 1, 'n') + ": x" + end) == "too large");

  std::string fields = start;
  for (std::size_t i = 0; i < kMaxFields; ++i)
    fields += "a:b\r\n";
  CHECK(code_of(fields + "\r\n") == "ok");
  CHECK(code_of(fields + "a:b\r\n\r\n") == "too large");
}

}  // namespace
}  // namespace sip
