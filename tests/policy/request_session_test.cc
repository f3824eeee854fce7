#include "policy/request_session.h"

#include <doctest/doctest.h>

namespace policy {
namespace {

const WallTime kNow{std::chrono::hours{24 * 20'000}};

struct Lab {
  std::unique_ptr<SessionSigner> signer = SessionSigner::generate();
  SessionVerifier verifier;
  Revocations revocations;
  VerifiedCache sessions{verifier, revocations};
  Lab() { REQUIRE(verifier.add_key(signer->public_key())); }

  std::string token(std::string domain = "lab.example") const {
    SessionToken token;
    token.id = new_session_id();
    token.user = "mac.donald";
    token.domain = std::move(domain);
    token.issued = std::chrono::floor<std::chrono::seconds>(kNow);
    token.expires = token.issued + std::chrono::seconds{100};
    return signer->sign(token);
  }
  RequestSession check(const std::string& field, WallTime now = kNow) {
    SessionCookie cookie;
    cookie.read(field);
    return check_session(cookie, "lab.example", sessions, now);
  }
};

TEST_CASE("a good session of the domain is the request's") {
  Lab lab;
  const RequestSession session = lab.check("a=b; X-Auth=" + lab.token());
  REQUIRE(session.token);
  CHECK(session.token->user == "mac.donald");
  CHECK(session.fault.empty());
}

TEST_CASE("without a cookie there is neither session nor fault") {
  Lab lab;
  for (const char* field : {"", "a=b", "x-auth=abc"}) {
    CAPTURE(field);
    const RequestSession session = lab.check(field);
    CHECK_FALSE(session.token);
    CHECK(session.fault.empty());
  }
}

TEST_CASE("what is wrong with a cookie is said in the log's words") {
  Lab lab;
  struct Case {
    std::string field;
    std::string fault;
  };
  const Case cases[] = {
      {"X-Auth=" + lab.token() + "; X-Auth=" + lab.token(), "cookie: more than one session cookie"},
      {"X-Auth=", "cookie: a session cookie that is no token"},
      {"X-Auth=a b", "cookie: a session cookie that is no token"},
      {"X-Auth=\"" + lab.token() + "\"", "cookie: a session cookie that is no token"},
      {"X-Auth=a%41", "cookie: a session cookie that is no token"},
      {"X-Auth=a,b", "cookie: a session cookie that is no token"},
      {"X-Auth=" + lab.token() + "=", "cookie: a session cookie that is no token"},
      {"X-Auth=made-up", "session: malformed"},
      {"X-Auth=" + lab.token("other.example"), "session of domain other.example"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.field);
    const RequestSession session = lab.check(c.field);
    CHECK_FALSE(session.token);
    CHECK(session.fault == c.fault);
  }
  CHECK(lab.check("X-Auth=" + lab.token(), kNow + std::chrono::seconds{100}).fault ==
        "session: expired");
}

}  // namespace
}  // namespace policy
