#include "xmpp/stream.h"

#include <doctest/doctest.h>

#include <set>
#include <string>

#include "tests/xmpp/events.h"

namespace xmpp {
namespace {

TEST_CASE("a header that is written reads the same, whatever stands in it") {
  const StreamHeader headers[] = {
      {"lab.example", "", "", "1.0", ""},
      {"me@lab.example", "lab.example", "0123456789abcdef", "1.0", "en"},
      {"<'\"&>", "\xc3\xa4", "a b", "1.0", "de"},
  };
  for (const StreamHeader& header : headers) {
    const auto seen = run(write_header(header), 100000);
    REQUIRE(seen.size() == 1);
    REQUIRE(seen[0].event.kind == Event::Kind::Header);
    CHECK(read_header(seen[0].event.element) == header);
  }
}

TEST_CASE("what is written before stanzas is good XML of the right names") {
  Parser parser;
  Reader reader(parser);
  reader.set_detail(Detail::Tree);
  REQUIRE(reader.next(write_header({"", "lab.example", "1", "1.0", ""})).kind ==
          Event::Kind::Header);
  const Element features = reader.next(kStartTlsFeatures).element;
  CHECK(features.is("features", ns::kStreams));
  REQUIRE(features.child("starttls", ns::kTls));
  CHECK(features.child("starttls", ns::kTls)->child("required", ns::kTls));
  CHECK(features.children.size() == 1);
  CHECK(reader.next(kStartTls).element.is("starttls", ns::kTls));
  CHECK(reader.next(kProceed).element.is("proceed", ns::kTls));
  const Element failure = reader.next(write_sasl_failure("encryption-required")).element;
  CHECK(failure.is("failure", ns::kSasl));
  CHECK(failure.child("encryption-required", ns::kSasl));
}

TEST_CASE("a stream error ends any stream it is put into") {
  struct Case {
    std::string header;
    std::string root_name;
  };
  const Case cases[] = {
      {std::string(kOpen), "stream:stream"},
      {"<s:stream xmlns='jabber:client' xmlns:s='http://etherx.jabber.org/streams'>", "s:stream"},
  };
  for (const Case& c : cases) {
    Parser parser;
    Reader reader(parser);
    reader.set_detail(Detail::Tree);
    REQUIRE(reader.next(c.header).kind == Event::Kind::Header);
    const std::string text = write_error(Condition::SystemShutdown, reader.root_name());
    const Event error = reader.next(text);
    REQUIRE(error.kind == Event::Kind::Element);
    CHECK(error.element.is("error", ns::kStreams));
    CHECK(error.element.child("system-shutdown", ns::kStreamErrors));
    CHECK(reader.next(text.substr(error.octets)).kind == Event::Kind::End);
  }
  CHECK(write_error(Condition::RemoteConnectionFailed) ==
        "<stream:error><remote-connection-failed xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
        "</stream:error></stream:stream>");
}

TEST_CASE("the JID that was bound is read from its result alone") {
  const std::string bind = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>";
  struct Case {
    std::string element;
    const char* jid;
  };
  const Case cases[] = {
      {"<iq type='result' id='1'>" + bind + "<jid>a@lab.example/x</jid></bind></iq>",
       "a@lab.example/x"},
      {"<iq type='set' id='1'>" + bind + "<jid>a@lab.example/x</jid></bind></iq>", ""},
      {"<iq type='result'>" + bind + "<resource>x</resource></bind></iq>", ""},
      {"<iq type='result'/>", ""},
      {"<message type='result'>" + bind + "<jid>a@lab.example/x</jid></bind></message>", ""},
  };
  for (const Case& c : cases) {
    const Element element = tree(c.element);
    CHECK(bound_jid(element) == c.jid);
    CHECK(granted_jid(element).value_or("") == c.jid);
    CHECK(granted_jid(element).has_value() == (c.jid != std::string_view{}));
  }
}

TEST_CASE("a resumed stream may go on as a bound one does") {
  CHECK(granted_jid(tree("<resumed xmlns='urn:xmpp:sm:3' previd='1' h='0'/>")) == "");
  CHECK(granted_jid(tree("<resumed xmlns='urn:xmpp:sm:2' previd='1' h='0'/>")) == "");
  for (const char* other :
       {"<resumed previd='1'/>", "<resumed xmlns='urn:xmpp:sm' previd='1'/>",
        "<enabled xmlns='urn:xmpp:sm:3'/>", "<failed xmlns='urn:xmpp:sm:3'/>"}) {
    CAPTURE(other);
    CHECK_FALSE(granted_jid(tree(other)));
  }
}

TEST_CASE("each condition has a name of its own") {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(Condition::UnsupportedVersion); ++i)
    names.insert(to_string(static_cast<Condition>(i)));
  CHECK(names.size() == 25);
  CHECK(names.count("") == 0);
}

TEST_CASE("versions and domains are read strictly") {
  for (const char* good : {"1.0", "1.1", "2.0", "1.10", "10.0", "01.0"})
    CHECK(is_version_1(good));
  for (const char* bad : {"", "1", "0.9", "1.", ".0", "1.0.0", "1.x", " 1.0", "-1.0"})
    CHECK_FALSE(is_version_1(bad));
  CHECK(*parse_domain("LAB.example") == "lab.example");
  CHECK(*parse_domain("lab.example.") == "lab.example");
  for (const char* bad : {"", ".", "a@lab.example", "lab.example/x", "lab..example", "10.1.2.3",
                          "lab.example..", "[::1]",
                          "l\xc3\xa4"
                          "b.example"})
    CHECK_FALSE(parse_domain(bad));
}

}  // namespace
}  // namespace xmpp
