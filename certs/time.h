#pragma once
// Times of certificates: to the second, in UTC. std::chrono::sys_seconds and not the nanoseconds of
// system_clock, because "99991231235959Z" (RFC 5280 4.1.2.5: no expiry) lies beyond those.

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.h"

typedef struct asn1_string_st ASN1_TIME;
typedef struct x509_st X509;

namespace certs {

// "2026-01-02 03:04:05 UTC".
std::string to_text(std::chrono::sys_seconds time);

// Reads an RFC 3339 date and time with its zone, "2026-01-02T03:04:05Z" or "...+02:00"; a fraction
// of a second is dropped. Also takes a plain date, "2026-01-02", as its midnight in UTC. Malformed
// for anything else, among it days that the month does not have.
base::Result<std::chrono::sys_seconds> parse_time(std::string_view text);

// A time inside a certificate; Malformed when it is no valid date.
base::Result<std::chrono::sys_seconds> time_of(const ASN1_TIME* time);
base::Result<std::chrono::sys_seconds> not_before(const X509* certificate);
base::Result<std::chrono::sys_seconds> not_after(const X509* certificate);

}  // namespace certs
