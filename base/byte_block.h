#pragma once
// Sixteen bytes at a time, in the compiler's vectors, for judging texts that are long and almost
// always good. A comparison gives all ones or zeros in each byte; bytes from 0x80 on are negative.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace base {

using ByteBlock = signed char __attribute__((vector_size(16)));

inline ByteBlock load_block(const char* bytes) {
  ByteBlock block;
  std::memcpy(&block, bytes, sizeof block);
  return block;
}

// Whether a bit is set in any byte of it.
inline bool is_any(ByteBlock block) {
  std::uint64_t halves[2];
  std::memcpy(halves, &block, sizeof halves);
  return (halves[0] | halves[1]) != 0;
}

// Whether every byte of `text` is good. `suspects(block)` is zero in each byte that is; where it is
// not, the bytes of that block are looked at one by one.
template <typename Good, typename Suspects>
bool is_all(std::string_view text, Good good, Suspects suspects) {
  constexpr std::size_t kBlock = sizeof(ByteBlock);
  constexpr std::size_t kHalf = kBlock / 2;
  if (text.size() < kHalf) return std::ranges::all_of(text, good);
  if (text.size() < kBlock) {  // its two ends, which may overlap
    char ends[kBlock];
    std::memcpy(ends, text.data(), kHalf);
    std::memcpy(ends + kHalf, text.data() + text.size() - kHalf, kHalf);
    return is_all(std::string_view(ends, sizeof ends), good, suspects);
  }
  const std::size_t last = text.size() - kBlock;  // its block may overlap the one before
  for (std::size_t at = 0;; at = std::min(at + kBlock, last)) {
    if (is_any(suspects(load_block(text.data() + at))) &&
        !std::ranges::all_of(text.substr(at, kBlock), good)) {
      return false;
    }
    if (at == last) return true;
  }
}

}  // namespace base
