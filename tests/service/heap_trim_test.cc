#include "service/heap_trim.h"

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <memory>
#include <thread>

#include "net/loop.h"

namespace service {
namespace {

constexpr std::uint64_t kMiB = 1u << 20;

// Pages that this thread was given so far.
long pages_given() {
  rusage usage{};
  CHECK(::getrusage(RUSAGE_THREAD, &usage) == 0);
  return usage.ru_minflt;
}

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

// Of a heap other than the first, as each worker has its own.
TEST_CASE("buffers that come and go at a heap's end stay with the process") {
  constexpr std::size_t kSize = 100'000;
  net::Loop loop;
  const HeapTrim heap_trim(loop);
  long given = 0;
  std::thread([&] {
    const auto come_and_go = [] {
      std::array<std::unique_ptr<char[]>, 10> buffers;
      for (auto& buffer : buffers) {
        buffer = std::make_unique_for_overwrite<char[]>(kSize);
        std::fill_n(static_cast<volatile char*>(buffer.get()), kSize, 'x');
      }
    };
    come_and_go();
    const long before = pages_given();
    for (int i = 0; i < 100; ++i)
      come_and_go();
    given = pages_given() - before;
  }).join();
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  MESSAGE("not looked at: this heap keeps what was freed for a while, " << given << " pages");
#else
  CHECK(given < 1'000);  // 21,000 when each round is given its pages anew
#endif
}

}  // namespace
}  // namespace service
