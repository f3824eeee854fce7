#include <span>

#include "base/base64.h"
#include "base/random.h"
#include "sip/digest.h"
#include "sip/hash.h"

namespace sip {
namespace {

// A nonce: when it was made (8 bytes), its number (8), the MAC (16).
constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kBodyBytes = 16;
constexpr std::size_t kMacBytes = 16;
constexpr std::size_t kTextBytes = 43;      // base64url of both
constexpr std::int64_t kFutureSeconds = 5;  // the clock may be set back a little

void append_number(std::string& out, std::uint64_t number) {
  for (int shift = 56; shift >= 0; shift -= 8)
    out += static_cast<char>(number >> shift & 0xff);
}

std::uint64_t number_at(std::string_view bytes) {
  std::uint64_t number = 0;
  for (const char c : bytes.substr(0, 8))
    number = number << 8 | static_cast<unsigned char>(c);
  return number;
}

}  // namespace

NonceKey::NonceKey() : key_(base::random_bytes(kKeyBytes)) {
  // How many were made is nobody's business.
  base::fill_random(std::as_writable_bytes(std::span(&next_, 1)));
}

Hash NonceKey::mac(std::string_view body, std::string_view binding, std::string_view realm) const {
  Hash hash = key_.mac({body, length_prefix(binding), binding, realm});
  hash.size = kMacBytes;
  return hash;
}

std::string NonceKey::make(std::int64_t now, std::string_view binding, std::string_view realm) {
  std::string bytes;
  bytes.reserve(kBodyBytes + kMacBytes);
  append_number(bytes, static_cast<std::uint64_t>(now));
  append_number(bytes, next_++);
  bytes += mac(bytes, binding, realm).text();
  return base::encode_base64url(bytes);
}

NonceKey::Judged NonceKey::judge(std::string_view nonce, std::int64_t now, std::string_view binding,
                                 std::string_view realm) const {
  const auto has = [nonce](char c) { return nonce.find(c) != nonce.npos; };
  // decode_base64() would take the other alphabet, and padding.
  if (nonce.size() != kTextBytes || has('+') || has('/') || has('=')) return {};
  const auto bytes = base::decode_base64(nonce);
  if (!bytes || bytes->size() != kBodyBytes + kMacBytes) return {};
  const std::string_view body = std::string_view(*bytes).substr(0, kBodyBytes);
  const std::string_view shown = std::string_view(*bytes).substr(kBodyBytes);
  if (!equal_secrets(mac(body, binding, realm).text(), shown)) return {};
  Judged judged;
  judged.made = static_cast<std::int64_t>(number_at(body));
  judged.id = number_at(body.substr(8));
  if (judged.made > now + kFutureSeconds) return {};
  judged.verdict = judged.made + kFreshSeconds < now ? Verdict::Stale : Verdict::Fresh;
  return judged;
}

}  // namespace sip
