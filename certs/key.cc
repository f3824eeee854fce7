#include "certs/key.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/rsa.h>

#include <charconv>
#include <cstddef>

#include "certs/openssl.h"

namespace certs {
namespace {

struct Curve {
  std::string_view kind;
  const char* group;  // OpenSSL's name
};
constexpr Curve kCurves[] = {
    {"ec:p192", "prime192v1"}, {"ec:p224", "secp224r1"}, {"ec:p256", "prime256v1"},
    {"ec:p384", "secp384r1"},  {"ec:p521", "secp521r1"},
};
constexpr std::size_t kMinMadeRsaBits = 1024;
constexpr std::size_t kMaxMadeRsaBits = 8192;  // more takes minutes

base::Result<Key> made(EVP_PKEY* key) {
  if (key == nullptr) return openssl_error("generate a key");
  return Key(key);
}

}  // namespace

base::Result<Key> generate_key(std::string_view kind) {
  for (const Curve& curve : kCurves) {
    if (kind == curve.kind) return made(EVP_EC_gen(curve.group));
  }
  if (kind == "ed25519") return made(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  if (kind == "ed448") return made(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED448"));
  constexpr std::string_view kRsa = "rsa:";
  if (kind.starts_with(kRsa)) {
    std::size_t bits = 0;
    const char* end = kind.data() + kind.size();
    const auto read = std::from_chars(kind.data() + kRsa.size(), end, bits);
    if (read.ec == std::errc() && read.ptr == end && bits >= kMinMadeRsaBits &&
        bits <= kMaxMadeRsaBits) {
      return made(EVP_RSA_gen(bits));
    }
  }
  return base::Error{base::Errc::Malformed,
                     "\"" + std::string(kind) +
                         "\" is no kind of key: ec:p192|p224|p256|p384|p521, rsa:1024 to rsa:8192, "
                         "ed25519, ed448"};
}

std::string describe(const EVP_PKEY* key) {
  if (key == nullptr) return "unreadable key";
  const std::string bits = std::to_string(EVP_PKEY_get_bits(key)) + " bits";
  switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA:
      return "RSA " + bits;
    case EVP_PKEY_RSA_PSS:
      return "RSA-PSS " + bits;
    case EVP_PKEY_ED25519:
      return "Ed25519";
    case EVP_PKEY_ED448:
      return "Ed448";
    case EVP_PKEY_DSA:
      return "DSA " + bits;
    case EVP_PKEY_EC: {
      char group[64] = "";
      std::size_t size = 0;
      if (EVP_PKEY_get_group_name(key, group, sizeof group, &size) != 1) {
        ERR_clear_error();
        return "EC " + bits + " (unnamed curve)";
      }
      const char* nist = EC_curve_nid2nist(OBJ_sn2nid(group));
      return std::string("EC ") + (nist != nullptr ? nist : group);
    }
    default: {
      const char* name = EVP_PKEY_get0_type_name(key);
      return std::string(name != nullptr ? name : "unknown") + " " + bits;
    }
  }
}

}  // namespace certs
