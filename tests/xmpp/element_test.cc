#include "xmpp/element.h"

#include <doctest/doctest.h>

#include <string>

#include "tests/xmpp/events.h"
#include "xmpp/tags.h"

namespace xmpp {
namespace {

TEST_CASE("a log never shows what stands in an element with a secret") {
  struct Case {
    const char* octets;
    const char* shown;
  };
  const Case cases[] = {
      {"<auth mechanism='PLAIN'>AGEAYg==</auth>", "<auth mechanism='PLAIN'>xxxxx</auth>"},
      {"<auth a='>'>AGEAYg==</auth >", "<auth a='>'>xxxxx</auth >"},
      {"<auth mechanism='EXTERNAL'/>", "<auth mechanism='EXTERNAL'/>"},
      {"<iq id='1'><query xmlns='jabber:iq:auth'><password>x</password></query></iq>",
       "<iq id='1'>xxxxx</iq>"},
      {"<auth><![CDATA[</auth>secret]]></auth>", "<auth>xxxxx</auth>"},
      {"<auth", "xxxxx"},
      {"secret", "xxxxx"},
      {"", "xxxxx"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.octets);
    CHECK(masked(c.octets, true) == c.shown);
    CHECK(masked(c.octets, false) == c.octets);
  }
}

TEST_CASE("tags are found past quotes and CDATA") {
  const std::string_view octets = "<a b='>' c=\"'/>\">x<![CDATA[<d>]]><e:f/></e:g ></a>";
  struct Case {
    Tag::Kind kind;
    const char* name;
    const char* local_name;
  };
  const Case cases[] = {{Tag::Kind::Start, "a", "a"},
                        {Tag::Kind::Empty, "e:f", "f"},
                        {Tag::Kind::End, "e:g", "g"},
                        {Tag::Kind::End, "a", "a"},
                        {Tag::Kind::None, "", ""}};
  std::size_t at = 0;
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const Tag tag = next_tag(octets, at);
    CHECK(tag.kind == c.kind);
    CHECK(tag.full_name == c.name);
    CHECK(tag.local_name() == c.local_name);
    at = tag.end;
  }
  for (const char* cut : {"", "<", "<a", "<a b='>", "<![CDATA[<a>"})
    CHECK(next_tag(cut, 0).kind == Tag::Kind::None);
}

TEST_CASE("what is escaped comes back from a parser, controls left out") {
  const std::string text = "a<b>&'\"\tc\xc3\xa4";
  const auto seen = run(std::string(kOpen) + "<a b='" + escape(text + '\x01') + "'/>", 100000);
  REQUIRE(seen.size() == 2);
  // XML section 3.3.3: white space in an attribute becomes a space.
  CHECK(seen[1].event.element.attribute("b") == "a<b>&'\" c\xc3\xa4");
}

}  // namespace
}  // namespace xmpp
