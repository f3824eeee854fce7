#pragma once
// MD5, SHA-256 and HMAC-SHA256 over texts in pieces, with OpenSSL's algorithms looked up once and
// contexts that are kept: a REGISTER costs a dozen of these.

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

struct evp_mac_ctx_st;

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

// HMAC-SHA256 (RFC 2104) with a key that is set once: half of what a short text costs. For one
// thread at a time.
class HmacKey final {
 public:
  explicit HmacKey(std::string_view key);
  ~HmacKey();
  HmacKey(const HmacKey&) = delete;
  HmacKey& operator=(const HmacKey&) = delete;

  Hash mac(Pieces pieces) const;

 private:
  struct FreeContext {
    void operator()(evp_mac_ctx_st* context) const noexcept;
  };
  std::unique_ptr<evp_mac_ctx_st, FreeContext> context_;
};

// The first 8 bytes, the first being the highest.
std::uint64_t first_number(const Hash& hash);

// A piece's length in four bytes ahead of it: so that two lists of pieces that join to the same
// text do not hash alike.
std::string length_prefix(std::string_view piece);

// In constant time, but for the lengths.
bool equal_secrets(std::string_view a, std::string_view b);

}  // namespace sip
