#include "net/http/fields.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>

#include "net/http/octets.h"

namespace net::http {
namespace {

TEST_CASE("fields keep their order and spelling, and are found without regard to case") {
  Fields fields;
  fields.add("Set-Cookie", "a");
  fields.add("X", "");
  fields.add("set-cookie", "b");
  CHECK(fields.size() == 3);
  CHECK(fields.get("SET-COOKIE") == "a");
  CHECK(fields.get("x") == "");
  CHECK(!fields.get("y"));
  CHECK(fields.count("set-cookie") == 2);
  CHECK(fields.joined("Set-Cookie") == "a, b");
  CHECK(fields.joined("y").empty());
  CHECK(fields[0].name == "Set-Cookie");
  CHECK(fields[2].name == "set-cookie");
}

TEST_CASE("set leaves one field, remove none") {
  Fields fields;
  for (const char* value : {"1", "2", "3"})
    fields.add("A", value);
  fields.add("B", "4");
  fields.set("a", "5");
  CHECK(fields.size() == 2);
  CHECK(fields.get("A") == "5");
  CHECK(fields[0].name == "B");
  CHECK(fields.remove("A") == 1);
  CHECK(fields.remove("A") == 0);
  CHECK(fields.size() == 1);
}

TEST_CASE("a field may be made from another one's text") {
  Fields fields;
  fields.add("A", "value");
  for (int i = 0; i < 200; ++i)
    fields.add(fields[0].name, fields[0].value);
  fields.set("A", *fields.get("A"));
  CHECK(fields.size() == 1);
  CHECK(fields.get("a") == "value");
}

TEST_CASE("a value may come in pieces, of another field's text too") {
  Fields fields;
  fields.add_joined("Via", {"1.1 a", ", ", "1.1 b"});
  fields.add_joined("X", {});
  for (int i = 0; i < 100; ++i)
    fields.add_joined(fields[0].name, {fields[0].value, "", fields[0].name});
  CHECK(fields.get("via") == "1.1 a, 1.1 b");
  CHECK(fields.get("x") == "");
  CHECK(fields[101].name == "Via");
  CHECK(fields[101].value == "1.1 a, 1.1 bVia");
}

TEST_CASE("what is moved from is empty, and may be used again") {
  Fields fields;
  fields.add("A", "1");
  Fields taken = std::move(fields);
  CHECK(fields.empty());
  fields.add("B", "2");
  CHECK(fields.size() == 1);
  taken = std::move(fields);
  CHECK(fields.empty());
  CHECK(taken.size() == 1);
  CHECK(taken.get("B") == "2");
  fields.set("C", "3");
  CHECK(fields.get("C") == "3");
}

TEST_CASE("a copy replaces what was there, be it more or less") {
  Fields few;
  few.add("A", "1");
  Fields many;
  for (int i = 0; i < 40; ++i)
    many.add("name", std::string(100, 'v'));
  Fields copy = many;
  copy = few;
  CHECK(copy.size() == 1);
  CHECK(copy.get("A") == "1");
  copy = many;
  CHECK(copy.size() == 40);
  CHECK(copy.text_bytes() == many.text_bytes());
  CHECK(copy[39].value == many[39].value);
  const Fields& same = copy;
  copy = same;
  CHECK(copy.size() == 40);
  copy = Fields{};
  CHECK(copy.empty());
  copy = Fields(Fields{});
  CHECK(copy.begin() == copy.end());
}

TEST_CASE("a copy does not share text") {
  Fields fields;
  fields.add("A", "1");
  Fields copy = fields;
  fields.set("A", "2");
  CHECK(copy.get("A") == "1");
}

TEST_CASE("tokens and values are judged by their bytes") {
  CHECK(is_token("!#$%&'*+-.^_`|~09azAZ"));
  for (const std::string_view bad : {"", " ", "a b", "a:", "a(", "\x7f", "\xc3\xa4", "a\t"}) {
    CAPTURE(bad);
    CHECK(!is_token(bad));
  }
  CHECK(!is_token(std::string_view("a\0", 2)));
  for (const std::string_view good : {"", "a b\tc", "\xff", "\"(),/:;<=>?@[\\]{}"}) {
    CAPTURE(good);
    CHECK(is_field_value(good));
  }
  for (const std::string_view bad : {" a", "a ", "\ta", "a\r", "a\nb", "\x7f", "\x1f"}) {
    CAPTURE(bad);
    CHECK(!is_field_value(bad));
  }
  CHECK(!is_field_value(std::string_view("\0", 1)));
}

TEST_CASE("a list holds its members, whatever the white space") {
  CHECK(list_holds("close", "Close"));
  CHECK(list_holds("a , ,\tCLOSE", "close"));
  CHECK(!list_holds("closed", "close"));
  CHECK(!list_holds("", "close"));
  CHECK(!list_holds("a b", "b"));
}

TEST_CASE("fields are removed by what their names are, and copied into room made ahead") {
  Fields fields;
  fields.add("Via", "1.1 a");
  fields.add("Accept", "*/*");
  fields.add("X-Real-IP", "forged");
  CHECK(fields.text_bytes() == 8 + 9 + 15);
  Fields copy;
  copy.reserve(8, 256);
  copy = fields;
  copy.remove_if([](std::string_view name) { return name.starts_with('V') || name.size() == 9; });
  copy.add("Via", "1.1 b");
  REQUIRE(copy.size() == 2);
  CHECK(copy.joined("accept") == "*/*");
  CHECK(copy.joined("via") == "1.1 b");
  CHECK(fields.size() == 3);
}

TEST_CASE("a bad byte is found wherever it stands, a good one nowhere") {
  constexpr std::size_t kSize = 19;  // two words of eight and a rest
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    const bool is_control = (byte < 0x20 && c != '\t') || byte == 0x7f;
    for (std::size_t at = 0; at < kSize; ++at) {
      CAPTURE(byte);
      CAPTURE(at);
      std::string text(kSize, 'x');
      text[at] = c;
      CHECK(is_value_text(text) == !is_control);
      CHECK(is_target_text(text) == (byte > 0x20 && byte < 0x7f));
    }
  }
}

TEST_CASE("fields beyond what a usual head has are kept as well") {
  Fields fields;
  for (int i = 0; i < 100; ++i)
    fields.add("name-" + std::to_string(i), std::string(static_cast<std::size_t>(i), 'v'));
  CHECK(fields.size() == 100);
  for (int i = 0; i < 100; ++i)
    CHECK(fields.get("NAME-" + std::to_string(i))->size() == static_cast<std::size_t>(i));
}

}  // namespace
}  // namespace net::http
