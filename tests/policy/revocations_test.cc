#include "policy/revocations.h"

#include <doctest/doctest.h>

namespace policy {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

const sys_seconds kNow{seconds{1'800'000'000}};

SessionToken token_of(std::string user, sys_seconds issued) {
  SessionToken token;
  token.id = new_session_id();
  token.user = std::move(user);
  token.domain = "lab.example";
  token.issued = issued;
  token.expires = issued + seconds{100};
  return token;
}

TEST_CASE("one session is revoked, others are not") {
  Revocations revocations;
  const SessionToken one = token_of("a", kNow);
  const SessionToken two = token_of("a", kNow);
  revocations.add(Revocation::of_session(one), kNow);
  CHECK(revocations.is_revoked(one));
  CHECK_FALSE(revocations.is_revoked(two));
}

TEST_CASE("all sessions of a user up to a second are revoked, later ones are not") {
  Revocations revocations;
  revocations.add(Revocation::of_user("a", "lab.example", kNow, seconds{100}), kNow);
  CHECK(revocations.is_revoked(token_of("a", kNow - seconds{1})));
  CHECK(revocations.is_revoked(token_of("a", kNow)));
  CHECK_FALSE(revocations.is_revoked(token_of("a", kNow + seconds{1})));
  CHECK_FALSE(revocations.is_revoked(token_of("b", kNow)));
  SessionToken elsewhere = token_of("a", kNow);
  elsewhere.domain = "other.example";
  CHECK_FALSE(revocations.is_revoked(elsewhere));
  // An older one that comes late takes nothing back.
  revocations.add(Revocation::of_user("a", "lab.example", kNow - seconds{50}, seconds{100}), kNow);
  CHECK(revocations.is_revoked(token_of("a", kNow)));
  CHECK(revocations.size() == 1);
}

TEST_CASE("what has expired is forgotten, and the number is bounded") {
  Revocations revocations(3);
  std::vector<SessionToken> tokens;
  for (int i = 0; i < 4; ++i) {
    tokens.push_back(token_of("a", kNow + seconds{i}));
    revocations.add(Revocation::of_session(tokens.back()), kNow);
  }
  CHECK(revocations.size() == 3);
  CHECK_FALSE(revocations.is_revoked(tokens[0]));
  CHECK(revocations.is_revoked(tokens[3]));
  const SessionToken late = token_of("b", kNow + seconds{1000});
  revocations.add(Revocation::of_session(late), kNow + seconds{500});
  CHECK(revocations.size() == 1);
  revocations.add(Revocation::of_session(tokens[0]), kNow + seconds{500});
  CHECK(revocations.size() == 1);
}

TEST_CASE("a list carried over as lines makes the same revocations") {
  Revocations first;
  const SessionToken token = token_of("a", kNow);
  first.add(Revocation::of_session(token), kNow);
  first.add(Revocation::of_user("b", "lab.example", kNow, seconds{100}), kNow);
  Revocations second;
  for (const Revocation& revocation : first.list()) {
    const auto carried = parse_revocation(to_string(revocation));
    REQUIRE(carried);
    CHECK(*carried == revocation);
    second.add(*carried, kNow);
  }
  CHECK(second.is_revoked(token));
  CHECK(second.is_revoked(token_of("b", kNow)));
}

TEST_CASE("a line is read only in the form it is written") {
  const char* const good[] = {
      "session 0123456789abcdef0123456789abcdef 1800000000",
      "user mac.donald@lab.example 1800000000 1800028800",
  };
  for (const std::string line : good) {
    CAPTURE(line);
    const auto revocation = parse_revocation(line);
    REQUIRE(revocation);
    CHECK(to_string(*revocation) == line);
    for (std::size_t cut = 0; cut < line.size(); ++cut) {
      const auto short_one = parse_revocation(line.substr(0, cut));
      if (short_one) CHECK(to_string(*short_one) == line.substr(0, cut));
    }
  }
  const char* const bad[] = {
      "",
      "session",
      "session 0123456789ABCDEF0123456789ABCDEF 1800000000",
      "session 0123456789abcdef0123456789abcde 1800000000",
      "session 0123456789abcdef0123456789abcdef 01800000000",
      "session 0123456789abcdef0123456789abcdef -1",
      "session 0123456789abcdef0123456789abcdef 99999999999999999999",
      "session  0123456789abcdef0123456789abcdef 1",
      "session 0123456789abcdef0123456789abcdef 1 ",
      "session 0123456789abcdef0123456789abcdef 1\n",
      "user mac.donald 1 2",
      "user @lab.example 1 2",
      "user a@b@c 1 2",
      "user mac/donald@lab.example 1 2",
      "user mac.donald@ 1 2",
      "other x 1",
  };
  for (const char* line : bad) {
    CAPTURE(line);
    CHECK_FALSE(parse_revocation(line));
  }
}

}  // namespace
}  // namespace policy
