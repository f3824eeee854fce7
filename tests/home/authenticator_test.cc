#include "home/authenticator.h"

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <vector>

#include "home/work_pool.h"
#include "net/loop.h"
#include "tests/fakes/run_loop.h"
#include "tests/home/gate.h"
#include "tests/home/scratch.h"

namespace home {
namespace {

struct Bench {
  Lab lab;
  net::Loop loop;
  WorkPool pool{1, 2};
  Authenticator authenticator{loop, pool, lab.store, lab.clock};

  ~Bench() { pool.stop(); }

  bool judge(const policy::BasicCredentials& credentials) {
    std::optional<bool> verdict;
    const auto token = authenticator.check(credentials, [&](bool ok) { verdict = ok; });
    REQUIRE(token);
    CHECK_FALSE(verdict);  // never from inside the call
    fakes::run_until(loop, [&] { return verdict.has_value(); });
    return *verdict;
  }
};

const policy::BasicCredentials kGood{"mac.donald", std::string(kMacPassword)};

TEST_CASE("right credentials are accepted and remembered, wrong ones are neither") {
  Bench bench;
  CHECK_FALSE(bench.authenticator.remembers(kGood));
  CHECK(bench.judge(kGood));
  CHECK(bench.authenticator.remembers(kGood));
  const policy::BasicCredentials wrong[] = {
      {"mac.donald", "wrong"}, {"mac.donald", ""}, {"nobody", std::string(kMacPassword)}};
  for (const policy::BasicCredentials& credentials : wrong) {
    CAPTURE(credentials.user);
    CAPTURE(credentials.password);
    CHECK_FALSE(bench.judge(credentials));
    CHECK_FALSE(bench.authenticator.remembers(credentials));
  }
}

TEST_CASE("what is remembered ends with the time, the password and the user") {
  Bench bench;
  REQUIRE(bench.judge(kGood));
  SUBCASE("time") {
    bench.lab.clock.advance(Authenticator::kRemember - std::chrono::milliseconds(1));
    CHECK(bench.authenticator.remembers(kGood));
    bench.lab.clock.advance(std::chrono::milliseconds(1));
    CHECK_FALSE(bench.authenticator.remembers(kGood));
  }
  SUBCASE("password") {
    REQUIRE(bench.lab.store.set_password_hash("mac.donald", hash_password("new", kCheap)));
    CHECK_FALSE(bench.authenticator.remembers(kGood));
    CHECK_FALSE(bench.judge(kGood));
  }
  SUBCASE("user") {
    REQUIRE(bench.lab.store.remove_user("mac.donald"));
    CHECK_FALSE(bench.authenticator.remembers(kGood));
    CHECK_FALSE(bench.judge(kGood));
  }
}

TEST_CASE("a check that was dropped calls nobody, and its success still counts") {
  Bench bench;
  bool called = false;
  auto token = bench.authenticator.check(kGood, [&](bool) { called = true; });
  token.reset();
  fakes::run_until(bench.loop, [&] { return bench.authenticator.remembers(kGood); });
  CHECK_FALSE(called);
}

TEST_CASE("equal credentials share one judgement, and too many others find no room") {
  Bench bench;
  Gate gate(bench.pool);
  std::vector<std::unique_ptr<Authenticator::Check>> tokens;
  int accepted = 0;
  for (int i = 0; i < 10; ++i) {  // ten checks take one of the two places
    tokens.push_back(bench.authenticator.check(kGood, [&](bool ok) { accepted += ok; }));
    REQUIRE(tokens.back());
  }
  tokens.push_back(bench.authenticator.check({"a", "b"}, [](bool) {}));
  REQUIRE(tokens.back());
  CHECK_FALSE(bench.authenticator.check({"c", "d"}, [](bool) {}));
  gate.open();
  fakes::run_until(bench.loop, [&] { return accepted == 10; });
}

TEST_CASE("a verdict may drop the others that wait for it") {
  Bench bench;
  std::vector<std::unique_ptr<Authenticator::Check>> tokens;
  int called = 0;
  for (int i = 0; i < 3; ++i) {
    tokens.push_back(bench.authenticator.check(kGood, [&](bool) {
      ++called;
      for (auto& token : tokens)
        token.reset();
    }));
  }
  fakes::run_until(bench.loop, [&] { return called > 0; });
  fakes::run_turns(bench.loop);
  CHECK(called == 1);
}

}  // namespace
}  // namespace home
