#include "base/result.h"

#include <doctest/doctest.h>

#include <memory>

namespace base {
namespace {

TEST_CASE("a result holds a value or an error") {
  Result<int> value = 5;
  REQUIRE(value);
  CHECK(*value == 5);
  *value = 6;
  CHECK(*value == 6);
  const Result<int> error = Error{Errc::Timeout, "after 5 s"};
  REQUIRE_FALSE(error);
  CHECK(error.error().code == Errc::Timeout);
  CHECK(error.error().detail == "after 5 s");
  CHECK(std::string(to_string(error.error().code)) == "timeout");
}

TEST_CASE("a result without a value can still succeed") {
  const Result<> done;
  CHECK(done);
  const Result<> failed = Error{Errc::Closed, {}};
  CHECK_FALSE(failed);
}

TEST_CASE("a value that cannot be copied is moved out") {
  Result<std::unique_ptr<int>> made = std::make_unique<int>(7);
  REQUIRE(made);
  const std::unique_ptr<int> taken = *std::move(made);
  CHECK(*taken == 7);
}

}  // namespace
}  // namespace base
