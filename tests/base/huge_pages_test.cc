#include "base/huge_pages.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <cstring>
#include <limits>
#include <new>
#include <vector>

namespace base {
namespace {

TEST_CASE("memory of each size is there from end to end, and large memory is aligned") {
  HugePages pages;
  for (const std::size_t bytes : {std::size_t{1}, HugePages::kPageBytes - 1, HugePages::kPageBytes,
                                  HugePages::kPageBytes + 1, 3 * HugePages::kPageBytes}) {
    CAPTURE(bytes);
    void* const one = pages.allocate(bytes);
    void* const two = pages.allocate(bytes);
    std::memset(one, 1, bytes);
    std::memset(two, 2, bytes);
    CHECK(static_cast<char*>(one)[bytes - 1] == 1);
    if (bytes >= HugePages::kPageBytes) {
      CHECK(reinterpret_cast<std::uintptr_t>(one) % HugePages::kPageBytes == 0);
      CHECK(reinterpret_cast<std::uintptr_t>(two) % HugePages::kPageBytes == 0);
    }
    pages.deallocate(one, bytes);
    CHECK(static_cast<char*>(two)[0] == 2);
    pages.deallocate(two, bytes);
  }
}

TEST_CASE("a table may grow in it") {
  HugePages pages;
  std::pmr::vector<std::uint64_t> table(&pages);
  for (std::uint64_t i = 0; i < HugePages::kPageBytes; ++i)
    table.push_back(i);
  bool same = true;
  for (std::uint64_t i = 0; i < HugePages::kPageBytes; ++i)
    same = same && table[i] == i;
  CHECK(same);
}

TEST_CASE("more than there is is refused") {
  HugePages pages;
  CHECK_THROWS_AS((void)pages.allocate(std::numeric_limits<std::size_t>::max() - 10),
                  std::bad_alloc);
}

TEST_CASE("memory of one may be given back to another") {
  HugePages one;
  HugePages other;
  CHECK(one.is_equal(other));
  CHECK_FALSE(one.is_equal(*std::pmr::new_delete_resource()));
}

}  // namespace
}  // namespace base
