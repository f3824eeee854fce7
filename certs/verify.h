#pragma once
// The one judgement of a peer's certificate. TLS listeners and clients, `sallyport cert verify`
// and the check of a delegated credential all end here, so they cannot disagree.

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "certs/credentials.h"
#include "certs/identity.h"

namespace certs {

enum class Role { Server, Client };  // what the peer is; decides the extended key usage

struct Verdict {
  bool accepted = false;
  std::string rule;    // the rule that decided: "ok", "chain", "time", "key-strength", "signature",
                       // "usage", "name", "san-malformed", "empty"
  std::string reason;  // in plain words, for logs and people
  Identity identity;   // of the leaf; empty if it could not be read
};

struct Expectation {
  Role role = Role::Server;
  std::vector<Name> names;  // one of them must be in the certificate; none: any name will do
  std::chrono::system_clock::time_point at;  // the time the chain must be valid at
};

inline constexpr int kMinRsaBits = 2048;
inline constexpr int kMinEcBits = 256;  // P-256

// Judges `chain` (leaf first, then intermediates in any order) as far as RFC 5280 path validation
// to `trust`, validity at `expected.at`, key strength and signature algorithm of every certificate
// but a trusted self-signed root's signature (no MD5, no SHA-1), extended key usage (RFC 5280
// 4.2.1.12; absent counts as any), names (RFC 9525, SAN only; a NUL or control byte in any SAN
// refuses it).
Verdict verify(const std::vector<X509*>& chain, const Trust& trust, const Expectation& expected);

// The names of one certificate, or why its subject alternative names cannot be read.
base::Result<Identity> identity_of(X509* certificate);

}  // namespace certs
