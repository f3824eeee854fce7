#include "sip/identity.h"

#include <doctest/doctest.h>

#include <chrono>

#include "certs/authority.h"
#include "certs/key.h"
#include "tests/fakes/test_certs.h"

namespace sip {
namespace {

Message request() {
  Message message = Message::request("SERVICE", "sip:serviceserver@lab.example");
  message.add(FieldId::CallId, "3f90bf8e640d6c6b@127.0.0.1");
  message.add(FieldId::CSeq, "29793   SERVICE");
  message.add(FieldId::Contact, "<sip:serviceproxy@lab.example>");
  message.add(FieldId::From, "\"Proxy\" <sip:serviceproxy@lab.example>;tag=8f9dc2af76d47910");
  message.add(FieldId::To, "sip:serviceserver@lab.example;tag=x");
  message.add(FieldId::Date, "Mon, 01 Sep 2014 20:59:30 GMT");
  message.set_body("text/plain", "a|b\r\n");
  return message;
}

Message response() {
  Message message = Message::response(200, "OK");
  message.add(FieldId::CallId, "c@h");
  message.add(FieldId::CSeq, "1 SERVICE");
  message.add(FieldId::From, "<sip:a@lab.example>;tag=f");
  message.add(FieldId::To, "<sip:b@lab.example>;tag=t");
  message.add(FieldId::Date, "Mon, 01 Sep 2014 20:59:30 GMT");
  return message;
}

std::shared_ptr<const certs::Credentials> credentials(const std::string& key = "P-256") {
  static const fakes::TestCa ca;
  fakes::LeafSpec spec;
  spec.names = {"DNS:edge.lab.example"};
  spec.key = key;
  return ca.credentials(spec);
}

std::shared_ptr<const certs::Credentials> edwards() {
  using namespace std::chrono;
  certs::Template wanted;
  wanted.names = {certs::dns_name("edge.lab.example")};
  wanted.not_before = floor<seconds>(system_clock::now()) - hours(1);
  wanted.not_after = wanted.not_before + hours(24);
  wanted.common_name = "root";
  wanted.is_authority = true;
  const auto root = certs::Authority::create(wanted, "ec:p256");
  REQUIRE(root);
  wanted.is_authority = false;
  const auto issued = (*root)->issue(wanted, "ed25519");
  REQUIRE(issued);
  return *certs::Credentials::from_pem(issued->chain_pem, issued->key_pem);
}

IdentityFault check(const Message& message, const certs::Credentials& by) {
  std::string why;
  const IdentityFault fault = check_identity(message, by.leaf(), why);
  CHECK((fault == IdentityFault::None) == why.empty());
  return fault;
}

TEST_CASE("the digest string is that of RFC 4474") {
  CHECK(*digest_string(request()) ==
        "sip:serviceproxy@lab.example|sip:serviceserver@lab.example|3f90bf8e640d6c6b@127.0.0.1|"
        "29793 SERVICE|Mon, 01 Sep 2014 20:59:30 GMT|sip:serviceproxy@lab.example|a|b\r\n");
  CHECK(*digest_string(response()) ==
        "sip:a@lab.example|sip:b@lab.example|c@h|1 SERVICE|Mon, 01 Sep 2014 20:59:30 GMT||");
}

TEST_CASE("without one of its fields, or with one too many, there is none") {
  for (const FieldId id : {FieldId::CallId, FieldId::CSeq, FieldId::Contact, FieldId::From,
                           FieldId::To, FieldId::Date}) {
    CAPTURE(name_of(id));
    Message missing = request();
    missing.remove(id);
    const auto without = digest_string(missing);
    REQUIRE_FALSE(without);
    CHECK(without.error().code == base::Errc::Malformed);
    CHECK(without.error().detail.find(name_of(id)) != std::string::npos);
    Message twice = request();
    twice.add(id, std::string(twice.value(id)));
    CHECK_FALSE(digest_string(twice));
    Message barred = request();
    barred.set(id, "<sip:a|b@lab.example>");
    CHECK_FALSE(digest_string(barred));
  }
  Message star = request();
  star.set(FieldId::Contact, "*");
  CHECK_FALSE(digest_string(star));
}

void check_signing(Message message, const certs::Credentials& mine) {
  CHECK(check(message, mine) == IdentityFault::Missing);
  REQUIRE(sign_identity(message, mine));
  CHECK(check(message, mine) == IdentityFault::None);
  CHECK(check(message, *credentials()) == IdentityFault::BadSignature);
  REQUIRE(sign_identity(message, mine));  // in the place of the first
  CHECK(message.count(FieldId::Identity) == 1);
  const auto again = parse_message(message.to_string());
  REQUIRE(again);
  CHECK(check(*again, mine) == IdentityFault::None);
}

TEST_CASE("every kind of key signs what it alone proves") {
  for (const auto& mine :
       {credentials("P-256"), credentials("P-384"), credentials("RSA-2048"), edwards()}) {
    CAPTURE(certs::describe(mine->key()));
    check_signing(request(), *mine);
    check_signing(response(), *mine);
  }
}

TEST_CASE("what was signed cannot be changed") {
  const auto mine = credentials();
  struct Case {
    FieldId id;
    const char* value;
  };
  const Case cases[] = {
      {FieldId::CallId, "4f90bf8e640d6c6b@127.0.0.1"},
      {FieldId::CSeq, "29794 SERVICE"},
      {FieldId::CSeq, "29793 REGISTER"},
      {FieldId::Contact, "<sip:serviceproxy@evil.example>"},
      {FieldId::From, "<sip:other@lab.example>"},
      {FieldId::To, "<sip:other@lab.example>"},
      {FieldId::Date, "Mon, 01 Sep 2014 20:59:31 GMT"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.value);
    Message message = request();
    REQUIRE(sign_identity(message, *mine));
    message.set(c.id, c.value);
    CHECK(check(message, *mine) == IdentityFault::BadSignature);
  }
  Message message = request();
  REQUIRE(sign_identity(message, *mine));
  message.set_body({}, "a|b\r\n ");
  CHECK(check(message, *mine) == IdentityFault::BadSignature);
  Message answer = response();
  REQUIRE(sign_identity(answer, *mine));
  answer.add(FieldId::Contact, "<sip:evil@lab.example>");
  CHECK(check(answer, *mine) == IdentityFault::BadSignature);
}

TEST_CASE("an Identity is one base64 text in quotes") {
  const auto mine = credentials();
  Message message = request();
  REQUIRE(sign_identity(message, *mine));
  const std::string good(message.value(FieldId::Identity));
  for (const std::string& bad :
       {std::string(), std::string("\""), std::string("\"\""), good.substr(1, good.size() - 2),
        good + "\"", "\"" + good, good.substr(0, good.size() - 9) + "\"",
        std::string("\"") + std::string(100'000, 'A') + "\"", std::string("\"AAAA\"")}) {
    CAPTURE(bad.size());
    message.set(FieldId::Identity, bad);
    CHECK(check(message, *mine) == IdentityFault::BadSignature);
  }
  message.set(FieldId::Identity, good);
  CHECK(check(message, *mine) == IdentityFault::None);
  message.add(FieldId::Identity, good);
  CHECK(check(message, *mine) == IdentityFault::BadSignature);
  std::string why;
  message.set(FieldId::Identity, good);
  CHECK(check_identity(message, nullptr, why) == IdentityFault::BadSignature);
}

}  // namespace
}  // namespace sip
