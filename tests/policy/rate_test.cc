#include "policy/rate.h"

#include <doctest/doctest.h>

#include <string>

namespace policy {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const RateControl::Time kStart{std::chrono::hours{1}};

TEST_CASE("eight are allowed within the window, and the ninth hears when to come back") {
  RateControl rate;
  for (int i = 0; i < 8; ++i)
    CHECK(rate.take("a", kStart + seconds{i}).allowed);
  const RateVerdict refused = rate.take("a", kStart + seconds{10});
  CHECK_FALSE(refused.allowed);
  CHECK(refused.retry_after == seconds{290});
  CHECK(rate.take("a", kStart + seconds{300} - milliseconds{1}).retry_after == seconds{1});
  CHECK(rate.take("b", kStart + seconds{10}).allowed);
  // The window slides: what was refused did not count.
  CHECK(rate.take("a", kStart + seconds{300}).allowed);
  CHECK_FALSE(rate.take("a", kStart + seconds{300}).allowed);
  CHECK(rate.take("a", kStart + seconds{301}).allowed);
}

TEST_CASE("one that could not be decided is given back, once") {
  RateControl rate({.limit = 1, .window = seconds{300}, .max_users = 10});
  const RateVerdict first = rate.take("a", kStart);
  rate.refund("a", first.ticket);
  const RateVerdict second = rate.take("a", kStart);
  CHECK(second.allowed);
  rate.refund("a", first.ticket);
  rate.refund("nobody", second.ticket);
  CHECK_FALSE(rate.take("a", kStart).allowed);
}

TEST_CASE("a flood of made-up names does not reset a counter, and the table stays bounded") {
  RateControl rate({.limit = 8, .window = seconds{300}, .max_users = 100});
  for (int i = 0; i < 8; ++i)
    rate.take("victim", kStart);
  for (int i = 0; i < 10'000; ++i) {
    rate.take("made-up-" + std::to_string(i), kStart + milliseconds{i});
    CHECK(rate.size() <= 100);
  }
  CHECK_FALSE(rate.take("victim", kStart + seconds{20}).allowed);
  CHECK(rate.take("victim", kStart + seconds{300}).allowed);
}

TEST_CASE("users whose window is over make room first") {
  RateControl rate({.limit = 8, .window = seconds{300}, .max_users = 3});
  for (int i = 0; i < 8; ++i)
    rate.take("old", kStart);
  rate.take("a", kStart + seconds{299});
  rate.take("b", kStart + seconds{299});
  CHECK(rate.take("c", kStart + seconds{301}).allowed);
  CHECK(rate.size() == 3);
  for (int i = 0; i < 7; ++i)
    CHECK(rate.take("a", kStart + seconds{302}).allowed);
  CHECK_FALSE(rate.take("a", kStart + seconds{302}).allowed);  // "a" was not the one that went
}

}  // namespace
}  // namespace policy
