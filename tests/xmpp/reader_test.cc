#include "xmpp/reader.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/xmpp/events.h"
#include "xmpp/stream.h"

namespace xmpp {
namespace {

using Kind = Event::Kind;
using namespace std::string_literals;

const std::string kHeader(kOpen);

// The last event of a stream that is `kHeader` and then this.
Event last(const std::string& data, std::size_t step = 100000,
           const Limits& limits = kLimitsBefore) {
  const std::vector<Seen> seen = run(kHeader + data, step, limits);
  REQUIRE_FALSE(seen.empty());
  return seen.back().event;
}

TEST_CASE("a stream is cut into header, elements, blanks and end the same in any split") {
  const std::string message =
      "<message to='a@b' id=\"x>y\"><body>a &lt; b<![CDATA[</message>]]></body><x xmlns='q'/>"
      "</message>";
  const std::string stream = "\n" + kHeader + "<presence/> \r\n" + message +
                             "<iq\ttype='get'\n/>\t</stream:stream >\nwhatever";
  struct Expected {
    Kind kind;
    std::string octets;
  };
  const std::vector<Expected> expected = {{Kind::Blank, "\n"},
                                          {Kind::Header, kHeader},
                                          {Kind::Element, "<presence/>"},
                                          {Kind::Blank, " \r\n"},
                                          {Kind::Element, message},
                                          {Kind::Element, "<iq\ttype='get'\n/>"},
                                          {Kind::Blank, "\t"},
                                          {Kind::End, "</stream:stream >"},
                                          {Kind::Blank, "\nwhatever"}};
  for (std::size_t step = 1; step <= stream.size(); ++step) {
    CAPTURE(step);
    const std::vector<Seen> seen = run(stream, step);
    REQUIRE(seen.size() == expected.size());
    for (std::size_t i = 0; i < seen.size(); ++i) {
      CAPTURE(i);
      CHECK(seen[i].event.kind == expected[i].kind);
      CHECK(seen[i].octets == expected[i].octets);
      CHECK(seen[i].event.octets == expected[i].octets.size());
    }
  }
}

TEST_CASE("what was cut off is waited for, at each length") {
  const std::string stream = kHeader + "<message><body a='1'>x</body></message>";
  for (std::size_t length = 0; length < stream.size(); ++length) {
    CAPTURE(length);
    const std::vector<Seen> seen = run(stream.substr(0, length), 100000);
    CHECK(seen.size() == (length < kHeader.size() ? 0 : 1));
  }
  CHECK(run(stream, 100000).size() == 2);
}

TEST_CASE("a header is told with its attributes, whatever its prefix") {
  struct Case {
    const char* header;
    const char* root_name;
  };
  const Case cases[] = {
      {"<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
       "to='lab.example' from='me@lab.example' version='1.0' xml:lang='de'>",
       "stream:stream"},
      {"<?xml version=\"1.0\" encoding='utf-8' ?>\n<s:stream xmlns='jabber:client' "
       "to='lab.example' "
       "xmlns:s='http://etherx.jabber.org/streams' from='me@lab.example' version='1.0' "
       "xml:lang='de'>",
       "s:stream"},
      {"<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
       "to='lab.example' from='me@lab.example' version='1.0' xml:lang='de' xmlns:x='more'>",
       "stream:stream"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.header);
    Parser parser;
    Reader reader(parser);
    CHECK_FALSE(reader.has_header());
    const Event event = reader.next(c.header);
    REQUIRE(event.kind == Kind::Header);
    CHECK(reader.has_header());
    CHECK(reader.root_name() == c.root_name);
    const StreamHeader header = read_header(event.element);
    CHECK(header == StreamHeader{"lab.example", "me@lab.example", "", "1.0", "de"});
    CHECK(reader.next("<presence/>").element.is("presence", ns::kClient));
    CHECK(reader.next("</"s + c.root_name + ">").kind == Kind::End);
  }
}

TEST_CASE("prefixes of the header hold in the elements, and after reset() no longer") {
  Parser parser;
  Reader reader(parser);
  const std::string header =
      "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
      "xmlns:x='urn:x'>";
  REQUIRE(reader.next(header).kind == Kind::Header);
  const Event event = reader.next("<x:y x:a='1'/>");
  CHECK(event.element.is("y", "urn:x"));
  CHECK(event.element.attribute("a", "urn:x") == "1");
  reader.reset();
  CHECK_FALSE(reader.has_header());
  CHECK(reader.root_name() == "stream:stream");
  REQUIRE(reader.next(kHeader).kind == Kind::Header);
  CHECK(reader.next("<x:y/>").error.condition == Condition::BadNamespacePrefix);
}

TEST_CASE("bad headers are refused with their condition") {
  const std::string streams = " xmlns:stream='http://etherx.jabber.org/streams'";
  const std::string both = " xmlns='jabber:client'" + streams;
  struct Case {
    std::string header;
    Condition condition;
  };
  const Case cases[] = {
      {"<stream:stream xmlns='jabber:server'" + streams + ">", Condition::InvalidNamespace},
      {"<stream:stream" + streams + ">", Condition::InvalidNamespace},
      {"<stream:stream xmlns='jabber:client' xmlns:stream='x'>", Condition::InvalidNamespace},
      {"<stream xmlns='jabber:client'>", Condition::InvalidNamespace},
      {"<stream:streams" + both + ">", Condition::BadFormat},
      {"<message" + both + ">", Condition::BadFormat},
      {"<stream:stream" + both + "/>", Condition::BadFormat},
      {"x<stream:stream" + both + ">", Condition::BadFormat},
      {"<?xml version='1.0'?>x", Condition::BadFormat},
      {"\xef\xbb\xbf<stream:stream" + both + ">", Condition::BadFormat},
      {"GET / HTTP/1.1\r\n", Condition::BadFormat},
      {"<other:stream" + both + ">", Condition::BadNamespacePrefix},
      {"<stream:stream xmlns='jabber:client'>", Condition::BadNamespacePrefix},
      {"<?xml version='1.0' encoding='UTF-16'?><stream:stream" + both + ">",
       Condition::UnsupportedEncoding},
      {"<?xml version='1.0' encoding='ISO-8859-1'?><stream:stream" + both + ">",
       Condition::UnsupportedEncoding},
      {"\xfe\xff"s, Condition::UnsupportedEncoding},
      {"\xff\xfe"s, Condition::UnsupportedEncoding},
      {"\0<"s, Condition::UnsupportedEncoding},
      {"<\0s\0"s, Condition::UnsupportedEncoding},
      {"<!DOCTYPE x><stream:stream" + both + ">", Condition::RestrictedXml},
      {"<?xml version='1.0'?><!DOCTYPE x []>", Condition::RestrictedXml},
      {"<!-- x --><stream:stream" + both + ">", Condition::RestrictedXml},
      {"<?x?><stream:stream" + both + ">", Condition::RestrictedXml},
      {"<?xml version='1.0'?><?xml version='1.0'?>", Condition::RestrictedXml},
      {"<?xml version='1.1'?><stream:stream" + both + ">", Condition::BadFormat},
      {"<stream:stream" + both + " a>", Condition::NotWellFormed},
      {"<stream:stream" + both + " a='1' a='2'>", Condition::NotWellFormed},
      {"</stream:stream>", Condition::NotWellFormed},
      {"<stream:stream" + both + " to='\xff'>", Condition::NotWellFormed},
      {"<stream:stream" + both + " to='&x;'>", Condition::RestrictedXml},
      {"<stream:stream" + both + " xmlns:y='" + std::string(1025, 'u') + "'>",
       Condition::PolicyViolation},
  };
  for (const Case& c : cases) {
    for (const std::size_t step : {std::size_t{1}, std::size_t{100000}}) {
      CAPTURE(c.header);
      CAPTURE(step);
      const std::vector<Seen> seen = run(c.header, step);
      REQUIRE(seen.size() == 1);
      CHECK(seen[0].event.kind == Kind::Bad);
      CHECK(to_string(seen[0].event.error.condition) == to_string(c.condition));
      CHECK_FALSE(seen[0].event.error.detail.empty());
    }
  }
}

TEST_CASE("bad elements are refused with their condition") {
  struct Case {
    std::string element;
    Condition condition;
  };
  const Case cases[] = {
      {"text", Condition::BadFormat},
      {"&amp;", Condition::BadFormat},
      {"<![CDATA[x]]>", Condition::RestrictedXml},
      {"<!-- x -->", Condition::RestrictedXml},
      {"<?xml version='1.0'?>", Condition::RestrictedXml},
      {"<!DOCTYPE x [<!ENTITY a 'b'>]>", Condition::RestrictedXml},
      {"<a><!-- x --></a>", Condition::RestrictedXml},
      {"<a><?x y?></a>", Condition::RestrictedXml},
      {"<a><!ENTITY x 'y'></a>", Condition::RestrictedXml},
      {"<a><!DOCTYPE x></a>", Condition::RestrictedXml},
      {"<a>&x;</a>", Condition::RestrictedXml},
      {"<a b='&x;'/>", Condition::RestrictedXml},
      {"<a><![CDATX[x]]></a>", Condition::NotWellFormed},
      {"<a></b>", Condition::NotWellFormed},
      {"<a><b></a></b>", Condition::NotWellFormed},
      {"<a b=c/>", Condition::NotWellFormed},
      {"<a b='<'/>", Condition::NotWellFormed},
      {"<a <b/>", Condition::NotWellFormed},
      {"<a / >", Condition::NotWellFormed},
      {"<>", Condition::NotWellFormed},
      {"<<", Condition::NotWellFormed},
      {"< a/>", Condition::NotWellFormed},
      {"<1/>", Condition::NotWellFormed},
      {"<a>\xff</a>", Condition::NotWellFormed},
      {"<a>\xc0\xaf</a>", Condition::NotWellFormed},
      {"<a>\xed\xa0\x80</a>", Condition::NotWellFormed},
      {"<a>\x01</a>", Condition::NotWellFormed},
      {"<a>&#0;</a>", Condition::NotWellFormed},
      {"<a>]]></a>", Condition::NotWellFormed},
      {"<a>\0</a>"s, Condition::NotWellFormed},
      {"<x:a/>", Condition::BadNamespacePrefix},
      {"<a x:b='1'/>", Condition::BadNamespacePrefix},
      {"<a xmlns:x='a&#10;b'/>", Condition::NotWellFormed},  // CVE-2022-25236
      {"<a xmlns='" + std::string(1025, 'u') + "'/>", Condition::PolicyViolation},
      {"</stream:streams>", Condition::NotWellFormed},
      {"</stream>", Condition::NotWellFormed},
      {"</a<", Condition::NotWellFormed},
  };
  for (const Case& c : cases) {
    for (const std::size_t step : {std::size_t{1}, std::size_t{100000}}) {
      CAPTURE(c.element);
      CAPTURE(step);
      const Event event = last(c.element, step);
      CHECK(event.kind == Kind::Bad);
      CHECK(to_string(event.error.condition) == to_string(c.condition));
    }
  }
}

TEST_CASE("after something bad nothing is read any more") {
  Parser parser;
  Reader reader(parser);
  REQUIRE(reader.next(kHeader).kind == Kind::Header);
  REQUIRE(reader.next("<a></b>").kind == Kind::Bad);
  CHECK(reader.has_header());  // an error goes into the stream that it opened
  CHECK(reader.next("<presence/>").kind == Kind::Bad);
  CHECK(reader.next(kHeader).kind == Kind::Bad);
}

TEST_CASE("each limit is held, whole and in pieces") {
  const Limits limits{200, 300, 4};
  const auto element = [](std::size_t size) { return "<a>" + std::string(size - 7, 'x') + "</a>"; };
  const auto header = [](std::size_t size) {
    return kHeader.substr(0, kHeader.size() - 1) + std::string(size - kHeader.size(), ' ') + ">";
  };
  for (const std::size_t step : {1, 7, 1000}) {
    CAPTURE(step);
    CHECK(run(header(200), step, limits).back().event.kind == Kind::Header);
    CHECK(run(header(201), step, limits).back().event.error.detail == "stream header: too long");
    CHECK(last(element(300), step, limits).kind == Kind::Element);
    CHECK(last(element(301), step, limits).error.detail == "element: too long");
    CHECK(last("<a b='" + std::string(294, 'x'), step, limits).error.condition ==
          Condition::PolicyViolation);
    CHECK(last("<a><a><a><a/><a/></a></a></a>", step, limits).kind == Kind::Element);
    CHECK(last("<a><a><a><a><a/></a></a></a></a>", step, limits).error.detail ==
          "elements: too deep");
    CHECK(last("<a><a><a><a><a", step, limits).error.condition == Condition::PolicyViolation);
  }
  std::string attributes;
  for (std::uint32_t i = 0; i < Scanner::kMaxAttributes; ++i)
    attributes += " a" + std::to_string(i) + "=''";
  CHECK(last("<a" + attributes + "/>").kind == Kind::Element);
  CHECK(last("<a" + attributes + " b=''/>").error.condition == Condition::PolicyViolation);
  // It counts for each tag.
  CHECK(last("<a" + attributes + "><b" + attributes + "/></a>").kind == Kind::Element);
}

TEST_CASE("limits rise for what comes next, also in the middle of an element") {
  Parser parser;
  Reader reader(parser);
  REQUIRE(reader.next(kHeader).kind == Kind::Header);
  const std::string large = "<a>" + std::string(40'000, 'x') + "</a>";
  CHECK(reader.next(large.substr(0, 10'000)).kind == Kind::NeedMore);
  CHECK_FALSE(reader.at_boundary());
  reader.set_limits(kLimitsAfter);
  CHECK(reader.next(large).kind == Kind::Element);
  CHECK(reader.at_boundary());
  const std::string most = "<a>" + std::string(64 * 1024 - 7, 'x') + "</a>";
  CHECK(reader.next(most).kind == Kind::Element);
  CHECK(reader.next("<a>x" + most.substr(3)).error.condition == Condition::PolicyViolation);
}

TEST_CASE("a token of 64 KiB in single octets goes through expat once") {
  const std::string tokens[] = {
      "<a b='" + std::string(64 * 1024 - 9, 'x') + "'/>",
      "<a>" + std::string(64 * 1024 - 7, 'x') + "</a>",
      "<a><![CDATA[" + std::string(64 * 1024 - 19, ']') + "]]></a>",
      "<" + std::string(64 * 1024 - 3, 'x') + "/>",
  };
  for (const std::string& token : tokens) {
    Parser parser;
    Reader reader(parser, kLimitsAfter);
    REQUIRE(reader.next(kHeader).kind == Kind::Header);
    const std::uint64_t before = parser.octets_parsed();
    for (std::size_t size = 1; size < token.size(); ++size) {
      REQUIRE(reader.next(std::string_view(token).substr(0, size)).kind == Kind::NeedMore);
    }
    CHECK(parser.octets_parsed() == before);
    CHECK(reader.next(token).kind == Kind::Element);
    CHECK(parser.octets_parsed() - before == token.size());
  }
}

TEST_CASE("the tree is told where it is asked for, and is bounded") {
  Parser parser;
  Reader reader(parser);
  REQUIRE(reader.next(kHeader).kind == Kind::Header);
  const std::string iq =
      "<iq type='set'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>a&amp;<![CDATA[<b]]>"
      "</resource></bind></iq>";
  CHECK(reader.next(iq).element.children.empty());
  reader.set_detail(Detail::Tree);
  const Element element = reader.next(iq).element;
  const Element* bind = element.child("bind", ns::kBind);
  REQUIRE(bind);
  REQUIRE(bind->child("resource", ns::kBind));
  CHECK(bind->child("resource", ns::kBind)->text == "a&<b");
  CHECK(element.child("bind", ns::kClient) == nullptr);
  // What is beyond the bound is left out, and judged all the same.
  std::string many = "<a>";
  for (std::size_t i = 0; i <= Parser::kMaxTreeElements; ++i)
    many += "<b><c>x</c>y</b>";
  const Event cut = reader.next(many + "</a>");
  REQUIRE(cut.kind == Kind::Element);
  CHECK(cut.element.children.size() == Parser::kMaxTreeElements / 2);
  CHECK(cut.element.children.back().text == "y");
  CHECK(cut.element.text.empty());
  CHECK(reader.next(many + "<x:d/></a>").error.condition == Condition::BadNamespacePrefix);
}

TEST_CASE("what bears a secret is told, wherever it stands and however it is written") {
  struct Case {
    const char* element;
    bool secret;
  };
  const Case cases[] = {
      {"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>QUJD</auth>", true},
      {"<s:response xmlns:s='urn:ietf:params:xml:ns:xmpp&#45;sasl'>QUJD</s:response>", true},
      {"<challenge xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>QUJD</challenge>", true},
      {"<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>QUJD</success>", true},
      {"<authenticate xmlns='urn:xmpp:sasl:2'/>", true},
      {"<iq><query xmlns='jabber:iq:auth'><password>x</password></query></iq>", true},
      {"<iq><a><query xmlns='jabber:iq:register'/></a></iq>", true},
      {"<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><text>x</text></failure>", false},
      {"<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/></stream:features>",
       false},
      {"<message><body>auth</body></message>", false},
      {"<auth/>", false},
  };
  for (const Case& c : cases) {
    CAPTURE(c.element);
    const Event event = last(c.element);
    REQUIRE(event.kind == Kind::Element);
    CHECK(event.bears_secret == c.secret);
  }
}

TEST_CASE("streams take turns at one parser") {
  Parser parser;
  Reader a(parser), b(parser);
  REQUIRE(a.next("<stream:stream xmlns='jabber:client' xmlns:x='urn:x' "
                 "xmlns:stream='http://etherx.jabber.org/streams'>")
              .kind == Kind::Header);
  CHECK(a.next("<message>").kind == Kind::NeedMore);
  REQUIRE(b.next(kHeader).kind == Kind::Header);
  CHECK(b.next("<x:y/>").kind == Kind::Bad);
  CHECK(a.next("<message><x:y/></message>").kind == Kind::Element);
}

TEST_CASE("an idle reader is small") {
  CHECK(sizeof(Reader) <= 88);
}

}  // namespace
}  // namespace xmpp
