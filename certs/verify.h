#pragma once
// The one judgement of a peer's certificate. TLS listeners and clients, `sallyport cert verify`
// and the check of a delegated credential all end here, so they cannot disagree.

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "certs/credentials.h"
#include "certs/identity.h"
#include "certs/subject.h"

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
  bool operator==(const Expectation&) const = default;
};

inline constexpr int kMinRsaBits = 2048;
inline constexpr int kMinEcBits = 256;  // P-256

// Judges `chain`: leaf first, then what else the peer sent, in any order and with any surplus, up
// to kMaxChain certificates. The rules are applied in this order, and the first that is broken
// gives the verdict:
//   empty          there is no certificate
//   san-malformed  the leaf's names cannot be read (certs/subject.h)
//   chain          RFC 5280 section 6 path validation to `trust` fails: unknown issuer, a signature
//                  that does not fit, an issuer that is no authority, path length, name
//                  constraints, an unknown critical extension. A path ends in a self-signed
//                  certificate of `trust`; that may be the leaf itself
//   time           a certificate of the path, the root included, is not valid at `expected.at`
//   then for each certificate of the path, from the leaf up:
//   san-malformed  as above
//   key-strength   RSA below kMinRsaBits, EC below kMinEcBits, or a kind of key not taken
//   signature      MD5, SHA-1 and everything else that certs/strength.h refuses; the signature of
//                  the trusted root proves nothing and is not judged, unless it is the leaf
//   usage          key usage or extended key usage (RFC 5280 4.2.1.3, 4.2.1.12) of the leaf, or
//                  extended key usage of an intermediate, does not allow `expected.role`; absent
//                  counts as any, anyExtendedKeyUsage too
//   name           none of `expected.names` is in the certificate (RFC 9525, SAN only)
// A path of strong certificates is looked for first, so a weak one that the peer sent beside it
// does no harm; a weak one without such an alternative names its rule. Revocation is not checked.
Verdict verify(const std::vector<X509*>& chain, const Trust& trust, const Expectation& expected);

}  // namespace certs
