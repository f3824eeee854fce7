#include "edge/sessions.h"

#include <doctest/doctest.h>

#include "tests/fakes/clock.h"

namespace edge {
namespace {

using policy::SessionFault;

struct Lab {
  fakes::FakeClock clock;
  std::unique_ptr<policy::SessionSigner> signer = policy::SessionSigner::generate();
  Sessions sessions;

  std::string token(const std::string& user = "mac.donald") const {
    policy::SessionToken made;
    made.id = policy::new_session_id();
    made.user = user;
    made.domain = "lab.example";
    made.issued = std::chrono::floor<std::chrono::seconds>(clock.now());
    made.expires = made.issued + std::chrono::hours{8};
    return signer->sign(made);
  }
  SessionFault check(const std::string& text) {
    return sessions.verified().check(text, clock.now()).fault;
  }
  static net::tunnel::CoreHello hello(std::vector<std::string> keys) {
    net::tunnel::CoreHello made;
    made.keys = std::move(keys);
    return made;
  }
  std::string revocation(const std::string& user) const {
    return policy::to_string(policy::Revocation::of_user(
        user, "lab.example", std::chrono::floor<std::chrono::seconds>(clock.now()),
        std::chrono::hours{8}));
  }
};

TEST_CASE("before any key is known nothing can be judged") {
  Lab lab;
  CHECK(lab.sessions.ignorant());
  CHECK(lab.check(lab.token()) == SessionFault::UnknownKey);
  REQUIRE(lab.sessions.learn(Lab::hello({})));
  CHECK(lab.sessions.ignorant());
  REQUIRE(lab.sessions.learn(Lab::hello({lab.signer->public_key()})));
  CHECK_FALSE(lab.sessions.ignorant());
  CHECK(lab.check(lab.token()) == SessionFault::None);
}

TEST_CASE("keys of several cores add up, and outlive a hello without them") {
  Lab lab;
  const auto other = policy::SessionSigner::generate();
  REQUIRE(lab.sessions.learn(Lab::hello({lab.signer->public_key()})));
  REQUIRE(lab.sessions.learn(Lab::hello({other->public_key()})));
  REQUIRE(lab.sessions.learn(Lab::hello({})));
  CHECK(lab.check(lab.token()) == SessionFault::None);
}

TEST_CASE("a key that is none is told, the others count") {
  Lab lab;
  for (const char* bad : {"", "AAAA", "not base64!"}) {
    CAPTURE(bad);
    Lab fresh;
    CHECK_FALSE(fresh.sessions.learn(Lab::hello({bad})));
    CHECK(fresh.sessions.ignorant());
    CHECK_FALSE(fresh.sessions.learn(Lab::hello({bad, fresh.signer->public_key()})));
    CHECK(fresh.check(fresh.token()) == SessionFault::None);
  }
}

TEST_CASE("a revoked session is refused though it was verified before") {
  Lab lab;
  REQUIRE(lab.sessions.learn(Lab::hello({lab.signer->public_key()})));
  const std::string mac = lab.token();
  const std::string rk = lab.token("rknotts");
  CHECK(lab.check(mac) == SessionFault::None);
  net::tunnel::CoreEvent event;
  event.revocations = {lab.revocation("mac.donald")};
  REQUIRE(lab.sessions.learn(event, lab.clock.now()));
  CHECK(lab.check(mac) == SessionFault::Revoked);
  CHECK(lab.check(rk) == SessionFault::None);
}

TEST_CASE("a revocation that is not understood is told, the others count") {
  Lab lab;
  REQUIRE(lab.sessions.learn(Lab::hello({lab.signer->public_key()})));
  net::tunnel::CoreEvent event;
  event.revocations = {"nonsense", lab.revocation("mac.donald"), ""};
  CHECK_FALSE(lab.sessions.learn(event, lab.clock.now()));
  CHECK(lab.check(lab.token()) == SessionFault::Revoked);
}

}  // namespace
}  // namespace edge
