#pragma once
// Who a peer proved to be: the names in its certificate. Only subject alternative names count
// (RFC 9525 section 2); the common name is kept for logs and never compared.

#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/result.h"

namespace certs {

struct Identity {
  std::string subject;                 // "CN=edge.lab.example", for logs only
  std::string issuer;                  // likewise
  std::string fingerprint;             // SHA-256 of the DER form, lower-case hex
  std::vector<std::string> dns_names;  // lower case, as in the certificate ("*.lab.example")
  std::vector<std::string> srv_names;  // RFC 4985: "_collab-edge._tls.lab.example", lower case
  std::vector<base::IpAddress> addresses;

  bool empty() const { return fingerprint.empty(); }  // the peer sent no certificate
};

// A name that a certificate must hold: the reference identifier of RFC 9525.
struct Name {
  enum class Kind { Dns, Ip, Srv };
  Kind kind = Kind::Dns;
  std::string text;  // lower case; an address in the spelling of base::to_string
  bool operator==(const Name&) const = default;
};

// Reads "DNS:edge.lab.example", "IP:10.1.2.3" or "SRV:_collab-edge._tls.lab.example"; a last dot is
// dropped. Malformed, with what to write instead, for a text without a kind, a wildcard, an address
// given as DNS name and anything that no certificate could hold.
base::Result<Name> parse_name(std::string_view text);
// The same for a name to put into a certificate, where "DNS:*.lab.example" is allowed.
base::Result<Name> parse_presented_name(std::string_view text);
std::string to_string(const Name& name);
inline Name dns_name(std::string_view text) {
  return {Name::Kind::Dns, std::string(text)};
}

// All names of an identity: DNS names, addresses, services.
std::vector<Name> names_of(const Identity& identity);

// Whether one of the identity's names is `name`. A wildcard stands only for the whole left-most
// label of a DNS name, covers exactly one label, has two labels or more behind it ("*.example" fits
// nothing), and never stands in for an address or a service (RFC 9525 section 6.3). Case and the
// last dot of `name` do not matter. A DNS name that is an address or holds '*' is in no
// certificate.
bool holds(const Identity& identity, const Name& name);

}  // namespace certs
