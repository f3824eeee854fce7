#include "sip/delegation.h"

#include <doctest/doctest.h>

#include "sip/headers.h"
#include "sip/identity.h"
#include "tests/fakes/test_certs.h"

namespace sip {
namespace {

constexpr std::int64_t kNow = 1'409'605'170;

CredentialRequest question() {
  return {"0C002E2E", "72417797", "mac.donald", "edge.lab.example", "lab.example", kNow};
}

Association answer() {
  Association association;
  association.user = "mac.donald";
  association.domain = "lab.example";
  association.username = "mac.donald";
  association.realm = "edge.lab.example";
  association.ha1 = {{"MD5", std::string(32, 'a')}, {"SHA-256", std::string(64, '0')}};
  association.lines = {"5002"};
  association.devices = {"MDonald", "BOTMAC"};
  association.issued = std::chrono::sys_seconds{std::chrono::seconds{kNow - 60}};
  association.expires = std::chrono::sys_seconds{std::chrono::seconds{kNow + 28800}};
  return association;
}

std::shared_ptr<const certs::Credentials> credentials(const char* name) {
  static const fakes::TestCa root;
  static const fakes::TestCa ca(root, "intermediate");
  fakes::LeafSpec spec;
  spec.names = {std::string("DNS:") + name};
  return ca.credentials(spec);
}

TEST_CASE("a SERVICE has the layout of the wire contract") {
  const auto mine = credentials("edge.lab.example");
  const auto service = make_service(question(), {*mine, kNow});
  REQUIRE(service);
  const auto read = parse_message(service->to_string());
  REQUIRE(read);
  CHECK(read->method() == "SERVICE");
  CHECK(read->uri() == "sip:serviceserver@lab.example");
  CHECK(read->value(FieldId::CallId).size() == 16 + std::string_view("@127.0.0.1").size());
  CHECK(read->value(FieldId::CallId).ends_with("@127.0.0.1"));
  CHECK(parse_cseq(read->value(FieldId::CSeq))->method == "SERVICE");
  CHECK(read->value(FieldId::Contact) == "<sip:serviceproxy@lab.example>");
  CHECK(read->value(FieldId::From).starts_with("<sip:serviceproxy@lab.example>;tag="));
  CHECK(read->value(FieldId::To) == "<sip:serviceserver@lab.example>");
  CHECK(read->value(FieldId::MaxForwards) == "15");
  CHECK(read->value(FieldId::Route) == "<sip:127.0.0.1:22210;transport=tcp;vcs-cate;lr>");
  CHECK(read->value(FieldId::UserAgent) == "Sallyport");
  CHECK(read->value(FieldId::Date) == "Mon, 01 Sep 2014 20:59:30 GMT");
  CHECK(read->value(FieldId::Event) == "service");
  CHECK(read->value(FieldId::PAssertedIdentity) == "<sip:serviceproxy@lab.example>");
  CHECK(read->value(FieldId::ContentType).starts_with("multipart/mixed;boundary=boundary-"));
  std::string why;
  CHECK(check_identity(*read, mine->leaf(), why) == IdentityFault::None);
  const auto opened = DelegationReader().open(*read);
  REQUIRE(opened);
  CHECK(opened->chain->size() == 2);
  CHECK(opened->document ==
        "<?xml version=\"1.0\" encoding=\"utf-8\"?> <methodCall><params><peerid>0C002E2E</peerid>"
        "<id>72417797</id><username>mac.donald</username><realm>edge.lab.example</realm>"
        "<reqtype>collab-edge</reqtype></params><methodName>DigestSA</methodName>"
        "<version>1.0</version><msgid>1409605170</msgid><sipdomain>lab.example</sipdomain>"
        "</methodCall>");
  CHECK(check_identity(*read, opened->chain->front().get(), why) == IdentityFault::None);
}

TEST_CASE("certificates that were read once are the same the next time, and others are their own") {
  DelegationReader reader;
  const auto mine = credentials("edge.lab.example");
  const auto other = credentials("other.lab.example");
  const auto first = reader.open(*make_service(question(), {*mine, kNow}));
  const auto foreign = reader.open(*make_service(question(), {*other, kNow}));
  const auto again = reader.open(*make_service(question(), {*mine, kNow + 1}));
  REQUIRE(first);
  REQUIRE(foreign);
  REQUIRE(again);
  CHECK(again->chain == first->chain);
  CHECK(foreign->chain != first->chain);
  for (std::size_t i = 0; i < DelegationReader::kMaxChains; ++i) {
    CHECK(reader.open(*make_service(question(), {*credentials("edge.lab.example"), kNow})));
  }
  const auto later = reader.open(*make_service(question(), {*mine, kNow}));
  REQUIRE(later);
  CHECK(later->chain->size() == first->chain->size());
}

TEST_CASE("its answer belongs to it and is signed by the core") {
  const auto edge = credentials("edge.lab.example");
  const auto core = credentials("core.lab.example");
  auto service = make_service(question(), {*edge, kNow});
  REQUIRE(service);
  service->add_first(FieldId::Via, "SIP/2.0/TLS 10.1.2.3:7001;branch=z9hG4bK1;received=10.1.2.3");
  const auto reply = make_service_answer(*service, question(), answer(), {*core, kNow});
  REQUIRE(reply);
  const auto read = parse_message(reply->to_string());
  REQUIRE(read);
  CHECK(read->status() == 200);
  for (const FieldId id : {FieldId::Via, FieldId::From, FieldId::CallId, FieldId::CSeq}) {
    CHECK(read->value(id) == service->value(id));
  }
  CHECK(parse_name_addr(read->value(FieldId::To))->param("tag")->size() == 16);
  CHECK(read->value(FieldId::Server) == "Sallyport");
  CHECK(read->value(FieldId::Date) == "Mon, 01 Sep 2014 20:59:30 GMT");
  std::string why;
  CHECK(check_identity(*read, core->leaf(), why) == IdentityFault::None);
  CHECK(check_identity(*read, edge->leaf(), why) == IdentityFault::BadSignature);
  const auto opened = DelegationReader().open(*read);
  REQUIRE(opened);
  const auto association = parse_method_response(opened->document);
  REQUIRE(association);
  CHECK(*association == answer());
}

TEST_CASE("what the other end would not read is not sent") {
  const auto mine = credentials("edge.lab.example");
  const Signer signer{*mine, kNow};
  const auto refused = [&signer](auto change) {
    CredentialRequest request = question();
    change(request);
    return !make_service(request, signer);
  };
  CHECK(refused([](auto& r) { r.username.clear(); }));
  CHECK(refused([](auto& r) { r.username = std::string("a\0b", 3); }));
  CHECK(refused([](auto& r) { r.username = std::string(kMaxDelegatedBytes + 1, 'a'); }));
  CHECK(refused([](auto& r) { r.realm.clear(); }));
  CHECK(refused([](auto& r) { r.sip_domain = "lab.example>\r\nX: y"; }));
  CHECK(refused([](auto& r) { r.sip_domain = "a;b"; }));
  CHECK_FALSE(refused([](auto& r) { r.username = std::string(kMaxDelegatedBytes, '<'); }));
  auto service = make_service(question(), signer);
  REQUIRE(service);
  Association full = answer();
  full.lines.assign(kMaxDelegatedNames, "5002");
  full.devices.assign(kMaxDelegatedNames, "MDonald");
  CHECK(make_service_answer(*service, question(), full, signer));
  full.lines.push_back("one more");
  CHECK_FALSE(make_service_answer(*service, question(), full, signer));
  Association bad = answer();
  bad.ha1 = {{"MD5", "abc"}};
  CHECK_FALSE(make_service_answer(*service, question(), bad, signer));
  bad = answer();
  bad.devices = {""};
  CHECK_FALSE(make_service_answer(*service, question(), bad, signer));
}

TEST_CASE("a body without one of the parts, or with two of one, is refused") {
  const auto mine = credentials("edge.lab.example");
  const auto service = make_service(question(), {*mine, kNow});
  REQUIRE(service);
  const std::string type(service->value(FieldId::ContentType));
  const std::string body(service->body());
  const auto opens = [&type](const std::string& text, const std::string& with_type) {
    Message message = Message::request("SERVICE", "sip:a@b");
    message.set_body(with_type, text);
    return static_cast<bool>(DelegationReader().open(message));
  };
  const auto changed = [&body](const std::string& from, const std::string& to) {
    std::string text = body;
    return text.replace(text.find(from), from.size(), to);
  };
  CHECK(opens(body, type));
  CHECK_FALSE(opens(body, "text/plain"));
  CHECK_FALSE(opens(body, "multipart/mixed;boundary=other"));
  CHECK_FALSE(opens(changed("application/text", "application/other"), type));
  CHECK_FALSE(opens(changed("x-x509-ca-cert", "other"), type));
  CHECK_FALSE(opens(changed("application/x-x509-ca-cert", "application/text"), type));
  CHECK_FALSE(opens(changed("-----BEGIN CERTIFICATE", "-----BEGIN KEY"), type));
  CHECK_FALSE(DelegationReader().open(Message::request("SERVICE", "sip:a@b")));
}

TEST_CASE("the seed's document is read") {
  const auto read = parse_method_call(
      "<?xml version=\"1.0\" encoding=\"utf-8\"?> <methodCall><params><peerid>0C002E2E</peerid>"
      "<id>72417797</id><username>mac.donald</username><realm>uclabExpw-E01.uclab.com</realm>"
      "<reqtype>collab-edge</reqtype></params><methodName>DigestSA</methodName>"
      "<version>1.0</version><msgid>1409605170</msgid><sipdomain>uclabcucm-sub</sipdomain>"
      "</methodCall>\r\n");
  REQUIRE(read);
  CHECK(read->peer_id == "0C002E2E");
  CHECK(read->id == "72417797");
  CHECK(read->username == "mac.donald");
  CHECK(read->realm == "uclabExpw-E01.uclab.com");
  CHECK(read->sip_domain == "uclabcucm-sub");
  CHECK(read->msg_id == 1409605170);
}

TEST_CASE("documents keep odd characters") {
  for (const char* odd : {"a<b>&amp;\"'", "  both ends  ", " ", "line\r\nend\rlast\n", "\t", "]]>",
                          "m\xc3\xbcller", "\x01\x1f", "<!-- x -->", "&#65;", "a\x7f"}) {
    CAPTURE(odd);
    CredentialRequest request = question();
    request.username = odd;
    const auto read = parse_method_call(to_xml(request));
    REQUIRE(read);
    CHECK(read->username == odd);
    Association association = answer();
    association.username = odd;
    association.user = odd;
    association.lines = {odd, "x"};
    association.devices = {odd};
    const auto back = parse_method_response(to_xml(request, association));
    REQUIRE(back);
    CHECK(*back == association);
  }
}

TEST_CASE("a document with something missing, twice or of another form is refused") {
  struct Case {
    const char* from;
    const char* to;
  };
  const Case cases[] = {
      {"<peerid>0C002E2E</peerid>", ""},
      {"<peerid>0C002E2E</peerid>", "<peerid>0C002E2</peerid>"},
      {"<peerid>0C002E2E</peerid>", "<peerid>0C002E2G</peerid>"},
      {"<id>72417797</id>", "<id>-1</id>"},
      {"<id>72417797</id>", "<id></id>"},
      {"</username>", "</username><username>rknotts</username>"},
      {"mac.donald<", "mac<!-- -->.donald<"},
      {"mac.donald<", "<![CDATA[mac.donald]]><"},
      {"mac.donald<", "<b>mac.donald</b><"},
      {"collab-edge", "other"},
      {"DigestSA", "Other"},
      {">1.0<", ">2.0<"},
      {"1409605170", "253402300800"},
      {"1409605170", "-1"},
      {"1409605170", "1e9"},
      {"<sipdomain>lab.example</sipdomain>", ""},
      {"<?xml version=\"1.0\" encoding=\"utf-8\"?>", "<!DOCTYPE x [<!ENTITY a \"b\">]>"},
      {"</methodResponse>", "</methodResponse><methodResponse/>"},
      {"</methodResponse>", ""},
      {"<digestSA>", "<digestSA/><digestSA>"},
      {"algorithm=\"MD5\"", "algorithm=\"md5\""},
      {"algorithm=\"MD5\"", "algorithm=\"SHA-256\""},
      {"algorithm=\"SHA-256\"", "algorithm=\"MD5\""},
      {"aaaaaaaa<", "aaaaaaaA<"},
      {"aaaaaaaa<", "aaaaaaaaa<"},
      {"<user>mac.donald</user>", "<user/>"},
      {"<domain>lab.example</domain>", ""},
      {"<expires>1409633970</expires>", ""},
      {"<lines>", "<lines/><lines>"},
      {"<line>5002</line>", "<line/>"},
      {"<devices>", "<other>"},
  };
  const std::string good = to_xml(question(), answer());
  REQUIRE(parse_method_response(good));
  for (const Case& c : cases) {
    CAPTURE(c.from);
    CAPTURE(c.to);
    std::string text = good;
    const std::size_t at = text.find(c.from);
    REQUIRE(at != std::string::npos);
    text.replace(at, std::string_view(c.from).size(), c.to);
    CHECK_FALSE(parse_method_response(text));
  }
  for (std::size_t cut = 0; cut < good.size(); ++cut) {
    CAPTURE(cut);
    CHECK_FALSE(parse_method_response(std::string_view(good).substr(0, cut)));
  }
  CHECK_FALSE(parse_method_call(good));
  CHECK_FALSE(parse_method_response(to_xml(question())));
}

TEST_CASE("a document has its limits") {
  Association association = answer();
  association.lines.assign(kMaxDelegatedNames, std::string(kMaxDelegatedBytes, 'x'));
  CHECK(parse_method_response(to_xml(question(), association)));
  association.lines.push_back("x");
  CHECK_FALSE(parse_method_response(to_xml(question(), association)));
  association.lines = {std::string(kMaxDelegatedBytes + 1, 'x')};
  CHECK_FALSE(parse_method_response(to_xml(question(), association)));
  const auto large = parse_method_response(to_xml(question(), answer()) + std::string(65536, ' '));
  REQUIRE_FALSE(large);
  CHECK(large.error().code == base::Errc::TooLarge);
  std::string deep;
  for (int i = 0; i < 20'000; ++i)
    deep += "<a>";
  CHECK_FALSE(parse_method_call(deep));
}

}  // namespace
}  // namespace sip
