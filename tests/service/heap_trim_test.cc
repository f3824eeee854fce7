#include "service/heap_trim.h"

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <thread>
#include <vector>

#include "net/loop.h"
#include "tests/fakes/run_loop.h"

namespace service {
namespace {

constexpr std::uint64_t kMiB = 1u << 20;

// Pages that this thread was given so far.
long pages_given() {
  rusage usage{};
  CHECK(::getrusage(RUSAGE_THREAD, &usage) == 0);
  return usage.ru_minflt;
}

MemoryReading reading(std::uint64_t resident_mib, std::uint64_t used_mib) {
  return {resident_mib * kMiB, used_mib * kMiB};
}

// The readings until one says that it is worth it, that one included; 0: none of many.
int patience(TrimAdvice& advice, const MemoryReading& now) {
  for (int count = 1; count <= 10 * TrimAdvice::kPatience; ++count)
    if (advice.on_reading(now)) return count;
  return 0;
}

TEST_CASE("what has been idle for a while is given back") {
  TrimAdvice advice;
  CHECK_FALSE(advice.on_reading(reading(40, 10)));
  CHECK(patience(advice, reading(140, 110)) == 0);  // all of it is used
  SUBCASE("after handshakes") {
    CHECK(patience(advice, reading(140, 40)) == TrimAdvice::kPatience);
    advice.on_trimmed(reading(72, 40));
    CHECK(patience(advice, reading(72, 40)) == 0);
    CHECK(patience(advice, reading(87, 40)) == 0);  // not worth it
    CHECK(patience(advice, reading(88, 40)) == TrimAdvice::kPatience);
  }
  SUBCASE("after clients have gone") {
    CHECK(patience(advice, reading(140, 12)) == TrimAdvice::kPatience);
  }
}

TEST_CASE("of a lot that is used a quarter must lie idle") {
  TrimAdvice advice;
  CHECK_FALSE(advice.on_reading(reading(430, 400)));
  CHECK(patience(advice, reading(529, 400)) == 0);
  CHECK(patience(advice, reading(530, 400)) == TrimAdvice::kPatience);
}

TEST_CASE("what is used again and again is not taken") {
  TrimAdvice advice;
  CHECK_FALSE(advice.on_reading(reading(40, 10)));
  for (int round = 0; round < 5; ++round) {
    for (int i = 1; i < TrimAdvice::kPatience; ++i)
      CHECK_FALSE(advice.on_reading(reading(240, 10)));
    CHECK_FALSE(advice.on_reading(reading(240, 210)));
  }
}

TEST_CASE("memory that cannot be read is no reason") {
  TrimAdvice advice;
  CHECK(patience(advice, {}) == 0);
}

// As clients leave them who lie between others that stay.
TEST_CASE("holes are given back") {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  MESSAGE("not looked at: this heap is another, which knows no mallinfo2()");
#else
  constexpr std::size_t kCount = 1'000;
  constexpr std::size_t kSize = 40'000;
  net::Loop loop;
  const HeapTrim heap_trim(loop, std::chrono::milliseconds{1});
  std::vector<std::unique_ptr<char[]> > gone, stay;
  for (std::size_t i = 0; i < kCount; ++i) {
    gone.push_back(std::make_unique<char[]>(kSize));
    stay.push_back(std::make_unique<char[]>(64));
  }
  const std::uint64_t full = read_memory().resident;
  gone.clear();
  CHECK(read_memory().used < full);
  CHECK(read_memory().resident + kMiB > full);
  fakes::run_until(loop, [&] { return read_memory().resident + 30 * kMiB < full; });
#endif
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
