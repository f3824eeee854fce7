#include <doctest/doctest.h>

#include <set>

#include "sip/digest.h"

namespace sip {
namespace {

using Verdict = NonceKey::Verdict;
constexpr std::int64_t kNow = 1'800'000'000;

TEST_CASE("a nonce is fresh for two minutes, then stale") {
  NonceKey key;
  const std::string nonce = key.make(kNow, "flow", "edge");
  struct Case {
    std::int64_t later;
    Verdict verdict;
  };
  const Case cases[] = {
      {0, Verdict::Fresh},       {120, Verdict::Fresh}, {121, Verdict::Stale},
      {100'000, Verdict::Stale}, {-5, Verdict::Fresh},  {-6, Verdict::Foreign},
  };
  for (const Case& c : cases) {
    CAPTURE(c.later);
    CHECK(key.judge(nonce, kNow + c.later, "flow", "edge").verdict == c.verdict);
  }
  CHECK(key.judge(nonce, kNow, "flow", "edge").made == kNow);
}

TEST_CASE("a nonce is good for its key, connection and realm only") {
  NonceKey key;
  const NonceKey other;
  const std::string nonce = key.make(kNow, "flow", "edge");
  CHECK(other.judge(nonce, kNow, "flow", "edge").verdict == Verdict::Foreign);
  CHECK(key.judge(nonce, kNow, "flo", "edge").verdict == Verdict::Foreign);
  CHECK(key.judge(nonce, kNow, "flow", "edg").verdict == Verdict::Foreign);
  CHECK(key.judge(nonce, kNow, "flowe", "dge").verdict == Verdict::Foreign);
  CHECK(key.judge(nonce, kNow, "", "flowedge").verdict == Verdict::Foreign);
}

TEST_CASE("nonces of one second differ, and so do their ids") {
  NonceKey key;
  std::set<std::string> nonces;
  std::set<std::uint64_t> ids;
  for (int i = 0; i < 100; ++i) {
    const std::string nonce = key.make(kNow, "flow", "edge");
    nonces.insert(nonce);
    ids.insert(key.judge(nonce, kNow, "flow", "edge").id);
  }
  CHECK(nonces.size() == 100);
  CHECK(ids.size() == 100);
}

TEST_CASE("a nonce that was changed, cut or lengthened is foreign") {
  NonceKey key;
  const std::string nonce = key.make(kNow, "flow", "edge");
  for (std::size_t i = 0; i < nonce.size(); ++i) {
    CAPTURE(i);
    for (const char c : {'A', 'B', '-', '+', '=', '\0'}) {
      std::string changed = nonce;
      if (changed[i] == c) continue;
      changed[i] = c;
      CHECK(key.judge(changed, kNow, "flow", "edge").verdict == Verdict::Foreign);
    }
    CHECK(key.judge(nonce.substr(0, i), kNow, "flow", "edge").verdict == Verdict::Foreign);
  }
  CHECK(key.judge(nonce + "=", kNow, "flow", "edge").verdict == Verdict::Foreign);
  CHECK(key.judge(nonce + nonce, kNow, "flow", "edge").verdict == Verdict::Foreign);
}

}  // namespace
}  // namespace sip
