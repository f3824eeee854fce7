#include "support/xml.h"

#include <doctest/doctest.h>

namespace support {
namespace {

using base::Errc;

std::string nested(std::size_t depth) {
  std::string text;
  for (std::size_t i = 0; i < depth; ++i)
    text += "<a>";
  for (std::size_t i = 0; i < depth; ++i)
    text += "</a>";
  return text;
}

TEST_CASE("a document is one element with declaration, comments and instructions around it") {
  for (const char* text :
       {"<a/>", "<?xml version='1.0'?><a x='1'>t</a>", " \n<a></a>\n ", "<!-- c --><a/><!-- d -->",
        "\xef\xbb\xbf<a/>", "<?xml version='1.0'?><?style x?><a><![CDATA[<b>]]></a>"}) {
    CAPTURE(text);
    CHECK(parse_xml(text, "a"));
  }
}

TEST_CASE("what is not such a document is refused, and the reason is named") {
  struct Case {
    std::string text;
    Errc code;
    std::string_view reason;
  };
  const Case cases[] = {
      {"", Errc::Malformed, "empty"},
      {" \r\n\t ", Errc::Malformed, "empty"},
      {"<!-- nothing -->", Errc::Malformed, "0 root elements"},
      {"Not Found", Errc::Malformed, "text outside"},
      {"<a/>tail", Errc::Malformed, "text outside"},
      {"head<a/>", Errc::Malformed, "text outside"},
      {"<a/><a/>", Errc::Malformed, "2 root elements"},
      {"<b/>", Errc::Malformed, "<b> instead of <a>"},
      {"<a>", Errc::Malformed, "not XML"},
      {"<a></b>", Errc::Malformed, "not XML"},
      {"<a x=1/>", Errc::Malformed, "not XML"},
      {std::string("<a>\0</a>", 8), Errc::Malformed, "NUL at byte 3"},
      {"<!DOCTYPE a><a/>", Errc::Unsupported, "DOCTYPE"},
      {"<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>", Errc::Unsupported,
       "DOCTYPE"},
      {nested(kMaxXmlDepth + 1), Errc::Malformed, "deeper than"},
      {nested(100'000), Errc::Malformed, "deeper than"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text.substr(0, 80));
    const auto document = parse_xml(c.text, "a");
    REQUIRE(!document);
    CHECK(document.error().code == c.code);
    CAPTURE(document.error().detail);
    CHECK(document.error().detail.find(c.reason) != std::string::npos);
  }
}

TEST_CASE("the limits are taken, one more is not") {
  CHECK(parse_xml(nested(kMaxXmlDepth), "a"));
  const std::string frame = "<a></a>";
  std::string text = "<a>" + std::string(kMaxXmlBytes - frame.size(), 'x') + "</a>";
  CHECK(parse_xml(text, "a"));
  text.insert(3, "x");
  REQUIRE(!parse_xml(text, "a"));
  CHECK(parse_xml(text, "a").error().code == Errc::TooLarge);
}

TEST_CASE("children are read by name, once each") {
  const auto document =
      parse_xml("<a><n> 7 </n><big>65536</big><two/><two/><deep>x<y/></deep><e/></a>", "a");
  REQUIRE(document);
  const pugi::xml_node root = document->document_element();
  CHECK(*child_number(root, "n") == 7);
  CHECK(*child_text(root, "n") == "7");
  CHECK(*child_text(root, "e") == "");
  CHECK(*optional_text(root, "absent") == "");
  CHECK(!child_text(root, "absent"));
  CHECK(!child_text(root, "two"));
  CHECK(!optional_text(root, "two"));
  CHECK(!child_text(root, "deep"));
  CHECK(!child_number(root, "big"));
  CHECK(!child_number(root, "e"));
}

}  // namespace
}  // namespace support
