#include "certs/verdicts.h"

#include <chrono>
#include <string>

#include "tests/certs/forge.h"

namespace certs {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const Name kEdge = dns_name("edge.lab.example");

std::shared_ptr<const CertificateChain> chain_of(Certificate certificate) {
  CertificateChain chain;
  chain.push_back(std::move(certificate));
  return std::make_shared<const CertificateChain>(std::move(chain));
}

// A root and a certificate that is good until kNow + 100 days.
struct Lab {
  std::unique_ptr<const Authority> root = make_root();
  std::shared_ptr<const Trust> trust = trust_in(*root);
  std::shared_ptr<const CertificateChain> chain = chain_of(certify(*root, wanted("edge", {kEdge})));
};

TEST_CASE("a verdict is that of verify(), whatever was asked before in the same second") {
  const Lab lab;
  const auto stranger = make_root("Other CA");
  const auto other_trust = trust_in(*stranger);
  const auto other_chain = chain_of(certify(*stranger, wanted("edge", {kEdge})));
  struct Case {
    const std::shared_ptr<const CertificateChain>& chain;
    const std::shared_ptr<const Trust>& trust;
    Expectation expected;
    std::string rule;
  };
  Expectation later = expecting({kEdge});
  later.at += std::chrono::days(101);
  const Case cases[] = {
      {lab.chain, lab.trust, expecting({kEdge}), "ok"},
      {other_chain, lab.trust, expecting({kEdge}), "chain"},
      {lab.chain, other_trust, expecting({kEdge}), "chain"},
      {other_chain, other_trust, expecting({kEdge}), "ok"},
      {lab.chain, lab.trust, expecting({dns_name("core.lab.example")}), "name"},
      {lab.chain, lab.trust, later, "time"},
  };
  Verdicts verdicts;
  for (int round = 0; round < 3; ++round) {
    for (const Case& c : cases) {
      CAPTURE(c.rule);
      const Verdict& verdict = verdicts.verify(c.chain, c.trust, c.expected);
      CHECK(verdict.rule == c.rule);
      CHECK(verdict.accepted == (c.rule == "ok"));
      CHECK(verdict.identity.fingerprint.size() == 64);
    }
  }
}

TEST_CASE("a certificate that expires is refused from the next second on") {
  const Lab lab;
  Verdicts verdicts;
  Expectation expected = expecting({kEdge});
  expected.at = kNow + std::chrono::days(100) - seconds(1);  // its last second
  CHECK(verdicts.verify(lab.chain, lab.trust, expected).rule == "ok");
  expected.at += milliseconds(999);
  CHECK(verdicts.verify(lab.chain, lab.trust, expected).rule == "ok");
  expected.at += milliseconds(1);
  CHECK(verdicts.verify(lab.chain, lab.trust, expected).rule == "time");
}

TEST_CASE("what is asked again in a second is not judged again, and nothing is kept for longer") {
  const Lab lab;
  Verdicts verdicts;
  Expectation expected = expecting({kEdge});
  const Verdict* first = &verdicts.verify(lab.chain, lab.trust, expected);
  expected.at += milliseconds(500);
  CHECK(&verdicts.verify(lab.chain, lab.trust, expected) == first);
  const std::weak_ptr<const CertificateChain> seen = [&] {
    const auto brief = chain_of(certify(*lab.root, wanted("edge", {kEdge})));
    CHECK(verdicts.verify(brief, lab.trust, expected).accepted);
    return brief;
  }();
  CHECK_FALSE(seen.expired());
  expected.at += seconds(1);
  verdicts.verify(lab.chain, lab.trust, expected);
  CHECK(seen.expired());
}

TEST_CASE("however many are judged in one second, few are kept") {
  const Lab lab;
  Verdicts verdicts;
  std::weak_ptr<const CertificateChain> first;
  for (std::size_t i = 0; i <= Verdicts::kMaxKept; ++i) {
    const auto chain = chain_of(certify(*lab.root, wanted("edge", {kEdge})));
    CHECK(verdicts.verify(chain, lab.trust, expecting({kEdge})).accepted);
    if (i == 0) first = chain;
  }
  CHECK(first.expired());
}

}  // namespace
}  // namespace certs
