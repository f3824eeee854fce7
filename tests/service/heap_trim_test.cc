#include "service/heap_trim.h"

#include <doctest/doctest.h>

namespace service {
namespace {

constexpr std::uint64_t kMiB = 1u << 20;

TEST_CASE("memory is given back when it has grown and no longer grows") {
  TrimAdvice advice;
  CHECK_FALSE(advice.on_reading(40 * kMiB));
  CHECK_FALSE(advice.on_reading(90 * kMiB));  // the burst goes on
  CHECK_FALSE(advice.on_reading(140 * kMiB));
  CHECK(advice.on_reading(140 * kMiB));
  advice.on_trimmed(60 * kMiB);
  CHECK_FALSE(advice.on_reading(60 * kMiB));
  CHECK_FALSE(advice.on_reading(75 * kMiB));
  CHECK_FALSE(advice.on_reading(75 * kMiB));
  CHECK_FALSE(advice.on_reading(76 * kMiB));
  CHECK(advice.on_reading(76 * kMiB));
}

TEST_CASE("what is in use is not looked through again and again") {
  TrimAdvice advice;
  advice.on_trimmed(400 * kMiB);
  CHECK_FALSE(advice.on_reading(400 * kMiB));
  CHECK_FALSE(advice.on_reading(460 * kMiB));
  CHECK_FALSE(advice.on_reading(460 * kMiB));  // not a quarter more
  CHECK_FALSE(advice.on_reading(300 * kMiB));
  CHECK_FALSE(advice.on_reading(380 * kMiB));
  CHECK(advice.on_reading(380 * kMiB));
}

}  // namespace
}  // namespace service
