#include "certs/subject.h"

#include "certs/describe.h"
#include "tests/certs/forge.h"

namespace certs {
namespace {

using namespace std::string_literals;

TEST_CASE("all names of a certificate are read, in lower case") {
  const auto root = make_root();
  const Certificate leaf = with_raw_names(
      *root, general_dns("Edge.Lab.Example") + general_dns("*.lab.example") +
                 der(0x87, "\x0a\x01\x02\x03"s) +
                 der(0x87, "\x20\x01\x0d\xb8"s + std::string(12, '\0')) +
                 general_other(kSrvOid, der(0x16, "_Collab-Edge._tls.Lab.example")) +
                 der(0x81, "admin@lab.example") + der(0x86, "https://edge.lab.example/"));
  const auto identity = identity_of(leaf.get());
  REQUIRE(identity);
  CHECK(identity->dns_names == std::vector<std::string>{"edge.lab.example", "*.lab.example"});
  CHECK(identity->srv_names == std::vector<std::string>{"_collab-edge._tls.lab.example"});
  REQUIRE(identity->addresses.size() == 2);
  CHECK(base::to_string(identity->addresses[0]) == "10.1.2.3");
  CHECK(base::to_string(identity->addresses[1]) == "2001:db8::");
}

TEST_CASE("names that hold what no name holds refuse the certificate") {
  struct Case {
    const char* what;
    std::string elements;
    std::string_view reason;
  };
  const Case cases[] = {
      {"NUL in a DNS name", general_dns("edge.lab.example\0.evil.test"s), "NUL"},
      {"NUL at the end", general_dns("edge.lab.example\0"s), "NUL"},
      {"newline", general_dns("edge.lab.example\nx"), "control"},
      {"DEL", general_dns("edge\x7f.lab.example"), "control"},
      {"escape", general_dns("\x1b[2Jedge.example"), "control"},
      {"blank", general_dns("edge lab.example"), "dNSName"},
      {"UTF-8",
       general_dns("b\xc3\xbc"
                   "cher.example"),
       "non-ASCII"},
      {"empty", general_dns(""), "empty"},
      {"behind a good one", general_dns("edge.lab.example") + general_dns("a\0b"s), "NUL"},
      {"NUL in a service", general_other(kSrvOid, der(0x16, "_a.b\0"s)), "SRVName"},
      {"tab in a service", general_other(kSrvOid, der(0x16, "_a.\tb")), "SRVName"},
      {"empty service", general_other(kSrvOid, der(0x16, "")), "empty"},
      {"service in UTF-8", general_other(kSrvOid, der(0x0c, "_a.b.example")), "IA5String"},
      {"service as number", general_other(kSrvOid, der(0x02, "\x05")), "IA5String"},
      {"NUL in another text", general_other(kXmppOid, der(0x0c, "a\0b"s)), "otherName"},
      {"NUL in a mail address", der(0x81, "a@b\0.example"s), "mail"},
      {"control in a URI", der(0x86, "https://a\r\nb/"), "URI"},
      {"address of 3 bytes", der(0x87, "abc"), "3 bytes"},
      {"address with mask", der(0x87, "\x0a\0\0\0\xff\0\0\0"s), "8 bytes"},
      {"address of 17 bytes", der(0x87, std::string(17, 'a')), "17 bytes"},
      {"address of no bytes", der(0x87, ""), "0 bytes"},
  };
  const auto root = make_root();
  const auto trust = trust_in(*root);
  for (const Case& c : cases) {
    CAPTURE(c.what);
    const Certificate leaf = with_raw_names(*root, c.elements);
    const auto identity = identity_of(leaf.get());
    REQUIRE_FALSE(identity);
    CHECK(identity.error().code == base::Errc::Malformed);
    CAPTURE(identity.error().detail);
    CHECK(identity.error().detail.find(c.reason) != std::string::npos);
    const Verdict verdict = verify({leaf.get()}, *trust, expecting());
    CHECK_FALSE(verdict.accepted);
    CHECK(verdict.rule == "san-malformed");
    CHECK(verdict.identity.empty());
  }
}

TEST_CASE("other kinds of names are passed over") {
  const auto root = make_root();
  const Certificate leaf =
      with_raw_names(*root, general_other(kXmppOid, der(0x0c, "romeo@lab.example")) +
                                general_other(kXmppOid, der(0x02, "\x05")) +
                                der(0x88, "\x2a\x03\x04") + general_dns("edge.lab.example"));
  const auto identity = identity_of(leaf.get());
  REQUIRE(identity);
  CHECK(identity->dns_names.size() == 1);
  CHECK(identity->srv_names.empty());
}

TEST_CASE("an extension that does not decode, or comes twice, refuses the certificate") {
  const auto root = make_root();
  const std::string names = der(0x30, general_dns("edge.lab.example"));
  const std::string values[] = {"", "x", names + "x", names.substr(0, names.size() - 1),
                                der(0x31, general_dns("edge.lab.example"))};
  for (const std::string& value : values) {
    CAPTURE(value.size());
    const Certificate leaf = certify(*root, wanted("x"));
    add_extension(leaf.get(), NID_subject_alt_name, value);
    resign(leaf.get(), root->key());
    CHECK_FALSE(identity_of(reread(leaf).get()));
  }
  const Certificate twice = certify(*root, wanted("x", {dns_name("edge.lab.example")}));
  add_extension(twice.get(), NID_subject_alt_name, der(0x30, general_dns("evil.test")));
  resign(twice.get(), root->key());
  const auto identity = identity_of(reread(twice).get());
  REQUIRE_FALSE(identity);
  CHECK(identity.error().detail.find("twice") != std::string::npos);
}

TEST_CASE("a malformed name of an intermediate refuses the chain") {
  const auto root = make_root();
  const Key key = make_key();
  const auto middle = root->certify(wanted_authority("Odd CA"), key.get());
  REQUIRE(middle);
  add_extension(middle->get(), NID_subject_alt_name, der(0x30, general_dns("a\0b"s)));
  resign(middle->get(), root->key());
  const Certificate odd = reread(*middle);
  const auto leaf = build(wanted("edge"), make_key().get(), odd.get(), key.get());
  REQUIRE(leaf);
  const Verdict verdict = verify({leaf->get(), odd.get()}, *trust_in(*root), expecting());
  CHECK(verdict.rule == "san-malformed");
  CHECK(verdict.reason.starts_with("CN=Odd CA: "));
}

TEST_CASE("a subject with control bytes is escaped and a long one is cut") {
  const auto root = make_root();
  const Certificate odd = certify(*root, wanted("a\nb\x1b[2Jc\x7f\xc3\xbc"));
  const auto identity = identity_of(odd.get());
  REQUIRE(identity);
  CAPTURE(identity->subject);
  for (const char c : identity->subject)
    CHECK((c >= 0x20 && c < 0x7f));
  const std::string text = describe(odd.get(), kNow);
  for (const char c : text)
    CHECK((c == '\n' || (c >= 0x20 && c < 0x7f)));
}

}  // namespace
}  // namespace certs
