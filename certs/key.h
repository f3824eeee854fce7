#pragma once
// Keys: making one, and saying in words what one is.

#include <string>
#include <string_view>

#include "base/result.h"
#include "certs/credentials.h"

namespace certs {

inline constexpr std::string_view kDefaultKeyKind = "ec:p256";

// A fresh private key of a kind: "ec:p256", "ec:p384", "ec:p521", "rsa:2048" (1024 to 8192 bits),
// "ed25519", "ed448". "ec:p192", "ec:p224" and RSA below 2048 bits are made as well, because a test
// of refusals needs them; verify() accepts none of those. Malformed for any other text.
base::Result<Key> generate_key(std::string_view kind);

// "RSA 2048 bits", "EC P-256", "Ed25519"; "unreadable key" for null.
std::string describe(const EVP_PKEY* key);

}  // namespace certs
