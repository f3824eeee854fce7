#include "edge/associations.h"

#include <doctest/doctest.h>

#include "tests/fakes/clock.h"

namespace edge {
namespace {

using std::chrono::seconds;

struct Lab {
  fakes::FakeClock clock;
  Associations all{3};

  std::chrono::sys_seconds now() const { return std::chrono::floor<seconds>(clock.now()); }
  sip::Association make(const std::string& user, seconds life = seconds{3600}) const {
    sip::Association made;
    made.user = user;
    made.domain = "lab.example";
    made.issued = now();
    made.expires = now() + life;
    return made;
  }
  bool add(const std::string& user, seconds life = seconds{3600},
           const std::string& username = "") {
    return static_cast<bool>(
        all.add(key(user, username), make(user, life), clock.now(), clock.steady()));
  }
  static Associations::Key key(std::string_view user, std::string_view username = "") {
    return {user, "lab.example", username.empty() ? user : username};
  }
  bool has(std::string_view user, std::string_view username = "") {
    return all.find(key(user, username), clock.now()).association != nullptr;
  }
  policy::Revocation revocation(const std::string& user) const {
    return policy::Revocation::of_user(user, "lab.example", now(), std::chrono::hours{8});
  }
};

TEST_CASE("an association is found by how the user is spelled, until it ends") {
  Lab lab;
  REQUIRE(lab.add("mac.donald", seconds{10}, "Mac.Donald"));
  CHECK(lab.has("mac.donald", "Mac.Donald"));
  CHECK_FALSE(lab.has("mac.donald"));
  CHECK_FALSE(
      lab.all.find({"mac.donald", "other.example", "Mac.Donald"}, lab.clock.now()).association);
  lab.clock.advance(seconds{10});
  CHECK_FALSE(lab.has("mac.donald", "Mac.Donald"));
  CHECK(lab.all.size() == 0);
  CHECK_FALSE(lab.add("late", seconds{0}));
}

TEST_CASE("a newer one takes the place of the old, and drop() ends it") {
  Lab lab;
  REQUIRE(lab.add("a"));
  lab.clock.advance(seconds{5});
  REQUIRE(lab.add("a"));
  CHECK(lab.all.size() == 1);
  CHECK(lab.all.find(Lab::key("a"), lab.clock.now()).fetched == lab.clock.steady());
  lab.all.drop(Lab::key("a"));
  lab.all.drop(Lab::key("b"));
  CHECK(lab.all.size() == 0);
}

TEST_CASE("when it is full the one that ends first goes") {
  Lab lab;
  REQUIRE(lab.add("a", seconds{30}));
  REQUIRE(lab.add("b", seconds{10}));
  REQUIRE(lab.add("c", seconds{20}));
  REQUIRE(lab.add("d", seconds{5}));
  CHECK(lab.all.size() == 3);
  CHECK_FALSE(lab.has("b"));
  CHECK(lab.has("a"));
  CHECK(lab.has("d"));
}

TEST_CASE("a revocation ends all of a user, and what was issued before it never comes back") {
  Lab lab;
  REQUIRE(lab.add("mac"));
  REQUIRE(lab.add("mac", seconds{3600}, "Mac"));
  REQUIRE(lab.add("macduff"));
  lab.all.revoke(lab.revocation("mac"), lab.clock.now());
  CHECK_FALSE(lab.has("mac"));
  CHECK_FALSE(lab.has("mac", "Mac"));
  CHECK(lab.has("macduff"));
  CHECK(lab.all.is_revoked(lab.make("mac")));
  CHECK_FALSE(lab.add("mac"));
  lab.clock.advance(seconds{1});
  CHECK_FALSE(lab.all.is_revoked(lab.make("mac")));
  CHECK(lab.add("mac"));
}

TEST_CASE("the end of one session is not that of the user") {
  Lab lab;
  REQUIRE(lab.add("mac"));
  policy::Revocation session;
  session.kind = policy::Revocation::Kind::Session;
  session.expires = lab.now() + seconds{60};
  lab.all.revoke(session, lab.clock.now());
  CHECK(lab.has("mac"));
}

}  // namespace
}  // namespace edge
