#include "home/one_time_password.h"

#include <doctest/doctest.h>

#include <barrier>
#include <set>
#include <thread>
#include <vector>

#include "home/sqlite.h"
#include "tests/home/scratch.h"

namespace home {
namespace {

using Verdict = OneTimePasswords::Verdict;
using std::chrono::seconds;

struct Bench {
  Lab lab;
  std::string file = lab.scratch.path("home.db");
  OneTimePasswords one_time = open();

  OneTimePasswords open() {
    auto opened = OneTimePasswords::open(file, lab.clock);
    REQUIRE(opened);
    return *std::move(opened);
  }
  std::string mint(std::string_view user = "mac.donald") {
    const auto minted = one_time.mint(user);
    REQUIRE(minted);
    return *minted;
  }
  Verdict consume(std::string_view text, std::string_view user = "mac.donald") {
    const auto verdict = one_time.consume(user, text);
    REQUIRE(verdict);
    return *verdict;
  }
  // A number that the database gives.
  std::int64_t number(std::string_view sql) {
    auto database = Database::open(file);
    REQUIRE(database);
    auto statement = database->prepare(sql);
    REQUIRE(statement);
    REQUIRE(*statement->step());
    return statement->number(0);
  }
};

TEST_CASE("a one-time password is good once, for its user only") {
  Bench bench;
  const std::string text = bench.mint("MAC.donald");
  CHECK(text.size() == OneTimePasswords::kTextBytes);
  CHECK(bench.consume(text, "rknotts") == Verdict::Unknown);
  CHECK(bench.consume(text, "nobody") == Verdict::Unknown);
  CHECK(bench.consume(text, "Mac.Donald") == Verdict::Accepted);
  CHECK(bench.consume(text) == Verdict::Expired);
  CHECK(bench.consume(text, "rknotts") == Verdict::Unknown);
  CHECK(bench.one_time.mint("nobody").error().code == base::Errc::NotFound);
}

TEST_CASE("it is good for ten minutes") {
  struct Case {
    seconds after;
    Verdict verdict;
  };
  const Case cases[] = {
      {seconds{0}, Verdict::Accepted},   {seconds{599}, Verdict::Accepted},
      {seconds{600}, Verdict::Expired},  {seconds{601}, Verdict::Expired},
      {seconds{4199}, Verdict::Expired}, {seconds{86'400}, Verdict::Expired},
  };
  for (const Case& c : cases) {
    CAPTURE(c.after.count());
    Bench bench;
    const std::string text = bench.mint();
    bench.lab.clock.advance(c.after);
    CHECK(bench.consume(text) == c.verdict);
    CHECK(bench.consume(text) == Verdict::Expired);
  }
}

TEST_CASE("what was never minted is unknown, whatever it looks like") {
  Bench bench;
  const std::string text = bench.mint();
  std::vector<std::string> others = {"",
                                     " ",
                                     text + "A",
                                     " " + text,
                                     text + '\0',
                                     std::string(22, 'A'),
                                     std::string(22, '%'),
                                     "' OR 1=1 --aaaaaaaaaaa",
                                     std::string(100'000, 'A')};
  for (std::size_t size = 0; size < text.size(); ++size)
    others.push_back(text.substr(0, size));
  for (std::size_t at = 0; at < text.size(); ++at) {
    others.push_back(text);
    others.back()[at] = text[at] == 'A' ? 'B' : 'A';
  }
  for (const std::string& other : others) {
    CAPTURE(other);
    CHECK(bench.consume(other) == Verdict::Unknown);
  }
  CHECK(bench.consume(text) == Verdict::Accepted);
}

TEST_CASE("of more than eight live ones the oldest ends, others' stay") {
  Bench bench;
  const std::string others = bench.mint("rknotts");
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < OneTimePasswords::kMaxLive + 2; ++i)
    texts.push_back(bench.mint());
  CHECK(std::set<std::string>(texts.begin(), texts.end()).size() == texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    CAPTURE(i);
    CHECK(bench.consume(texts[i]) == (i < 2 ? Verdict::Expired : Verdict::Accepted));
  }
  CHECK(bench.consume(others, "rknotts") == Verdict::Accepted);
}

TEST_CASE("used ones do not count as live") {
  Bench bench;
  const std::string first = bench.mint();
  for (std::size_t i = 0; i < 2 * OneTimePasswords::kMaxLive; ++i)
    CHECK(bench.consume(bench.mint()) == Verdict::Accepted);
  CHECK(bench.consume(first) == Verdict::Accepted);
}

TEST_CASE("what is kept of a user is bounded, and old ones are swept") {
  Bench bench;
  for (std::size_t i = 0; i < 3 * OneTimePasswords::kMaxKnown; ++i)
    bench.mint();
  CHECK(bench.number("SELECT count(*) FROM one_time_passwords") == OneTimePasswords::kMaxKnown);
  bench.lab.clock.advance(OneTimePasswords::kLifetime + OneTimePasswords::kRemember - seconds{1});
  bench.mint("rknotts");
  CHECK(bench.number("SELECT count(*) FROM one_time_passwords") == OneTimePasswords::kMaxKnown + 1);
  bench.lab.clock.advance(seconds{1});
  bench.mint("rknotts");
  CHECK(bench.number("SELECT count(*) FROM one_time_passwords") == 2);
}

TEST_CASE("they end with the user and with the password") {
  Bench bench;
  const std::string text = bench.mint();
  const std::string others = bench.mint("rknotts");
  SUBCASE("password") {
    REQUIRE(bench.lab.store.set_password_hash("mac.donald", "other"));
    CHECK(bench.consume(text) == Verdict::Unknown);
  }
  SUBCASE("user") {
    REQUIRE(bench.lab.store.remove_user("mac.donald"));
    CHECK(bench.consume(text) == Verdict::Unknown);
    REQUIRE(bench.lab.store.add_user({"mac.donald", "", "", "", "", ""}, "other"));
    CHECK(bench.consume(text) == Verdict::Unknown);
  }
  CHECK(bench.consume(others, "rknotts") == Verdict::Accepted);
}

TEST_CASE("the database holds no one-time password") {
  Bench bench;
  const std::string text = bench.mint();
  CHECK(bench.number("SELECT count(*) FROM one_time_passwords WHERE hash = '" + text + "'") == 0);
  CHECK(bench.number("SELECT length(hash) FROM one_time_passwords") == 64);
}

TEST_CASE("of two who use it at once one is accepted") {
  constexpr int kRounds = 100;
  Bench bench;
  OneTimePasswords doors[2] = {bench.open(), bench.open()};
  Verdict verdicts[2] = {};
  for (int round = 0; round < kRounds; ++round) {
    const std::string text = bench.mint();
    std::barrier start(2);
    const auto use = [&](int which) {
      start.arrive_and_wait();
      const auto verdict = doors[which].consume("mac.donald", text);
      verdicts[which] = verdict ? *verdict : Verdict::Unknown;
    };
    std::thread other(use, 1);
    use(0);
    other.join();
    CAPTURE(round);
    CHECK(((verdicts[0] == Verdict::Accepted) + (verdicts[1] == Verdict::Accepted)) == 1);
    CHECK(((verdicts[0] == Verdict::Expired) + (verdicts[1] == Verdict::Expired)) == 1);
  }
}

TEST_CASE("a file of before gets the table and keeps its users") {
  Bench bench;
  {
    auto database = Database::open(bench.file);
    REQUIRE(database);
    REQUIRE(
        database->execute("DROP TRIGGER one_time_passwords_end;"
                          " DROP TABLE one_time_passwords; PRAGMA user_version = 2"));
  }
  CHECK_FALSE(OneTimePasswords::open(bench.file, bench.lab.clock));
  CHECK(bench.lab.open().user("mac.donald"));
  OneTimePasswords again = bench.open();
  const auto minted = again.mint("mac.donald");
  REQUIRE(minted);
  CHECK(*again.consume("mac.donald", *minted) == Verdict::Accepted);
}

}  // namespace
}  // namespace home
