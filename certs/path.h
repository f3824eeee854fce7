#pragma once
// Building a certification path and validating it (RFC 5280 section 6) with OpenSSL, kept apart
// from our own rules about strength, usage and names. Only verify.cc uses this.

#include <chrono>
#include <string>
#include <vector>

#include "certs/credentials.h"

namespace certs {

struct Path {
  enum class Fault { None, Chain, Time };
  Fault fault = Fault::None;
  std::string reason;             // of the fault, in plain words
  CertificateChain chain;         // ends in the trusted root when there is no fault
  bool signature_failed = false;  // the fault is a signature or key that could not be used
};

// The path from `leaf` over some of `others` to a self-signed certificate of `trust`. A Chain fault
// hides a Time fault. OpenSSL's security level, host checks, purposes and trust in intermediates
// are off, so that its verdict is about the path alone.
Path find_path(X509* leaf, const std::vector<X509*>& others, const Trust& trust,
               std::chrono::system_clock::time_point at);

// "CN=Lab CA: " in front of a reason about a certificate other than the leaf; empty for the leaf.
std::string prefix_for(const X509* certificate, bool is_leaf);

}  // namespace certs
