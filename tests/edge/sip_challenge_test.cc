#include "edge/sip_challenge.h"

#include <doctest/doctest.h>

#include "sip/response.h"
#include "tests/edge/sip_text.h"

namespace edge {
namespace {

using sip::FieldId;
using Judged = sip::NonceKey::Judged;

constexpr std::int64_t kNow = 1'795'175'400;

Judged nonce(std::uint64_t id, std::int64_t made = kNow) {
  return {sip::NonceKey::Verdict::Fresh, id, made};
}

TEST_CASE("a challenge has one field for each algorithm, in order, bound to the connection") {
  SipSettings settings;
  settings.name = "edge.lab.example";
  settings.algorithms = {sip::DigestAlgorithm::Sha256, sip::DigestAlgorithm::Md5};
  sip::NonceKey nonces;
  const sip::Message response =
      make_challenge(sip_message(kRegister), settings, nonces, "f10e", kNow, true);
  CHECK(response.status() == 407);
  std::vector<sip::DigestChallenge> found;
  for (const sip::Field& field : response.fields()) {
    if (field.id != FieldId::ProxyAuthenticate) continue;
    const auto challenge = sip::parse_challenge(field.value);
    REQUIRE(challenge);
    found.push_back(*challenge);
  }
  REQUIRE(found.size() == 2);
  CHECK(found[0].algorithm == sip::DigestAlgorithm::Sha256);
  CHECK(found[1].algorithm == sip::DigestAlgorithm::Md5);
  for (const sip::DigestChallenge& challenge : found) {
    CHECK(challenge.realm == "edge.lab.example");
    CHECK(challenge.stale);
    CHECK(challenge.qop_auth);
    const auto judge = [&](std::string_view flow) {
      return nonces.judge(challenge.nonce, kNow, flow, settings.name).verdict;
    };
    CHECK(judge("f10e") == sip::NonceKey::Verdict::Fresh);
    CHECK(judge("f10f") == sip::NonceKey::Verdict::Foreign);
  }
}

std::string credentials(std::string_view realm, std::string_view extra = "") {
  return "Digest username=\"mac.donald\",realm=\"" + std::string(realm) +
         "\",nonce=\"n\",uri=\"sip:a\",response=\"0123456789abcdef0123456789abcdef\","
         "cnonce=\"c\",nc=00000001,qop=auth" +
         std::string(extra);
}

TEST_CASE("only credentials for our realm are looked at, and taken away") {
  sip::Message request = sip_message(kRegister);
  CHECK_FALSE(find_credentials(request, "edge")->has_value());
  request.add(FieldId::ProxyAuthorization, credentials("other"));
  CHECK_FALSE(find_credentials(request, "edge")->has_value());
  request.add(FieldId::ProxyAuthorization, credentials("edge"));
  request.add(FieldId::ProxyAuthorization, "Bearer whatever");
  const auto found = find_credentials(request, "edge");
  REQUIRE(found);
  REQUIRE(found->has_value());
  CHECK((*found)->username == "mac.donald");
  strip_credentials(request, "edge");
  CHECK(request.count(FieldId::ProxyAuthorization) == 2);
  CHECK_FALSE(find_credentials(request, "edge")->has_value());
  CHECK(request.value(FieldId::ProxyAuthorization) == credentials("other"));
}

TEST_CASE("credentials of ours that are none are an error") {
  sip::Message request = sip_message(kRegister);
  request.add(FieldId::ProxyAuthorization, credentials("edge", ",algorithm=ROT13"));
  CHECK_FALSE(find_credentials(request, "edge"));
}

TEST_CASE("a digest's uri may be spelled otherwise, but not mean something else") {
  struct Case {
    const char* a;
    const char* b;
    bool same;
  };
  const Case cases[] = {
      {"sip:ucm-sub", "sip:ucm-sub", true},
      {"sip:UCM-sub", "SIP:ucm-SUB", true},
      {"sip:ucm;transport=TLS", "sip:ucm;transport=tls", true},
      {"sip:ucm-sub", "sip:ucm-pub", false},
      {"sip:ucm-sub", "sips:ucm-sub", false},
      {"sip:ucm-sub", "sip:ucm-sub:5060", false},
      {"sip:a@ucm", "sip:A@ucm", false},
      {"sip:ucm", "sip:@ucm", false},
      {"sip:ucm", "sip:ucm;lr", false},
      {"", "sip:ucm", false},
      {"nonsense", "nonsense", true},
  };
  for (const Case& c : cases) {
    CAPTURE(c.a);
    CAPTURE(c.b);
    CHECK(same_uri(c.a, c.b) == c.same);
    CHECK(same_uri(c.b, c.a) == c.same);
  }
}

TEST_CASE("nc must rise, for each nonce by itself") {
  NonceCounts counts;
  CHECK_FALSE(counts.take(nonce(1), 0, kNow));
  CHECK(counts.take(nonce(1), 1, kNow));
  CHECK_FALSE(counts.take(nonce(1), 1, kNow));
  CHECK(counts.take(nonce(1), 5, kNow));
  CHECK_FALSE(counts.take(nonce(1), 4, kNow));
  CHECK(counts.take(nonce(2), 1, kNow));
  CHECK(counts.take(nonce(1), 0xffffffff, kNow));
  CHECK_FALSE(counts.take(nonce(1), 0xffffffff, kNow));
}

TEST_CASE("counts are kept as long as their nonce is fresh, and not longer") {
  NonceCounts counts;
  REQUIRE(counts.take(nonce(1), 1, kNow));
  counts.expire(kNow + sip::NonceKey::kFreshSeconds);
  CHECK_FALSE(counts.take(nonce(1), 1, kNow));
  counts.expire(kNow + sip::NonceKey::kFreshSeconds + 2);
  CHECK(counts.size() == 0);
}

TEST_CASE("a full table forgets the oldest and takes nothing as old again") {
  NonceCounts counts;
  for (std::uint64_t i = 0; i < NonceCounts::kMaxNonces; ++i)
    REQUIRE(counts.take(nonce(i, kNow + static_cast<std::int64_t>(i / 16)), 1, kNow));
  REQUIRE(counts.take(nonce(99'999, kNow + 100), 1, kNow));
  CHECK(counts.size() == NonceCounts::kMaxNonces);
  for (std::uint64_t i = 0; i < 16; ++i) {
    CAPTURE(i);
    CHECK_FALSE(counts.take(nonce(i, kNow), 1, kNow));  // the replay of what was pushed out, too
  }
}

}  // namespace
}  // namespace edge
