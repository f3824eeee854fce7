#include "base/random.h"

#include <sys/random.h>

#include <cassert>
#include <cerrno>

#include "base/hex.h"

namespace base {

void fill_random(std::span<std::byte> out) {
  while (!out.empty()) {
    const ssize_t got = getrandom(out.data(), out.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    assert(got > 0);
    out = out.subspan(static_cast<std::size_t>(got));
  }
}

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  fill_random(std::as_writable_bytes(std::span(bytes)));
  return bytes;
}

std::string random_hex(std::size_t byte_count) {
  return encode_hex(random_bytes(byte_count));
}

std::string random_uuid() {
  std::string bytes = random_bytes(16);
  bytes[6] = static_cast<char>((bytes[6] & 0x0f) | 0x40);  // version 4
  bytes[8] = static_cast<char>((bytes[8] & 0x3f) | 0x80);  // variant of RFC 9562 section 4.1
  std::string text = encode_hex(bytes);
  for (const unsigned dash : {8U, 13U, 18U, 23U})
    text.insert(dash, 1, '-');
  return text;
}

std::uint64_t random_below(std::uint64_t bound) {
  assert(bound > 0);
  // Numbers below 2^64 mod bound are thrown away, or the first remainders would come more often.
  const std::uint64_t skip = (0 - bound) % bound;
  std::uint64_t number = 0;
  do {
    fill_random(std::as_writable_bytes(std::span(&number, 1)));
  } while (number < skip);
  return number % bound;
}

}  // namespace base
