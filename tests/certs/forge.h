#pragma once
// Certificates for tests, good ones and such as no honest authority would sign.

#include <doctest/doctest.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "certs/authority.h"
#include "certs/key.h"
#include "certs/verify.h"

namespace certs {

// The day on which the tests take place.
inline constexpr std::chrono::sys_seconds kNow =
    std::chrono::sys_days(std::chrono::year(2026) / 11 / 20);

inline Template wanted(std::string_view common_name, std::vector<Name> names = {}) {
  Template result;
  result.common_name = common_name;
  result.names = std::move(names);
  result.not_before = kNow - std::chrono::days(10);
  result.not_after = kNow + std::chrono::days(100);
  return result;
}

inline Template wanted_authority(std::string_view common_name) {
  Template result = wanted(common_name);
  result.is_authority = true;
  return result;
}

inline Key make_key(std::string_view kind = "ec:p256") {
  auto key = generate_key(kind);
  REQUIRE(key);
  return *std::move(key);
}

inline std::unique_ptr<const Authority> make_root(std::string_view name = "Test CA",
                                                  std::string_view kind = "ec:p256") {
  auto root = Authority::create(wanted_authority(name), kind);
  REQUIRE(root);
  return *std::move(root);
}

inline std::shared_ptr<const Trust> trust_in(const Authority& authority) {
  auto trust = Trust::from_pem(to_pem(authority.certificate()));
  REQUIRE(trust);
  return *trust;
}

// A certificate on a key of its own that nobody needs again.
inline Certificate certify(const Authority& authority, const Template& what,
                           std::string_view key_kind = "ec:p256") {
  auto certificate = authority.certify(what, make_key(key_kind).get());
  REQUIRE(certificate);
  return *std::move(certificate);
}

inline void resign(X509* certificate, EVP_PKEY* key, const EVP_MD* digest = EVP_sha256()) {
  REQUIRE(X509_sign(certificate, key, digest) > 0);
}

// Signs with RSASSA-PSS over the two hashes.
inline void resign_pss(X509* certificate, EVP_PKEY* key, const EVP_MD* digest,
                       const EVP_MD* mask_digest) {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  EVP_PKEY_CTX* parameters = nullptr;
  REQUIRE(EVP_DigestSignInit(context, &parameters, digest, nullptr, key) == 1);
  REQUIRE(EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) == 1);
  REQUIRE(EVP_PKEY_CTX_set_rsa_mgf1_md(parameters, mask_digest) == 1);
  REQUIRE(X509_sign_ctx(certificate, context) > 0);
  EVP_MD_CTX_free(context);
}

// One element of DER with a content of up to 65535 bytes.
inline std::string der(unsigned char tag, std::string_view content) {
  std::string out(1, static_cast<char>(tag));
  if (content.size() >= 256) {
    out += '\x82';
    out += static_cast<char>(content.size() >> 8);
  } else if (content.size() >= 128) {
    out += '\x81';
  }
  out += static_cast<char>(content.size() & 0xff);
  return out.append(content);
}

inline std::string general_dns(std::string_view text) {
  return der(0x82, text);
}
// An otherName; `oid` is the content of an OBJECT IDENTIFIER.
inline std::string general_other(std::string_view oid, std::string_view value) {
  return der(0xa0, der(0x06, oid) + der(0xa0, value));
}
inline constexpr std::string_view kSrvOid{"\x2b\x06\x01\x05\x05\x07\x08\x07", 8};
inline constexpr std::string_view kXmppOid{"\x2b\x06\x01\x05\x05\x07\x08\x05", 8};

inline void add_extension(X509* certificate, int nid, std::string_view value,
                          bool is_critical = false) {
  ASN1_OCTET_STRING* octets = ASN1_OCTET_STRING_new();
  ASN1_OCTET_STRING_set(octets, reinterpret_cast<const unsigned char*>(value.data()),
                        static_cast<int>(value.size()));
  X509_EXTENSION* extension =
      X509_EXTENSION_create_by_NID(nullptr, nid, is_critical ? 1 : 0, octets);
  REQUIRE(X509_add_ext(certificate, extension, -1) == 1);
  X509_EXTENSION_free(extension);
  ASN1_OCTET_STRING_free(octets);
}

// Adds an extension in the notation of openssl.cnf.
inline void add_written(X509* certificate, int nid, const char* value) {
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value);
  REQUIRE(extension != nullptr);
  REQUIRE(X509_add_ext(certificate, extension, -1) == 1);
  X509_EXTENSION_free(extension);
}

inline void remove_extension(X509* certificate, int nid) {
  const int at = X509_get_ext_by_NID(certificate, nid, -1);
  REQUIRE(at >= 0);
  X509_EXTENSION_free(X509_delete_ext(certificate, at));
}

// As a peer would receive it: OpenSSL then forgets what it knew of the extensions.
inline Certificate reread(const Certificate& certificate) {
  auto chain = parse_chain(to_pem(certificate.get()));
  REQUIRE(chain);
  return std::move(chain->front());
}

// A leaf of `authority` whose alternative names are these elements, one after the other.
inline Certificate with_raw_names(const Authority& authority, std::string_view elements) {
  const Certificate leaf = certify(authority, wanted("raw"));
  add_extension(leaf.get(), NID_subject_alt_name, der(0x30, elements));
  resign(leaf.get(), authority.key());
  return reread(leaf);
}

inline Expectation expecting(std::vector<Name> names = {}, Role role = Role::Server) {
  return {role, std::move(names), kNow};
}

}  // namespace certs
