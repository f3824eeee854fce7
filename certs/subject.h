#pragma once
// What a certificate says about its holder: the names of its subject alternative name extension
// (RFC 5280 section 4.2.1.6). Nothing here is proven; verify() judges.

#include "base/result.h"
#include "certs/identity.h"

typedef struct x509_st X509;
typedef struct stack_st_GENERAL_NAME GENERAL_NAMES;

namespace certs {

// The names of one certificate; all lists are empty when it has no alternative names. Malformed,
// with the reason in words, when the extension occurs twice, does not decode, or holds
//  - a DNS name or SRVName that is empty or has a byte outside 0x21 to 0x7e (NUL among them),
//  - a control byte or a byte above 0x7e in a mail address or URI, a control byte in another
//    otherName that is a text,
//  - an SRVName that is not an IA5String (RFC 4985), an address that is not 4 or 16 bytes long.
base::Result<Identity> identity_of(X509* certificate);

// Adds the names of a decoded list to `identity`, under the same rules: for the extension request
// of a PKCS#10.
base::Result<> add_names(const GENERAL_NAMES* list, Identity& identity);

}  // namespace certs
