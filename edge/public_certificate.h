#pragma once
// What clients and cores will have against the certificate that the edge shows to clients. The edge
// starts with it all the same: HTTPS works for whoever does not look, and the core answers 437 to
// the proof made with it (wire.md 6.4), but somebody must be told.

#include <chrono>
#include <string>
#include <vector>

#include "certs/credentials.h"

namespace edge {

// In plain words, the worst first; empty when all is well. `trust`: the authorities of cores, who
// often are those of the edge too; where it comes from none of them those of the operating system
// are asked. `name` and `domains`: what clients look for (wire.md 7).
std::vector<std::string> public_certificate_faults(const certs::Credentials& credentials,
                                                   const certs::Trust& trust,
                                                   const std::string& name,
                                                   const std::vector<std::string>& domains,
                                                   std::chrono::system_clock::time_point now);

}  // namespace edge
