#include "xmpp/traffic.h"

#include "xmpp/element.h"

namespace xmpp {
namespace {

namespace words = base::traffic;

base::TrafficEvent line_of(const Hop& hop, std::string_view detail) {
  base::TrafficEvent line;
  line.module = base::TrafficModule::Xmpp;
  line.detail = detail;
  line.flow_id = hop.flow_id;
  line.src = hop.src;
  line.dst = hop.dst;
  line.tunnel_dst_host = hop.tunnel_dst_host;
  return line;
}

}  // namespace

void log_stream(base::TrafficLog& log, const Hop& hop, std::string_view event, const Facts& facts) {
  if (!log.enabled(base::Level::Info)) return;
  const base::TrafficField extra[] = {{words::kTo, facts.to},
                                      {words::kUser, facts.user},
                                      {words::kJid, facts.jid},
                                      {words::kMechanism, facts.mechanism}};
  base::TrafficEvent line = line_of(hop, event);
  line.reason = facts.reason;
  line.extra = extra;
  log.write(line);
}

void log_stanza(base::TrafficLog& log, const Hop& hop, Direction direction, std::string_view octets,
                bool bears_secret) {
  if (!log.enabled(base::Level::Debug)) return;
  const bool received = direction == Direction::Received;
  const base::TrafficEvent line =
      line_of(hop, received ? words::kReceiveStanza : words::kSendStanza);
  if (bears_secret) {
    log.dump(line, masked(octets, true));
  } else {
    log.dump(line, octets);
  }
}

}  // namespace xmpp
