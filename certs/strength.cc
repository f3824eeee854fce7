#include "certs/strength.h"

#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/rsa.h>

#include "certs/key.h"
#include "certs/openssl.h"
#include "certs/verify.h"

namespace certs {
namespace {

using BigNumber = Handle<BIGNUM, BN_free>;
using PssParameters = Handle<RSA_PSS_PARAMS, RSA_PSS_PARAMS_free>;
using Algorithm = Handle<X509_ALGOR, X509_ALGOR_free>;

bool is_strong_hash(int nid) {
  switch (nid) {
    case NID_sha224:
    case NID_sha256:
    case NID_sha384:
    case NID_sha512:
    case NID_sha512_224:
    case NID_sha512_256:
    case NID_sha3_224:
    case NID_sha3_256:
    case NID_sha3_384:
    case NID_sha3_512:
      return true;
    default:
      return false;
  }
}

const char* long_name(int nid) {
  const char* name = OBJ_nid2ln(nid);
  return name != nullptr ? name : "an unknown algorithm";
}

std::optional<std::string> weakness_of_rsa(const EVP_PKEY* key) {
  if (EVP_PKEY_get_bits(key) < kMinRsaBits) {
    return fmt::format("has {}, less than the {} that are required", describe(key), kMinRsaBits);
  }
  BIGNUM* read = nullptr;
  EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &read);
  const BigNumber exponent(read);
  // With the exponent 1 anybody can write signatures.
  if (exponent == nullptr || !BN_is_odd(exponent.get()) || BN_is_one(exponent.get())) {
    return "has an RSA key with an unsafe public exponent";
  }
  return std::nullopt;
}

std::optional<std::string> weakness_of_ec(const EVP_PKEY* key) {
  int is_explicit = 0;
  EVP_PKEY_get_int_param(key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &is_explicit);
  // A curve written out can be one whose private keys its author knows (CVE-2020-0601).
  if (is_explicit != 0) return "has an EC key on a curve that is written out, not named";
  if (EVP_PKEY_get_bits(key) < kMinEcBits) {
    return fmt::format("has {}, less than the P-{} that is required", describe(key), kMinEcBits);
  }
  return std::nullopt;
}

// The hashes of an RSASSA-PSS signature; SHA-1 where RFC 4055 says that it is meant.
struct PssHashes {
  int message = NID_undef;
  int mask = NID_undef;
};

PssHashes pss_hashes(const X509_ALGOR* algorithm) {
  const void* value = nullptr;
  int type = V_ASN1_UNDEF;
  X509_ALGOR_get0(nullptr, &type, &value, algorithm);
  if (type != V_ASN1_SEQUENCE) return {};
  const PssParameters pss(static_cast<RSA_PSS_PARAMS*>(
      ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(RSA_PSS_PARAMS), algorithm->parameter)));
  if (pss == nullptr) return {};
  PssHashes hashes{NID_sha1, NID_sha1};
  if (pss->hashAlgorithm != nullptr) hashes.message = OBJ_obj2nid(pss->hashAlgorithm->algorithm);
  if (pss->maskGenAlgorithm == nullptr) return hashes;
  hashes.mask = NID_undef;
  if (OBJ_obj2nid(pss->maskGenAlgorithm->algorithm) != NID_mgf1) return hashes;
  const Algorithm mask(static_cast<X509_ALGOR*>(
      ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(X509_ALGOR), pss->maskGenAlgorithm->parameter)));
  if (mask != nullptr) hashes.mask = OBJ_obj2nid(mask->algorithm);
  return hashes;
}

PssHashes pss_hashes(const X509* certificate) {
  const X509_ALGOR* algorithm = nullptr;
  X509_get0_signature(nullptr, &algorithm, certificate);
  const PssHashes hashes = pss_hashes(algorithm);
  ERR_clear_error();
  return hashes;
}

}  // namespace

std::optional<std::string> weakness_of_key(const EVP_PKEY* key) {
  if (key == nullptr) return "has a public key that cannot be read";
  std::optional<std::string> weakness;
  switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA:
    case EVP_PKEY_RSA_PSS:
      weakness = weakness_of_rsa(key);
      break;
    case EVP_PKEY_EC:
      weakness = weakness_of_ec(key);
      break;
    case EVP_PKEY_ED25519:
    case EVP_PKEY_ED448:
      break;
    default:
      weakness = "has " + describe(key) + ", a kind of key that is not accepted";
      break;
  }
  ERR_clear_error();
  return weakness;
}

std::optional<std::string> weakness_of_signature(const X509* certificate) {
  const int signature = X509_get_signature_nid(certificate);
  if (signature == NID_ED25519 || signature == NID_ED448) return std::nullopt;
  if (signature == NID_rsassaPss) {
    const PssHashes hashes = pss_hashes(certificate);
    if (is_strong_hash(hashes.message) && is_strong_hash(hashes.mask)) return std::nullopt;
    return fmt::format("signed with {}, which is not accepted", describe_signature(certificate));
  }
  int hash = NID_undef;
  int key = NID_undef;
  const bool known = OBJ_find_sigid_algs(signature, &hash, &key) == 1;
  const bool fits = key == NID_rsaEncryption || key == NID_X9_62_id_ecPublicKey;
  if (known && fits && is_strong_hash(hash)) return std::nullopt;
  return fmt::format("signed with {}, which is not accepted", describe_signature(certificate));
}

std::string describe_signature(const X509* certificate) {
  const int signature = X509_get_signature_nid(certificate);
  if (signature != NID_rsassaPss) return long_name(signature);
  const PssHashes hashes = pss_hashes(certificate);
  if (hashes.message == hashes.mask)
    return fmt::format("rsassaPss ({})", long_name(hashes.message));
  return fmt::format("rsassaPss ({}, mask by {})", long_name(hashes.message),
                     long_name(hashes.mask));
}

}  // namespace certs
