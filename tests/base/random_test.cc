#include "base/random.h"

#include <doctest/doctest.h>

#include <set>

#include "base/text.h"

namespace base {
namespace {

TEST_CASE("random bytes have the length that was asked for and do not repeat") {
  CHECK(random_bytes(0).empty());
  CHECK(random_bytes(1000).size() == 1000);  // above what one getrandom gives in one piece
  CHECK(random_bytes(16) != random_bytes(16));
}

TEST_CASE("a random id is lower-case hexadecimal") {
  const std::string id = random_hex(16);
  CHECK(id.size() == 32);
  CHECK(id.find_first_not_of("0123456789abcdef") == std::string::npos);
}

TEST_CASE("a uuid says that it is random") {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const std::string uuid = random_uuid();
    CAPTURE(uuid);
    REQUIRE(uuid.size() == 36);
    CHECK(uuid[8] == '-');
    CHECK(uuid[13] == '-');
    CHECK(uuid[14] == '4');
    CHECK(uuid[18] == '-');
    CHECK(std::string_view("89ab").find(uuid[19]) != std::string_view::npos);
    CHECK(uuid[23] == '-');
    CHECK(seen.insert(uuid).second);
  }
}

TEST_CASE("a bounded random number stays below its bound and takes every value") {
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 1000; ++i)
    seen.insert(random_below(6));
  CHECK(seen == std::set<std::uint64_t>{0, 1, 2, 3, 4, 5});
  CHECK(random_below(1) == 0);
  (void)random_below(UINT64_MAX);
}

}  // namespace
}  // namespace base
