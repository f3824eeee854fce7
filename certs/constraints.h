#pragma once
// Name constraints (RFC 5280 section 4.2.1.10) where OpenSSL does not apply them.

#include <optional>
#include <string>
#include <vector>

#include "certs/credentials.h"
#include "certs/identity.h"

namespace certs {

// Why a service name of the leaf breaks the constraints of an authority of the path; nothing when
// none does. By RFC 4985 section 4 an authority that is bound to DNS names only may name services
// of any domain. Nobody who binds an authority to "lab.example" means that, so the domain of every
// SRVName is judged as the DNS name it is. `chain` is a valid path, leaf first.
std::optional<std::string> breach_by_service(const CertificateChain& chain,
                                             const Identity& identity);

}  // namespace certs
