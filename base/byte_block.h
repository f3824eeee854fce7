#pragma once
// Sixteen bytes at a time, in the compiler's vectors, for judging texts that are long and almost
// always good. A comparison gives all ones or zeros in each byte; bytes from 0x80 on are negative.

#include <cstdint>
#include <cstring>

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

}  // namespace base
