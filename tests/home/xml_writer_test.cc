#include "home/xml_writer.h"

#include <doctest/doctest.h>

#include <pugixml.hpp>

namespace home {
namespace {

TEST_CASE("a document is written with its declaration, both kinds of elements and attributes") {
  XmlWriter xml;
  xml.open("a", {{"x", "1"}, {"y", ""}});
  xml.leaf("b", "text", {{"z", "2"}});
  xml.leaf("c", "");
  xml.empty("d");
  xml.close();
  CHECK(xml.take() ==
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>"
        "<a x=\"1\" y=\"\"><b z=\"2\">text</b><c></c><d/></a>");
}

TEST_CASE("no text can change the structure, and it is read back as it was put in") {
  const std::string texts[] = {"</b><evil/>",
                               "\"' x='y",
                               "&amp;",
                               "]]>",
                               "a\tb\nc\rd",
                               "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80",
                               ""};
  for (const std::string& text : texts) {
    CAPTURE(text);
    XmlWriter xml;
    xml.open("a", {{"x", text}});
    xml.leaf("b", text);
    xml.close();
    pugi::xml_document read;
    REQUIRE(read.load_string(xml.take().c_str(), pugi::parse_full | pugi::parse_ws_pcdata));
    CHECK(read.child("a").attribute("x").value() == text);
    CHECK(read.child("a").child("b").child_value() == text);
    CHECK_FALSE(read.child("a").child("evil"));
  }
}

TEST_CASE("what XML cannot hold is replaced, byte for byte of what is malformed") {
  struct Case {
    std::string_view text;
    std::string_view written;
    const char* why;
  };
  using namespace std::string_view_literals;
  const Case cases[] = {
      {"a\0b"sv,
       "a\xef\xbf\xbd"
       "b",
       "NUL"},
      {"\x01\x1f", "\xef\xbf\xbd\xef\xbf\xbd", "control characters"},
      {"\xff", "\xef\xbf\xbd", "no UTF-8 byte"},
      {"\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd", "overlong slash"},
      {"\xe0\x80\xaf", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", "overlong, three bytes"},
      {"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", "surrogate"},
      {"\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", "above U+10FFFF"},
      {"\xe2\x82", "\xef\xbf\xbd\xef\xbf\xbd", "cut short"},
      {"\xef\xbf\xbf", "\xef\xbf\xbd", "U+FFFF, once for the character"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.why);
    XmlWriter xml;
    xml.leaf("a", c.text);
    const std::string whole = xml.take();
    CHECK(whole.find("<a>" + std::string(c.written) + "</a>") != std::string::npos);
    CHECK_FALSE(is_xml_text(c.text));
  }
}

TEST_CASE("texts that are written unchanged are known as such") {
  CHECK(is_xml_text(""));
  CHECK(is_xml_text("Zo\xc3\xab \xf0\x9f\x98\x80\t"));
  CHECK_FALSE(is_xml_text("\x7f"));
}

}  // namespace
}  // namespace home
