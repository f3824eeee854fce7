#include "core/credential_service.h"

#include <doctest/doctest.h>

#include "certs/builder.h"
#include "certs/key.h"
#include "certs/pem.h"
#include "core/digest_proofs.h"
#include "sip/digest.h"
#include "sip/identity.h"
#include "tests/core/relay_lab.h"

namespace core {
namespace {

using sip::FieldId;
using sip::Message;

constexpr char kEdge[] = "edge.lab.example";

// A certificate of an authority with an RSA key, which signs with MD5 too. `trust` gets it.
std::shared_ptr<const certs::Credentials> signed_by_rsa(
    const std::string& digest, std::shared_ptr<const certs::Trust>& trust) {
  const auto authority_key = certs::generate_key("rsa:2048");
  const auto key = certs::generate_key("rsa:2048");
  REQUIRE(authority_key);
  REQUIRE(key);
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  certs::Template wanted;
  wanted.common_name = "RSA CA";
  wanted.is_authority = true;
  wanted.not_before = now - std::chrono::hours{1};
  wanted.not_after = now + std::chrono::hours{1};
  const auto authority = certs::build(wanted, authority_key->get(), nullptr, nullptr);
  REQUIRE(authority);
  wanted.common_name = "leaf";
  wanted.is_authority = false;
  wanted.names = {certs::dns_name(kEdge)};
  wanted.digest = digest;
  const auto leaf = certs::build(wanted, key->get(), authority->get(), authority_key->get());
  REQUIRE(leaf);
  trust = *certs::Trust::from_pem(certs::to_pem(authority->get()));
  return *certs::Credentials::from_pem(certs::to_pem(leaf->get()), certs::to_pem(key->get()));
}

struct Lab : RelayLab {
  policy::Associations associations{store};
  CredentialService service{loop, clock, pool, associations, revocations, discoveries};
  policy::AccessRules rules;
  std::string edge = kEdge;

  Lab() {
    clock.set_now(std::chrono::system_clock::now());  // certificates are of today
    use_access({});
    put();
    for (CallManager* node : {&pub, &sub}) {
      node->files->web.reply = [](const fakes::WebHandler::Request& request) {
        if (request.head.target != "/MDonald.cnf.xml") return net::http::text_response(404, "no");
        return xml(
            "<device><sipProfile><sipLines><line button=\"1\"><name>5002</name></line>"
            "<line><name>5004</name></line></sipLines></sipProfile></device>");
      };
    }
  }
  void use_access(policy::AccessRules access) {
    service.set({inside_ca().trust(), inside_ca().credentials({.names = {"DNS:core.lab.example"}}),
                 std::make_shared<const policy::Access>(std::move(access))});
  }
  std::chrono::sys_seconds now() const {
    return std::chrono::floor<std::chrono::seconds>(clock.now());
  }
  policy::Association association() const {
    return {now(),
            now() + std::chrono::hours{8},
            {make_proof(kUser, kEdge, kPassword)},
            {"MDonald", "Other", "../etc"}};
  }
  void put() { associations.put({kUser, kDomain, kEdge}, association()); }

