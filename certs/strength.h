#pragma once
// What is too weak to prove anything: keys and signature algorithms, each judged by itself.

#include <optional>
#include <string>

typedef struct evp_pkey_st EVP_PKEY;
typedef struct x509_st X509;

namespace certs {

// Both give nothing when all is well, or else the reason in words, to stand after the name of the
// certificate: "has RSA 1024 bits, less than the 2048 that are required".

// RSA from kMinRsaBits with an odd exponent from 3, EC on a named curve from kMinEcBits, Ed25519
// and Ed448. Everything else (DSA, SM2, a key that does not decode: null) is refused.
std::optional<std::string> weakness_of_key(const EVP_PKEY* key);

// The algorithm a certificate is signed with: RSA (PKCS#1 or PSS) or ECDSA with a hash of the SHA-2
// or SHA-3 family, Ed25519 or Ed448. With PSS both the hash and the mask generation's hash count
// (RFC 4055 section 3.1; both are SHA-1 when left out).
std::optional<std::string> weakness_of_signature(const X509* certificate);

// "ecdsa-with-SHA256", "rsassaPss (SHA256)": OpenSSL's long name, and the hash where that lacks it.
std::string describe_signature(const X509* certificate);

}  // namespace certs
