#pragma once
// MD5, SHA-256 and HMAC-SHA256 over texts in pieces, with OpenSSL's algorithms looked up once and a
// context kept for each thread: a REGISTER costs a dozen of these.

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace sip {

enum class HashKind { Md5, Sha256 };

struct Hash {
  std::array<unsigned char, 32> bytes{};
  std::size_t size = 0;  // 16 or 32

  std::string_view text() const { return {reinterpret_cast<const char*>(bytes.data()), size}; }
};

using Pieces = std::initializer_list<std::string_view>;

// Over the pieces one after another, with nothing between them.
Hash hash_of(HashKind kind, Pieces pieces);
// In lower-case hex, as digest authentication wants it.
std::string hash_hex(HashKind kind, Pieces pieces);
// RFC 2104.
Hash hmac_sha256(std::string_view key, Pieces pieces);

// The first 8 bytes, the first being the highest.
std::uint64_t first_number(const Hash& hash);

// A piece's length in four bytes ahead of it: so that two lists of pieces that join to the same
// text do not hash alike.
std::string length_prefix(std::string_view piece);

// In constant time, but for the lengths.
bool equal_secrets(std::string_view a, std::string_view b);

}  // namespace sip
