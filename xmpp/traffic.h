#pragma once
// XMPP in the traffic log (wire.md 8): an INFO line for each event of a stream's life, stanzas at
// DEBUG with credentials masked.

#include <optional>
#include <string_view>

#include "base/address.h"
#include "base/traffic_log.h"

namespace xmpp {

// Whose stream it is and between whom. Views live for the call only; what is empty is left out.
struct Hop {
  std::string_view flow_id = {};  // of the client's connection, the same on edge and core
  std::optional<base::Endpoint> src = {};
  std::optional<base::Endpoint> dst = {};
  std::string_view tunnel_dst_host = {};  // edge: the core at the other end of the link
};

// What is known of the stream.
struct Facts {
  std::string_view to = {};  // the domain
  std::string_view user = {};
  std::string_view jid = {};
  std::string_view mechanism = {};
  std::string_view reason = {};  // of the end: the cause in plain words
};

// `event` is one of base::traffic::kStream...
void log_stream(base::TrafficLog& log, const Hop& hop, std::string_view event, const Facts& facts);

enum class Direction { Received, Sent };

// The octets of one event of a Reader (header, element, end); what bears a secret is masked
// (Event::bears_secret). Without effect unless the log is at DEBUG.
void log_stanza(base::TrafficLog& log, const Hop& hop, Direction direction, std::string_view octets,
                bool bears_secret);

}  // namespace xmpp
