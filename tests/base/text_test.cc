#include "base/text.h"

#include <doctest/doctest.h>

#include <string>

namespace base {
namespace {

std::string all_bytes() {
  std::string bytes;
  for (int i = 0; i < 256; ++i)
    bytes += static_cast<char>(i);
  return bytes;
}

TEST_CASE("case is folded in ASCII only") {
  CHECK(to_lower("ABCxyz-\xc4@[`{") == "abcxyz-\xc4@[`{");
  CHECK(iequals("Content-Length", "content-LENGTH"));
  CHECK_FALSE(iequals("a", "ab"));
  CHECK_FALSE(iequals("[", "{"));
  CHECK_FALSE(iequals("\xc4", "\xe4"));
  CHECK(iequals("", ""));
}

TEST_CASE("a token is made of tchar and not empty") {
  CHECK(is_token("Content-Type"));
  CHECK(is_token("!#$%&'*+-.^_`|~09azAZ"));
  for (const char c : all_bytes()) {
    CAPTURE(static_cast<int>(c));
    const bool separator = std::string_view("\"(),/:;<=>?@[\\]{} ").find(c) != std::string::npos;
    const bool visible = c > 0x20 && c < 0x7f;
    CHECK(is_token_char(c) == (visible && !separator));
  }
  CHECK_FALSE(is_token(""));
  CHECK_FALSE(is_token("a b"));
  CHECK_FALSE(is_token(std::string_view("a\0b", 3)));
}

TEST_CASE("trim takes spaces and tabs off the ends only") {
  CHECK(trim(" \t a b\t ") == "a b");
  CHECK(trim("") == "");
  CHECK(trim(" \t") == "");
  CHECK(trim("\r\na\n") == "\r\na\n");
}

TEST_CASE("split keeps empty parts") {
  using Parts = std::vector<std::string_view>;
  CHECK(split("a,,b", ',') == Parts{"a", "", "b"});
  CHECK(split("", ',') == Parts{""});
  CHECK(split(",", ',') == Parts{"", ""});
  CHECK(split("one", ',') == Parts{"one"});
}

TEST_CASE("decimals are digits only and stop at their limit") {
  CHECK(*parse_decimal("0") == 0);
  CHECK(*parse_decimal("18446744073709551615") == UINT64_MAX);
  CHECK(*parse_decimal("000123") == 123);
  CHECK(*parse_decimal("5", 5) == 5);
  CHECK(*parse_decimal("0", 0) == 0);
  struct Case {
    std::string_view text;
    std::uint64_t max;
    Errc code;
  };
  const Case cases[] = {
      {"", 9, Errc::Malformed},
      {"+1", 9, Errc::Malformed},
      {"-1", 9, Errc::Malformed},
      {" 1", 9, Errc::Malformed},
      {"1 ", 9, Errc::Malformed},
      {"0x1", 9, Errc::Malformed},
      {"1,0", 99, Errc::Malformed},
      {std::string_view("1\0", 2), 9, Errc::Malformed},
      {"6", 5, Errc::TooLarge},
      {"1", 0, Errc::TooLarge},
      {"18446744073709551616", UINT64_MAX, Errc::TooLarge},
      {"99999999999999999999999999", UINT64_MAX, Errc::TooLarge},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    const auto number = parse_decimal(c.text, c.max);
    REQUIRE_FALSE(number);
    CHECK(number.error().code == c.code);
  }
}

TEST_CASE("an escaped value is one printable line and can be read back") {
  CHECK(escape_for_log("plain text | 100%") == "plain text | 100%");
  CHECK(escape_for_log("a\r\nb\"c\\d") == "a\\x0d\\x0ab\\x22c\\x5cd");
  CHECK(escape_for_log(std::string_view("\0\x7f\x80\xff", 4)) == "\\x00\\x7f\\x80\\xff");
  const std::string escaped = escape_for_log(all_bytes());
  for (const char c : escaped)
    CHECK((c >= 0x20 && c < 0x7f && c != '"'));
  CHECK(*unescape_from_log(escaped) == all_bytes());
}

TEST_CASE("every odd byte is found, wherever it stands") {
  for (std::size_t length = 0; length <= 50; ++length) {
    for (int value = 0; value < 256; ++value) {
      const char c = static_cast<char>(value);
      const bool stays = c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
      for (std::size_t at = 0; at < length; ++at) {
        std::string text(length, '~');
        text[at] = c;
        const std::size_t expected = stays ? length : at;
        if (unescaped_prefix(text) == expected) continue;
        CAPTURE(length);
        CAPTURE(value);
        CHECK(unescaped_prefix(text) == expected);
      }
    }
  }
  CHECK(unescaped_prefix({}) == 0);
}

TEST_CASE("a damaged escape is refused") {
  for (const std::string_view text : {"\\", "\\x", "\\x4", "\\xg0", "\\n", "a\\x0", "\\041"}) {
    CAPTURE(text);
    CHECK_FALSE(unescape_from_log(text));
  }
}

TEST_CASE("host names") {
  const std::string label63(63, 'a');
  const std::string name253 = label63 + "." + label63 + "." + label63 + "." + std::string(61, 'b');
  struct Case {
    std::string_view name;
    bool host;
    bool service;
  };
  const std::string label64 = label63 + "a.example";
  const std::string name254 = name253 + "b";
  const std::string service63 = "_" + std::string(62, 'a') + ".example";
  const std::string service64 = "_" + label63 + ".example";
  const Case cases[] = {
      {"example.com", true, true},
      {"EDGE-1.Example.com", true, true},
      {"ucm", true, true},
      {"3com.com", true, true},
      {"1.example", true, true},
      {"xn--bcher-kva.example", true, true},
      {label63, true, true},
      {name253, true, true},
      {"_collab-edge._tls.example.com", false, true},
      {service63, false, true},
      {service64, false, false},
      {label64, false, false},
      {name254, false, false},
      {"", false, false},
      {".", false, false},
      {"example.com.", false, false},
      {".example.com", false, false},
      {"a..b", false, false},
      {"-a.b", false, false},
      {"a-.b", false, false},
      {"a_b.c", false, false},
      {"_.c", false, false},
      {"__a.c", false, false},
      {"_-a.c", false, false},
      {"10.1.2.3", false, false},
      {"127.1", false, false},
      {"2130706433", false, false},
      {"0x7f000001", false, false},
      {"0x7f.0X1", false, false},
      {"0x", false, false},
      {"::1", false, false},
      {"[::1]", false, false},
      {"a b", false, false},
      {"a\n", false, false},
      {"b\xc3\xbc.example", false, false},
      {std::string_view("a\0.b", 4), false, false},
      {"a.b:8443", false, false},
      {"user@host", false, false},
      {"a/b", false, false},
      {"a%2eb", false, false},
      {"*.example.com", false, false},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    CHECK(is_host_name(c.name) == c.host);
    CHECK(is_service_name(c.name) == c.service);
  }
}

}  // namespace
}  // namespace base
