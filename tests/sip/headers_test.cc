#include "sip/headers.h"

#include <doctest/doctest.h>

namespace sip {
namespace {

TEST_CASE("addresses with and without brackets") {
  struct Case {
    const char* value;
    const char* display;
    const char* uri;
    const char* params;
    bool has_brackets;
  };
  const Case cases[] = {
      {"<sip:a@b>", "", "sip:a@b", "", true},
      {"<sip:a@b;lr>;x=1", "", "sip:a@b;lr", "x=1", true},
      {"A B <sip:a@b> ; tag = 1", "A B", "sip:a@b", "tag = 1", true},
      {"caller<sip:a@b>", "caller", "sip:a@b", "", true},
      {"\"<;,\\\"\" <sip:a@b>;x", "\"<;,\\\"\"", "sip:a@b", "x", true},
      {"\"\"<sip:a@b>", "\"\"", "sip:a@b", "", true},
      {"sip:a@b", "", "sip:a@b", "", false},
      {"sip:a@b ;tag=1", "", "sip:a@b", "tag=1", false},
      {"sip:a@b;+sip.instance=\"<urn:uuid:1>\"", "", "sip:a@b", "+sip.instance=\"<urn:uuid:1>\"",
       false},
      {"<sip:a@b;transport=tls>;+sip.instance=<urn:uuid:1>;video", "", "sip:a@b;transport=tls",
       "+sip.instance=<urn:uuid:1>;video", true},
      {"<tel:+1>", "", "tel:+1", "", true},
  };
  for (const Case& c : cases) {
    CAPTURE(c.value);
    const auto address = parse_name_addr(c.value);
    REQUIRE(address);
    CHECK(address->display == c.display);
    CHECK(address->uri == c.uri);
    CHECK(address->params == c.params);
    CHECK(address->has_brackets == c.has_brackets);
    CHECK_FALSE(address->is_star);
  }
  CHECK(parse_name_addr("*")->is_star);
  for (const char* bad : {"",
                          "<>",
                          "<",
                          "<sip:a@b",
                          "\"open <sip:a@b>",
                          "\"x\"",
                          "\"x\" sip:a@b",
                          "\"x\"y <sip:a@b>",
                          "A, B <sip:a@b>",
                          "< sip:a@b>",
                          "<sip:a@b >",
                          "<sip:a b>",
                          "<sip:a@b>x",
                          "<sip:a@b>;",
                          "<sip:a@b>;;",
                          "<sip:a@b>;x=",
                          "<sip:a@b>;x=\"y",
                          "<sip:a@b>,<sip:c@d>",
                          "sip:a b",
                          "sip:a@b?x=y",
                          "sip:a,b@c",
                          "sip:a;x=b@c",
                          ";x",
                          "**",
                          "* ",
                          "<sip:a@b>>",
                          "<<sip:a@b>>",
                          "<sip:\"a@b>",
                          "\"x\\\" <sip:a@b>",
                          "<sip:a@b>;tag=1;TAG=2"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_name_addr(bad));
  }
}

TEST_CASE("Via values") {
  const auto via = parse_via("SIP / 2.0 /TLS\t 10.0.0.1 : 5061 ; branch = z9hG4bKx;rport");
  REQUIRE(via);
  CHECK(via->transport == "TLS");
  CHECK(via->host == "10.0.0.1");
  CHECK(via->port == 5061);
  CHECK(via->branch() == "z9hG4bKx");
  const auto v6 = parse_via("SIP/2.0/UDP [2001:db8::1]:5060;received=2001:db8::2");
  REQUIRE(v6);
  CHECK(v6->is_ipv6);
  CHECK(v6->host == "2001:db8::1");
  CHECK(v6->port == 5060);
  CHECK(parse_via("SIP/2.0/UDP [2001:db8::1]"));
  CHECK(parse_via("SIP/2.0/UDP a")->branch().empty());
  for (const char* bad : {"",
                          "SIP/2.0/TLS",
                          "SIP/2.0/TLS ",
                          "SIP/2.0 a",
                          "SIP/2.0/ a",
                          "/2.0/TLS a",
                          "SIP//TLS a",
                          "SIP/2.0/TLS/ a",
                          "SIP/2.0/TLS a b",
                          "SIP/2.0/TLS a:",
                          "SIP/2.0/TLS a:0",
                          "SIP/2.0/TLS a:65536",
                          "SIP/2.0/TLS :5060",
                          "SIP/2.0/TLS a;",
                          "SIP/2.0/TLS a;;b",
                          "SIP/2.0/TLS [::1",
                          "SIP/2.0/TLS ::1",
                          "SIP/2.0/TLS [::1]x:1",
                          "SIP/2.0/TLS a,b",
                          "SIP/2.0/TLS a;x=\"",
                          "SIP/2.0/TLS a;branch=1;branch=2",
                          "SIP/2.0/TLS;a"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_via(bad));
  }
}

TEST_CASE("CSeq and seconds stay within their range") {
  CHECK(parse_cseq("2147483647 INVITE")->number == 2147483647u);
  CHECK(parse_cseq("0009   INVITE")->method == "INVITE");
  for (const char* bad : {"", "1", "1 ", "INVITE", "2147483648 INVITE", "36893488147419103232 A",
                          "-1 A", "+1 A", "1 A B", "1 (A", "1A A", "0x1 A"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_cseq(bad));
  }
  CHECK(*parse_delta_seconds("4294967295") == 4294967295u);
  CHECK(parse_delta_seconds("4294967296").error().code == base::Errc::TooLarge);
  CHECK(parse_delta_seconds("1000000000000000000000000").error().code == base::Errc::TooLarge);
  for (const char* bad : {"", "-1", "1 ", "1.0", "x"}) {
    CAPTURE(bad);
    CHECK(parse_delta_seconds(bad).error().code == base::Errc::Malformed);
  }
}

}  // namespace
}  // namespace sip
