#include "net/http/hpack_huffman.h"

#include <endian.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace net::http {
namespace {

constexpr std::size_t kSymbols = 257;  // the bytes and EOS
constexpr std::uint16_t kEos = 256;
constexpr unsigned kMaxBits = 30;
constexpr unsigned kShortBits = 8;  // what the look-up table covers: all of an ordinary text

// Appendix B's code is canonical: the lengths of its symbols say it all.
constexpr std::array<std::uint8_t, kSymbols> kBits = {
    13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28,
    28, 28, 28, 28, 28, 28, 28, 28, 6,  10, 10, 12, 13, 6,  8,  11, 10, 10, 8,  11, 8,  6,  6,  6,
    5,  5,  5,  6,  6,  6,  6,  6,  6,  6,  7,  8,  15, 6,  12, 10, 13, 6,  7,  7,  7,  7,  7,  7,
    7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  8,  7,  8,  13, 19, 13, 14, 6,
    15, 5,  6,  5,  6,  5,  6,  6,  6,  5,  7,  7,  6,  6,  6,  5,  6,  7,  6,  5,  5,  6,  7,  7,
    7,  7,  7,  15, 11, 14, 13, 28, 20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
    24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, 22, 21, 20, 22, 22, 23, 23, 21,
    23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
    26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24,
    21, 21, 26, 26, 28, 27, 27, 27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
    26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26, 30,
};

// The symbols in the order of their codes. Those of one length follow each other, and so do their
// codes, the first of which is twice the one after the last of the length before.
struct Code {
  std::array<std::uint16_t, kSymbols> symbols{};
  std::array<std::uint32_t, kMaxBits + 1> first{};     // of this length, as a number of kMaxBits
  std::array<std::uint16_t, kMaxBits + 2> position{};  // of its symbol in `symbols`
};

constexpr Code kCode = [] {
  Code code;
  std::uint16_t at = 0;
  std::uint32_t next = 0;
  for (unsigned bits = 1; bits <= kMaxBits; ++bits) {
    code.first[bits] = next;
    code.position[bits] = at;
    for (std::uint16_t symbol = 0; symbol < kSymbols; ++symbol) {
      if (kBits[symbol] != bits) continue;
      code.symbols[at++] = symbol;
      next += 1u << (kMaxBits - bits);
    }
  }
  code.position[kMaxBits + 1] = at;
  return code;
}();

struct Short {
  char symbol = 0;
  std::uint8_t bits = 0xff;  // this: the symbol has more than kShortBits
};

// By the next kShortBits.
constexpr std::array<Short, 1 << kShortBits> kShort = [] {
  std::array<Short, 1 << kShortBits> table{};
  for (unsigned bits = 1; bits <= kShortBits; ++bits) {
    std::size_t next = kCode.first[bits] >> (kMaxBits - kShortBits);
    for (std::size_t i = kCode.position[bits]; i < kCode.position[bits + 1]; ++i) {
      for (unsigned fill = 0; fill < 1u << (kShortBits - bits); ++fill)
        table[next++] = {static_cast<char>(kCode.symbols[i]), static_cast<std::uint8_t>(bits)};
    }
  }
  return table;
}();

struct Symbol {
  std::uint16_t symbol;
  unsigned bits;
};

// The symbol that the top of `window` begins with.
Symbol find_symbol(std::uint64_t window) {
  const auto code = static_cast<std::uint32_t>(window >> (64 - kMaxBits));
  unsigned bits = 1;
  while (bits < kMaxBits && code >= kCode.first[bits + 1])
    ++bits;
  const std::uint32_t nth = (code - kCode.first[bits]) >> (kMaxBits - bits);
  return {kCode.symbols[kCode.position[bits] + nth], bits};
}

// Bits of the code on their way: `held` of them count, from the top of `window`.
struct Bits {
  const char* at;
  const char* end;
  std::uint64_t window = 0;
  unsigned held = 0;

  void refill() {
    const auto left = static_cast<unsigned>(std::min<std::ptrdiff_t>(end - at, 8));
    std::uint64_t next = 0;
    if (left == 8) {
      std::memcpy(&next, at, 8);  // of a known size: one instruction
    } else {
      std::memcpy(&next, at, left);
    }
    window |= be64toh(next) >> held;  // a byte that only fits in part comes once more
    const unsigned taken = std::min((63 - held) / 8, left);
    at += taken;
    held += 8 * taken;
  }
  void drop(unsigned count) {
    window <<= count;
    held -= count;
  }
};

}  // namespace

char* decode_huffman(std::string_view code, char* to) {
  Bits bits{code.data(), code.data() + code.size()};
  for (;;) {
    bits.refill();
    for (;;) {
      const Short next = kShort[bits.window >> (64 - kShortBits)];
      if (next.bits > bits.held) break;
      *to++ = next.symbol;
      bits.drop(next.bits);
    }
    if (bits.at < bits.end && bits.held < kMaxBits) continue;

    // The end, or a rare symbol. Padding is how EOS begins.
    const std::uint64_t padded = bits.window | ~std::uint64_t{0} >> bits.held;
    if (bits.held < 8 && padded == ~std::uint64_t{0}) return to;
    const Symbol next = find_symbol(padded);
    if (next.bits > bits.held || next.symbol == kEos) return nullptr;
    *to++ = static_cast<char>(next.symbol);
    bits.drop(next.bits);
  }
}

}  // namespace net::http
