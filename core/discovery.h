#pragma once
// What the core knows of one domain's servers inside: found by SRV (wire.md 2), completed by what
// the call manager itself lists, and kept fresh. The nodes that stand here are the ones that
// automatic allow rules name.

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/log.h"
#include "core/upstream.h"
#include "dns/resolver.h"
#include "net/http/fetch.h"
#include "net/loop.h"
#include "net/timer.h"
#include "policy/allow_list.h"

namespace core {

// Nodes an administrator names instead of having them discovered; empty lists are discovered.
struct FixedNodes {
  std::vector<std::string> uds;
  std::vector<std::string> tftp;
};

// One service of the inside, and how the last question for it ended.
struct Service {
  std::string name;  // "_cisco-uds"
  dns::Outcome outcome = dns::Outcome::Timeout;
  std::vector<dns::SrvTarget> targets;  // the last good answer's; in order of selection
};

class Discovery final {
 public:
  static constexpr std::chrono::seconds kMinRefresh{5};
  static constexpr std::chrono::seconds kMaxRefresh{60};
  static constexpr std::chrono::seconds kRetry{1};  // after a failure
  static constexpr std::chrono::seconds kServersLimit{5};

  // All references must outlive it. `changed` is called from the loop when nodes() is
  // different, and when the first round has ended.
  Discovery(net::Loop& loop, dns::Resolver& resolver, UpstreamPool& pool, base::Logger& log,
            std::string domain, FixedNodes fixed, std::function<void()> changed);
  ~Discovery();

  const std::string& domain() const { return domain_; }
  const Service& uds() const { return services_[0]; }
  const Service& presence() const { return services_[1]; }
  const Service& tftp() const { return services_[2]; }
  // By its name; null for a service the core does not ask for.
  const Service* find(std::string_view name) const;

  // Nodes to ask for a user, in the order to try them. Empty: none is known.
  std::vector<Node> uds_nodes() const;
  // For the allow list: UDS and TFTP nodes, each once.
  std::vector<policy::Node> nodes() const;
  // Addresses of the TFTP servers, as getEdgeConfigResponse lists them.
  const std::vector<base::IpAddress>& tftp_addresses() const { return tftp_addresses_; }
  // Every question was answered once, well or not.
  bool settled() const { return rounds_ > 0; }

  // Adds the domain to a name without dots.
  std::string qualify(std::string_view host) const;

 private:
  void refresh();
  void on_srv(std::size_t index, const dns::SrvAnswer& answer);
  void on_services();
  void ask_servers();
  void on_servers(base::Result<net::http::Document> document);
  void ask_tftp_addresses();
  void on_tftp_address(const dns::AddressAnswer& answer);
  void finish_round();
  std::vector<std::string> uds_hosts() const;
  std::vector<std::string> tftp_hosts() const;

  net::Loop& loop_;
  dns::Resolver& resolver_;
  UpstreamPool& pool_;
  base::Logger& log_;
  const std::string domain_;
  const FixedNodes fixed_;
  std::function<void()> changed_;
  Service services_[3];
  std::vector<std::string> servers_;  // as the call manager listed them, qualified
  std::string servers_fault_;         // why they were not listed the last time; empty: they were
  std::vector<base::IpAddress> tftp_addresses_;
  std::vector<base::IpAddress> found_addresses_;  // of this round
  std::vector<policy::Node> known_;               // what `changed` was last told of
  std::size_t rounds_ = 0;
  std::size_t pending_ = 0;
  bool failed_ = false;  // this round
  std::chrono::seconds ttl_{kMaxRefresh};
  std::vector<std::unique_ptr<dns::Query>> queries_;
  std::unique_ptr<net::http::Fetch> fetch_;
  net::Timer timer_;
};

}  // namespace core
