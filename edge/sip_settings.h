#pragma once
// What the edge's SIP side needs to know: settings that a reload replaces as a whole, and secrets
// that live as long as the process and are the same for all its workers.

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "certs/credentials.h"
#include "net/tls_context.h"
#include "sip/digest.h"

namespace edge {

struct SipSettings {
  std::string name;                              // the edge's; the realm of its challenges
  std::vector<std::string> domains;              // lower case
  std::vector<sip::DigestAlgorithm> algorithms;  // in order of preference
  std::chrono::milliseconds handshake_limit{20'000};
  std::chrono::milliseconds register_limit{30'000};
  std::chrono::milliseconds idle_limit{900'000};
  std::shared_ptr<const certs::Credentials> credentials;  // shown to clients; signs SERVICE
  std::shared_ptr<const certs::Trust> trust;              // the authorities of cores
  std::shared_ptr<const net::TlsContext> tls;             // for clients
};

// Immutable after construction. A new process has new ones: connections do not outlive it either.
struct SipSecrets {
  const std::string branch_key = base::random_bytes(32);
  const std::string peer_id = base::random_hex(4);  // CredentialRequest::peer_id
};

}  // namespace edge
