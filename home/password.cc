#include "home/password.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <cassert>
#include <cstdint>
#include <optional>
#include <utility>

#include "base/hex.h"
#include "base/random.h"
#include "base/text.h"

namespace home {
namespace {

constexpr std::size_t kSaltBytes = 16;
constexpr std::size_t kHashBytes = 32;
// 128 * N * r bytes at the highest cost that is read (RFC 7914 section 2), and some slack.
constexpr std::uint64_t kMaxMemoryBytes = 300ULL * 1024 * 1024;

struct Parsed {
  ScryptCost cost;
  std::string salt;
  std::string hash;
};

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// False only when memory is exhausted: the cost was checked before.
bool scrypt(std::string_view password, std::string_view salt, const ScryptCost& cost,
            std::string& out) {
  out.assign(kHashBytes, '\0');
  return EVP_PBE_scrypt(password.data(), password.size(), bytes_of(salt), salt.size(),
                        1ULL << cost.log_n, static_cast<std::uint64_t>(cost.r),
                        static_cast<std::uint64_t>(cost.p), kMaxMemoryBytes,
                        reinterpret_cast<unsigned char*>(out.data()), out.size()) == 1;
}

std::optional<int> parameter(std::string_view text, std::string_view name, int low, int high) {
  if (!text.starts_with(name)) return std::nullopt;
  const auto value = base::parse_decimal(text.substr(name.size()), static_cast<unsigned>(high));
  if (!value || *value < static_cast<unsigned>(low)) return std::nullopt;
  return static_cast<int>(*value);
}

std::optional<Parsed> parse(std::string_view stored) {
  const auto parts = base::split(stored, '$');
  if (parts.size() != 5 || !parts[0].empty() || parts[1] != "scrypt") return std::nullopt;
  const auto cost = base::split(parts[2], ',');
  if (cost.size() != 3) return std::nullopt;
  const auto log_n = parameter(cost[0], "ln=", 10, 17);
  const auto r = parameter(cost[1], "r=", 1, 16);
  const auto p = parameter(cost[2], "p=", 1, 4);
  auto salt = base::decode_hex(parts[3]);
  auto hash = base::decode_hex(parts[4]);
  if (!log_n || !r || !p || !salt || !hash || hash->size() != kHashBytes) return std::nullopt;
  return Parsed{{*log_n, *r, *p}, *std::move(salt), *std::move(hash)};
}

std::string format(const ScryptCost& cost, std::string_view salt, std::string_view hash) {
  return "$scrypt$ln=" + std::to_string(cost.log_n) + ",r=" + std::to_string(cost.r) +
         ",p=" + std::to_string(cost.p) + "$" + base::encode_hex(salt) + "$" +
         base::encode_hex(hash);
}

}  // namespace

std::string hash_password(std::string_view password, const ScryptCost& cost) {
  const std::string salt = base::random_bytes(kSaltBytes);
  std::string hash;
  const bool derived = scrypt(password, salt, cost, hash);
  assert(derived);
  return format(cost, salt, hash);
}

bool verify_password(std::string_view stored, std::string_view password) {
  const auto parsed = parse(stored);
  const Parsed& against = parsed ? *parsed : *parse(impossible_hash());
  std::string hash;
  const bool derived = scrypt(password, against.salt, against.cost, hash);
  const bool equal = CRYPTO_memcmp(hash.data(), against.hash.data(), kHashBytes) == 0;
  OPENSSL_cleanse(hash.data(), hash.size());
  return parsed && derived && equal;
}

const std::string& impossible_hash() {
  // Finding a password whose scrypt is all zeros is as hard as inverting it.
  static const std::string hash =
      format({}, std::string(kSaltBytes, '\0'), std::string(kHashBytes, '\0'));
  return hash;
}

}  // namespace home
