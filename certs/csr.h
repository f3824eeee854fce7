#pragma once
// Requests for a certificate: PKCS#10 (RFC 2986) with the wanted subject alternative names in an
// extensionRequest attribute (RFC 2985 section 5.4.2).

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "certs/credentials.h"
#include "certs/identity.h"

namespace certs {

// A PEM request for `names`, signed with `key` over SHA-256 (or as Ed25519 and Ed448 do).
// `common_name` is for people and may be empty; at most 64 bytes, else Malformed.
base::Result<std::string> make_request(EVP_PKEY* key, const std::string& common_name,
                                       const std::vector<Name>& names);

struct RequestContent {
  Key key;                  // the public half
  std::vector<Name> names;  // those of kinds we know; wildcards as they are written
};

// Reads a PEM request. Malformed when it does not decode, its names break the rules of
// certs/subject.h or are nothing a certificate of ours can hold; Refused when it is not signed with
// its own key (no proof of possession).
base::Result<RequestContent> parse_request(std::string_view pem);

}  // namespace certs
