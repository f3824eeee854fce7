#include "policy/verified_cache.h"

#include <doctest/doctest.h>

namespace policy {
namespace {

using std::chrono::seconds;

const WallTime kNow{std::chrono::hours{24 * 20'000}};

struct Lab {
  std::unique_ptr<SessionSigner> signer = SessionSigner::generate();
  SessionVerifier verifier;
  Revocations revocations;
  Lab() { REQUIRE(verifier.add_key(signer->public_key())); }

  SessionToken token(std::string user = "mac.donald") const {
    SessionToken token;
    token.id = new_session_id();
    token.user = std::move(user);
    token.domain = "lab.example";
    token.issued = std::chrono::floor<seconds>(kNow);
    token.expires = token.issued + seconds{100};
    return token;
  }
};

TEST_CASE("a token that verified is remembered, with the very same object") {
  Lab lab;
  VerifiedCache cache(lab.verifier, lab.revocations);
  const std::string text = lab.signer->sign(lab.token());
  const SessionVerdict first = cache.check(text, kNow);
  REQUIRE(first);
  const SessionVerdict second = cache.check(text, kNow);
  CHECK(second.token == first.token);
  CHECK(cache.size() == 1);
}

TEST_CASE("memory does not outlive the end of a token or its key") {
  Lab lab;
  VerifiedCache cache(lab.verifier, lab.revocations);
  const std::string text = lab.signer->sign(lab.token());
  REQUIRE(cache.check(text, kNow));
  CHECK(cache.check(text, kNow + seconds{100}).fault == SessionFault::Expired);
  CHECK(cache.size() == 0);
  REQUIRE(cache.check(text, kNow));
  REQUIRE(lab.verifier.replace_keys({}));
  CHECK(cache.check(text, kNow).fault == SessionFault::UnknownKey);
  CHECK(cache.size() == 0);
}

TEST_CASE("revocation counts for what is remembered and for what is new") {
  Lab lab;
  VerifiedCache cache(lab.verifier, lab.revocations);
  const SessionToken one = lab.token();
  const SessionToken two = lab.token();
  REQUIRE(cache.check(lab.signer->sign(one), kNow));
  lab.revocations.add(Revocation::of_session(one), kNow);
  CHECK(cache.check(lab.signer->sign(one), kNow).fault == SessionFault::Revoked);
  CHECK(cache.check(lab.signer->sign(two), kNow));
  lab.revocations.add(Revocation::of_user(two.user, two.domain, two.issued, std::chrono::hours{8}),
                      kNow);
  CHECK(cache.check(lab.signer->sign(two), kNow).fault == SessionFault::Revoked);
}

TEST_CASE("made-up tokens leave nothing behind, and a full cache drops the least used") {
  Lab lab;
  VerifiedCache cache(lab.verifier, lab.revocations, 2);
  const std::string a = lab.signer->sign(lab.token("a"));
  const std::string b = lab.signer->sign(lab.token("b"));
  const std::string c = lab.signer->sign(lab.token("c"));
  REQUIRE(cache.check(a, kNow));
  REQUIRE(cache.check(b, kNow));
  for (int i = 0; i < 100; ++i)
    CHECK_FALSE(cache.check("made-up-" + std::to_string(i), kNow));
  CHECK(cache.size() == 2);
  const auto kept = cache.check(a, kNow).token;
  REQUIRE(cache.check(c, kNow));
  CHECK(cache.size() == 2);
  CHECK(cache.check(a, kNow).token == kept);
}

TEST_CASE("in a full cache of tokens in use, the one that came first goes") {
  Lab lab;
  VerifiedCache cache(lab.verifier, lab.revocations, 2);
  const std::string a = lab.signer->sign(lab.token("a"));
  const std::string b = lab.signer->sign(lab.token("b"));
  const auto first = cache.check(a, kNow).token;
  const auto second = cache.check(b, kNow).token;
  REQUIRE(cache.check(a, kNow).token == first);
  REQUIRE(cache.check(b, kNow).token == second);
  REQUIRE(cache.check(lab.signer->sign(lab.token("c")), kNow));
  CHECK(cache.size() == 2);
  CHECK(cache.check(b, kNow).token == second);
  CHECK(cache.check(a, kNow).token != first);  // verified anew
  CHECK(cache.size() == 2);
}

}  // namespace
}  // namespace policy
