#pragma once
// A certificate in words, for people.

#include <chrono>
#include <string>

#include "base/result.h"

typedef struct x509_st X509;

namespace certs {

// Some lines, each indented by two spaces and ended by '\n': subject, issuer, names, validity with
// what is left of it at `now`, key, signature, usage, serial, fingerprint. Weaknesses that verify()
// refuses are said where they are. Nothing in it is a control byte but '\n', whatever the
// certificate holds.
std::string describe(X509* certificate, std::chrono::sys_seconds now);

}  // namespace certs
