#include "dns/cache.h"

#include <doctest/doctest.h>

namespace dns {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const Cache::Time kStart{std::chrono::hours{1}};
const Question kQuestion{"ucm.example.com", RecordType::A};

Records answer(Outcome outcome, int ttl) {
  Records records;
  records.outcome = outcome;
  records.ttl = seconds{ttl};
  return records;
}

TEST_CASE("an answer is kept for its TTL within the bounds of its kind") {
  struct Case {
    Outcome outcome;
    int ttl;
    int kept;  // seconds
  };
  const Case cases[] = {
      {Outcome::Ok, 60, 60},        {Outcome::Ok, 0, 1},        {Outcome::Ok, 1'000'000, 86'400},
      {Outcome::NameError, 60, 60}, {Outcome::NameError, 0, 1}, {Outcome::NameError, 86'400, 300},
  };
  for (const Case& c : cases) {
    CAPTURE(c.ttl);
    Cache cache;
    cache.put(kQuestion, answer(c.outcome, c.ttl), kStart);
    const auto before = cache.find(kQuestion, kStart + seconds{c.kept} - milliseconds{1});
    REQUIRE(before != nullptr);
    CHECK(before->outcome == c.outcome);
    CHECK(before->ttl == seconds{1});
    CHECK(cache.find(kQuestion, kStart + seconds{c.kept}) == nullptr);
  }
}

TEST_CASE("failures of servers are not kept") {
  Cache cache;
  cache.put(kQuestion, answer(Outcome::ServerError, 60), kStart);
  cache.put(kQuestion, answer(Outcome::Timeout, 60), kStart);
  CHECK(cache.find(kQuestion, kStart) == nullptr);
}

TEST_CASE("silence is kept for a while where the other family has addresses") {
  const Question other{kQuestion.name, RecordType::Aaaa};
  Cache cache;
  cache.put(kQuestion, answer(Outcome::NameError, 600), kStart);
  cache.put(other, answer(Outcome::Timeout, 0), kStart);
  CHECK(cache.find(other, kStart) == nullptr);
  cache.put(kQuestion, answer(Outcome::Ok, 600), kStart);
  cache.put(other, answer(Outcome::ServerError, 0), kStart);
  CHECK(cache.find(other, kStart) == nullptr);
  cache.put(other, answer(Outcome::Timeout, 0), kStart);
  const auto last = kStart + Cache::kSilenceTtl - milliseconds{1};
  REQUIRE(cache.find(other, last) != nullptr);
  CHECK(cache.find(other, last)->outcome == Outcome::Timeout);
  CHECK(cache.find(other, last + milliseconds{1}) == nullptr);
  const Question service{kQuestion.name, RecordType::Srv};
  cache.put(service, answer(Outcome::Timeout, 0), kStart);
  CHECK(cache.find(service, kStart) == nullptr);
}

TEST_CASE("name and type make the question") {
  Cache cache;
  cache.put(kQuestion, answer(Outcome::Ok, 60), kStart);
  CHECK(cache.find({"ucm.example.com", RecordType::Aaaa}, kStart) == nullptr);
  CHECK(cache.find({"other.example.com", RecordType::A}, kStart) == nullptr);
}

TEST_CASE("a full cache drops what expires first, and a new answer replaces the old") {
  Cache cache(2);
  cache.put({"a", RecordType::A}, answer(Outcome::Ok, 20), kStart);
  cache.put({"b", RecordType::A}, answer(Outcome::Ok, 10), kStart);
  cache.put({"b", RecordType::A}, answer(Outcome::Ok, 30), kStart);
  CHECK(cache.size() == 2);
  cache.put({"c", RecordType::A}, answer(Outcome::Ok, 5), kStart);
  CHECK(cache.find({"a", RecordType::A}, kStart) == nullptr);
  CHECK(cache.find({"b", RecordType::A}, kStart) != nullptr);
  cache.put({"d", RecordType::A}, answer(Outcome::Ok, 5), kStart + seconds{6});
  CHECK(cache.size() == 2);
}

}  // namespace
}  // namespace dns