  std::shared_ptr<const certs::Credentials> edge_credentials(fakes::LeafSpec spec = {}) const {
    if (spec.names.empty()) spec.names = {std::string("DNS:") + kEdge};
    return inside_ca().credentials(spec);
  }
  static sip::CredentialRequest question() {
    return {"0C002E2E", "72417797", kUser, kEdge, "ucm-sub", 1'409'605'170};
  }
  Message make(const sip::CredentialRequest& asked, const certs::Credentials& credentials,
               std::chrono::seconds late = std::chrono::seconds{0}) const {
    const sip::Signer edge_signer{credentials, (now() - late).time_since_epoch().count()};
    auto made = sip::make_service(asked, edge_signer);
    REQUIRE(made);
    made->add_first(FieldId::Via, "SIP/2.0/TLS 10.106.4.81:7001;branch=z9hG4bK1");
    return std::move(*made);
  }
  CredentialService::Verdict ask(Message message) {
    std::optional<CredentialService::Verdict> verdict;
    service.answer(std::move(message), edge, [&](CredentialService::Verdict one) {
      REQUIRE_FALSE(verdict);
      verdict.emplace(std::move(one));
    });
    fakes::run_until(loop, [&] { return verdict.has_value(); });
    CHECK(service.active_count() == 0);
    return std::move(*verdict);
  }
  int status(const sip::CredentialRequest& asked) {
    const auto verdict = ask(make(asked, *edge_credentials()));
    CAPTURE(verdict.reason);
    CHECK(verdict.reason.empty() == (verdict.answer.status() == 200));
    return verdict.answer.status();
  }
};

TEST_CASE("a user who signed in is vouched for, by a signed answer") {
  Lab lab;
  const auto verdict = lab.ask(lab.make(Lab::question(), *lab.edge_credentials()));
  CHECK(verdict.reason == "");
  REQUIRE(verdict.answer.status() == 200);
  const auto delegation = sip::DelegationReader().open(verdict.answer);
  REQUIRE(delegation);
  std::string why;
  CHECK(sip::check_identity(verdict.answer, delegation->chain->front().get(), why) ==
        sip::IdentityFault::None);
  const auto said = sip::parse_method_response(delegation->document);
  REQUIRE(said);
  CHECK(said->user == kUser);
  CHECK(said->domain == kDomain);
  CHECK(said->lines == std::vector<std::string>{"5002", "5004"});
  CHECK(said->expires == lab.association().expires);
  REQUIRE(said->ha1.size() == 2);
  CHECK(said->ha1[0].value == sip::digest_ha1(sip::DigestAlgorithm::Md5, kUser, kEdge, kPassword));
  CHECK(said->ha1[1].value ==
        sip::digest_ha1(sip::DigestAlgorithm::Sha256, kUser, kEdge, kPassword));
}

TEST_CASE("a certificate that is not accepted is 437, and the cause is named") {
  Lab lab;
  const fakes::TestCa other("other CA");
  using Hours = std::chrono::hours;
  struct Case {
    const char* rule;
    std::shared_ptr<const certs::Credentials> credentials;
  };
  const Case cases[] = {
      {"signature", lab.edge_credentials({.names = {}, .digest = "SHA1"})},
      {"key-strength", lab.edge_credentials({.names = {}, .key = "RSA-1024"})},
      {"time", lab.edge_credentials({.names = {}, .valid_until = Hours{-1}})},
      {"time", lab.edge_credentials({.names = {}, .valid_from = Hours{1}})},
      {"usage", lab.edge_credentials({.names = {}, .usage = "clientAuth"})},
      {"name", lab.edge_credentials({.names = {"DNS:edge2.lab.example"}})},
      {"chain", other.credentials({.names = {std::string("DNS:") + kEdge}})},
  };
  for (const Case& c : cases) {
    CAPTURE(c.rule);
    const auto verdict = lab.ask(lab.make(Lab::question(), *c.credentials));
    CHECK(verdict.answer.status() == 437);
    CHECK(verdict.answer.reason() == "Unsupported Certificate");
    CHECK(verdict.reason.find(std::string(c.rule) + ": ") != std::string::npos);
    CHECK(verdict.answer.value(FieldId::Warning).find(c.rule) != std::string_view::npos);
  }
}

TEST_CASE("a certificate that its authority signed with MD5 is 437") {
  Lab lab;
  const std::pair<const char*, int> cases[] = {{"md5", 437}, {"sha1", 437}, {"sha256", 200}};
  for (const auto& [digest, status] : cases) {
    CAPTURE(digest);
    std::shared_ptr<const certs::Trust> trust;
    const auto credentials = signed_by_rsa(digest, trust);
    lab.service.set({trust, inside_ca().credentials({.names = {"DNS:core.lab.example"}}),
                     std::make_shared<const policy::Access>()});
    const auto verdict = lab.ask(lab.make(Lab::question(), *credentials));
    CAPTURE(verdict.reason);
    CHECK(verdict.answer.status() == status);
    CHECK(status == (verdict.reason.find("signature: ") == std::string::npos ? 200 : 437));
  }
}

TEST_CASE("a proof that is not there, or not of this message, is refused") {
  Lab lab;
  const auto credentials = lab.edge_credentials();
  Message without = lab.make(Lab::question(), *credentials);
  without.remove(FieldId::Identity);
  CHECK(lab.ask(std::move(without)).answer.status() == 428);

  Message changed = lab.make(Lab::question(), *credentials);
  changed.set(FieldId::From, "<sip:somebody@ucm-sub>;tag=x");
  CHECK(lab.ask(std::move(changed)).answer.status() == 438);

  Message garbled = lab.make(Lab::question(), *credentials);
  garbled.set(FieldId::Identity, "\"AAAA\"");
  CHECK(lab.ask(std::move(garbled)).answer.status() == 438);

  Message bodiless = lab.make(Lab::question(), *credentials);
  bodiless.set_body("text/plain", "hello");
  CHECK(lab.ask(std::move(bodiless)).answer.status() == 400);

  using Seconds = std::chrono::seconds;
  const std::pair<int, int> times[] = {{0, 200}, {599, 200}, {-599, 200}, {602, 438}, {-602, 438}};
  for (const auto& [late, status] : times) {
    CAPTURE(late);
    const auto verdict = lab.ask(lab.make(Lab::question(), *credentials, Seconds{late}));
    CHECK(verdict.answer.status() == status);
  }
}

TEST_CASE("who may not, or is not known, is refused") {
  Lab lab;
  struct Case {
    const char* username;
    const char* realm;
    const char* sip_domain;
    int status;
  };
  const Case cases[] = {
      {"mac.donald", kEdge, "lab.example", 200},
      {"mac.donald", kEdge, "elsewhere.example", 200},  // the only domain there is
      {"mac.donald", "edge2.lab.example", "ucm-sub", 403},
      {"Mac.Donald", kEdge, "ucm-sub", 404},  // never typed so
      {"mac.donald@lab.example", kEdge, "ucm-sub", 404},
      {"mac.donald@other.example", kEdge, "ucm-sub", 404},
      {"rknotts", kEdge, "ucm-sub", 404},
      {"../x", kEdge, "ucm-sub", 404},
  };
  for (const Case& c : cases) {
    CAPTURE(c.username);
    CAPTURE(c.realm);
    sip::CredentialRequest asked = Lab::question();
    asked.username = c.username;
    asked.realm = c.realm;
    asked.sip_domain = c.sip_domain;
    CHECK(lab.status(asked) == c.status);
  }
  lab.use_access({true, {}, {kUser}});
  CHECK(lab.status(Lab::question()) == 403);
}

TEST_CASE("an association ends with its time and with a revocation") {
  Lab lab;
  lab.revocations.add(policy::Revocation::of_user(kUser, kDomain, lab.now(), std::chrono::hours{9}),
                      lab.clock.now());
  CHECK(lab.status(Lab::question()) == 404);
  lab.clock.advance(std::chrono::seconds{2});
  lab.put();
  CHECK(lab.status(Lab::question()) == 200);
  lab.clock.advance(std::chrono::hours{9});
  CHECK(lab.status(Lab::question()) == 404);
}

TEST_CASE("without the lines nobody is vouched for") {
  Lab lab;
  lab.sub.files->stop();
  CHECK(lab.status(Lab::question()) == 200);  // the other has the files too
  lab.pub.files->stop();
  const auto verdict = lab.ask(lab.make(Lab::question(), *lab.edge_credentials()));
  CHECK(verdict.answer.status() == 503);
  CHECK(verdict.answer.value(FieldId::RetryAfter) == "2");
}

TEST_CASE("a flood of questions of one edge is held off, and not that of another") {
  Lab lab;
  int refused = 0;
  const Message good = lab.make(Lab::question(), *lab.edge_credentials());
  const std::string text = good.to_string();
  for (int i = 0; i < static_cast<int>(CredentialService::kBurst) + 200; ++i) {
    Message one = *sip::parse_message(text);
    one.remove(FieldId::Identity);
    lab.service.answer(std::move(one), kEdge, [&](CredentialService::Verdict verdict) {
      refused += verdict.answer.status() == 503;
    });
  }
  CHECK(refused > 0);
  lab.edge = "edge2.lab.example";
  CHECK(lab.ask(*sip::parse_message(text)).answer.status() == 437);
}

}  // namespace
}  // namespace core
