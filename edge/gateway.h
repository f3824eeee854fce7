#pragma once
// The edge's handler for clients' HTTPS requests (wire.md 3 and 4): looks at the host path and the
// session, and passes the exchange to a core. What it refuses costs the inside nothing.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/text_map.h"
#include "base/traffic_log.h"
#include "edge/counters.h"
#include "edge/sessions.h"
#include "net/http/connection.h"
#include "net/http/exchange.h"
#include "net/http/traffic.h"
#include "net/tunnel/link_set.h"
#include "policy/host_path.h"

namespace edge {

// What a new configuration may change while exchanges run.
struct GatewaySettings {
  base::TextSet domains;  // lower case
};

class Gateway final : public net::http::Handler, public net::http::RefusalObserver {
 public:
  // Everything must outlive the gateway and belong to the same worker (log and clock: to anyone).
  Gateway(net::tunnel::LinkSet& links, Sessions& sessions, base::TrafficLog& traffic,
          Counters& counters, const base::Clock& clock,
          std::shared_ptr<const GatewaySettings> settings);

  void handle(net::http::Exchange& exchange) override;
  // What is no acceptable HTTP leaves a line too.
  void on_refused(const net::http::Peer& peer, int status, std::string_view why) override;
  void set_settings(std::shared_ptr<const GatewaySettings> settings) {
    settings_ = std::move(settings);
  }

 private:
  struct Refusal;
  struct Admission;
  class Forwarding;

  base::Result<Admission> admit(const net::http::Exchange& exchange, Refusal& refusal);
  void refuse(net::http::Exchange& exchange, net::http::ExchangeTrace& trace,
              const Refusal& refusal);
  void forward(net::http::Exchange& exchange, Admission admission, net::http::ExchangeTrace trace);

  net::tunnel::LinkSet& links_;
  Sessions& sessions_;
  base::TrafficLog& traffic_;
  Counters& counters_;
  const base::Clock& clock_;
  std::shared_ptr<const GatewaySettings> settings_;
  policy::HostPathCache host_paths_;
  std::uint64_t next_txn_;
};

// The head that goes to the core for `request`: what the client says about itself and about its
// connection is removed, what we know about it is added.
net::http::RequestHead inside_head(const net::http::RequestHead& request, std::string_view domain,
                                   const net::http::Peer& peer, std::string_view txn_id);

}  // namespace edge
