#include "core/revoke.h"

#include <doctest/doctest.h>

#include "core/config.h"
#include "tests/fakes/clock.h"

namespace core {
namespace {

const std::vector<std::string> kDomains = {"lab.example", "other.example"};

TEST_CASE("a query names one user with the domain") {
  struct Case {
    const char* query;
    const char* user;  // null: refused
    const char* domain;
  };
  const Case cases[] = {
      {"user=mac.donald@lab.example", "mac.donald", "lab.example"},
      {"user=Mac.Donald@LAB.example", "mac.donald", "lab.example"},
      {"user=mac.donald%40lab.example", "mac.donald", "lab.example"},
      {"user=mac+home@other.example", "mac+home", "other.example"},
      {"user=mac%2Bhome@other.example", "mac+home", "other.example"},
      {"", nullptr, nullptr},
      {"user=", nullptr, nullptr},
      {"user", nullptr, nullptr},
      {"name=mac@lab.example", nullptr, nullptr},
      {"user=mac.donald", nullptr, nullptr},
      {"user=@lab.example", nullptr, nullptr},
      {"user=mac@", nullptr, nullptr},
      {"user=mac@foreign.example", nullptr, nullptr},
      {"user=mac@lab.example@other.example", nullptr, nullptr},
      {"user=mac@lab.example&user=rk@lab.example", nullptr, nullptr},
      {"user=mac@lab.example&", nullptr, nullptr},
      {"user=mac%20donald@lab.example", nullptr, nullptr},
      {"user=mac%0adonald@lab.example", nullptr, nullptr},
      {"user=../mac@lab.example", nullptr, nullptr},
      {"user=mac%4", nullptr, nullptr},
      {"user=mac%@lab.example", nullptr, nullptr},
      {"user=mac%zz@lab.example", nullptr, nullptr},
      {"user=mac%2540lab.example", nullptr, nullptr},
  };
  for (const Case& c : cases) {
    CAPTURE(c.query);
    const auto revocation = parse_revoke(c.query, kDomains, fakes::FakeClock::kStart);
    CHECK(static_cast<bool>(revocation) == (c.user != nullptr));
    if (!revocation) CHECK_FALSE(revocation.error().detail.empty());
    if (!revocation || !c.user) continue;
    CHECK(revocation->kind == policy::Revocation::Kind::User);
    CHECK(revocation->user == c.user);
    CHECK(revocation->domain == c.domain);
  }
}

TEST_CASE("it speaks of sessions until now and outlives the longest of them") {
  const auto revocation = parse_revoke("user=mac@lab.example", kDomains, fakes::FakeClock::kStart);
  REQUIRE(revocation);
  const auto now = std::chrono::floor<std::chrono::seconds>(fakes::FakeClock::kStart);
  CHECK(revocation->before == now);
  CHECK(revocation->expires == now + kMaxSessionLifetime);
}

TEST_CASE("revocations fill as many events as they need, each within a line of the link") {
  policy::Revocation longest = policy::Revocation::of_user(
      std::string(128, 'u'), std::string(253, 'd'), {}, kMaxSessionLifetime);
  longest.before = longest.expires = std::chrono::sys_seconds{std::chrono::seconds{INT64_MAX}};
  for (const std::size_t count : {0u, 1u, 99u, 100u, 101u, 250u}) {
    CAPTURE(count);
    const std::vector<policy::Revocation> all(count, longest);
    net::tunnel::CoreEvent event;
    event.load = 7;
    const auto events = revocation_events(all, event);
    CHECK(events.size() == (count + kRevocationsPerEvent - 1) / kRevocationsPerEvent);
    std::size_t told = 0;
    for (const net::tunnel::CoreEvent& one : events) {
      CHECK(one.load == 7);
      CHECK(net::tunnel::encode_event(one).size() <= net::tunnel::kMaxControlLine);
      told += one.revocations.size();
    }
    CHECK(told == count);
  }
}

}  // namespace
}  // namespace core
