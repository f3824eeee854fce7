#pragma once
// What is made of a configuration and replaced as a whole when it is loaded anew: immutable, shared
// by all workers.

#include <memory>

#include "core/config.h"
#include "core/sign_in.h"
#include "net/tls_context.h"
#include "policy/access.h"

namespace core {

struct Snapshot {
  Config config;
  std::shared_ptr<const certs::Credentials> credentials;
  std::shared_ptr<const net::TlsContext> tunnel_tls;    // towards edges
  std::shared_ptr<const net::TlsContext> upstream_tls;  // towards servers inside
  std::shared_ptr<const net::TlsContext> sip_tls;       // likewise over SIP; null: plain TCP
  std::shared_ptr<const net::TlsContext> presence_tls;  // towards presence nodes
  std::shared_ptr<const certs::Trust> sip_trust;        // of edges' proofs in SERVICE
  std::shared_ptr<const policy::Access> access;
  std::shared_ptr<const SignInSettings> sign_in;
};

// Loads what the configuration names; what only a restart changes is that of `running`, if there is
// one, since its files may be gone.
base::Result<std::shared_ptr<const Snapshot>> make_snapshot(Config config,
                                                            const Snapshot* running = nullptr);

}  // namespace core
