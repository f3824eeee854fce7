#pragma once
// What is made of a configuration and replaced as a whole when it is loaded anew: immutable, shared
// by all workers.

#include <memory>

#include "edge/client_room.h"
#include "edge/config.h"
#include "edge/gateway.h"
#include "edge/sip_settings.h"
#include "edge/xmpp_settings.h"
#include "net/ticket_keys.h"
#include "net/tls_context.h"

namespace edge {

struct Snapshot {
  Config config;
  ClientRoom room;
  std::shared_ptr<const certs::Credentials> credentials;         // shown to clients
  std::shared_ptr<const certs::Credentials> tunnel_credentials;  // shown to cores; often the same
  std::shared_ptr<const net::TlsContext> client_tls;             // for clients
  std::shared_ptr<const net::TlsContext> tunnel_tls;             // for cores
  std::shared_ptr<const GatewaySettings> gateway;
  std::shared_ptr<const SipSettings> sip;
  std::shared_ptr<const XmppSettings> xmpp;
};

// Loads what the configuration names. `tickets` outlives reloads, so that sessions resume.
base::Result<std::shared_ptr<const Snapshot>> make_snapshot(
    Config config, ClientRoom room, std::shared_ptr<net::TicketKeys> tickets);

}  // namespace edge
