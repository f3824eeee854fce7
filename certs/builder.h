#pragma once
// Making a certificate from what it is to say. The authority of a lab signs with this; it also
// makes bad ones, so that their refusal can be tried.

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "certs/credentials.h"
#include "certs/identity.h"
#include "certs/verify.h"

typedef struct X509_extension_st X509_EXTENSION;
typedef struct X509_name_st X509_NAME;

namespace certs {

struct FreeExtension {
  void operator()(X509_EXTENSION* extension) const noexcept;
};
using Extension = std::unique_ptr<X509_EXTENSION, FreeExtension>;

struct Template {
  std::string common_name;              // at most 64 bytes of UTF-8; empty: an empty subject
  std::vector<Name> names;              // the subject alternative names; wildcards are allowed
  std::vector<Role> roles;              // extended key usage; empty: none is written, any is meant
  bool is_authority = false;            // basic constraints and key usage
  int path_length = -1;                 // authorities that may stand below; -1: any number
  std::chrono::sys_seconds not_before;  // inclusive
  std::chrono::sys_seconds not_after;   // inclusive
  std::string digest = "sha256";        // OpenSSL's name; of no effect with Ed25519 and Ed448
};

// A certificate for `key`, signed by `issuer` with `issuer_key`; a null issuer makes it self-signed
// and `key` signs. Its serial number is 128 random bits. Malformed when a name of `wanted` cannot
// be written, the times are out of order or the digest is unknown.
base::Result<Certificate> build(const Template& wanted, EVP_PKEY* key, X509* issuer,
                                EVP_PKEY* issuer_key);

// The extension that holds `names`. Critical when the subject is empty (RFC 5280 4.2.1.6).
base::Result<Extension> names_extension(const std::vector<Name>& names, bool is_critical);

// Sets CN of a subject; an empty text leaves it empty. Malformed beyond 64 bytes.
base::Result<> set_common_name(X509_NAME* subject, std::string_view text);

// The text as common name if it is short enough for one, or else nothing: it is for people only.
std::string fitting_common_name(std::string_view text);

}  // namespace certs
