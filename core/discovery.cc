#include "core/discovery.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/uds_documents.h"
#include "dns/selection.h"

namespace core {

namespace http = net::http;

namespace {

constexpr std::uint16_t kUdsPort = 8443;

template <typename T>
void add_once(std::vector<T>& list, T item) {
  if (std::find(list.begin(), list.end(), item) == list.end()) list.push_back(std::move(item));
}

}  // namespace

Discovery::Discovery(net::Loop& loop, dns::Resolver& resolver, UpstreamPool& pool,
                     base::Logger& log, std::string domain, FixedNodes fixed,
                     std::function<void()> changed)
    : loop_(loop),
      resolver_(resolver),
      pool_(pool),
      log_(log),
      domain_(std::move(domain)),
      fixed_(std::move(fixed)),
      changed_(std::move(changed)),
      timer_(loop, [this] { refresh(); }) {
  services_[0].name = "_cisco-uds";
  services_[1].name = "_cuplogin";
  services_[2].name = "_cisco-phone-tftp";
  timer_.start(std::chrono::milliseconds{0});
}

Discovery::~Discovery() = default;

const Service* Discovery::find(std::string_view name) const {
  const auto found = std::find_if(std::begin(services_), std::end(services_),
                                  [&](const Service& service) { return service.name == name; });
  return found == std::end(services_) ? nullptr : found;
}

std::string Discovery::qualify(std::string_view host) const {
  if (host.find('.') != std::string_view::npos) return std::string(host);
  return fmt::format("{}.{}", host, domain_);
}

void Discovery::refresh() {
  failed_ = false;
  ttl_ = kMaxRefresh;
  queries_.clear();
  pending_ = std::size(services_);
  for (std::size_t i = 0; i < std::size(services_); ++i) {
    queries_.push_back(
        resolver_.srv(fmt::format("{}._tcp.{}", services_[i].name, domain_),
                      [this, i](const dns::SrvAnswer& answer) { on_srv(i, answer); }));
  }
}

void Discovery::on_srv(std::size_t index, const dns::SrvAnswer& answer) {
  Service& service = services_[index];
  if (rounds_ == 0 || service.outcome != answer.outcome) {
    log_.info("service discovered", {{"domain", domain_},
                                     {"service", service.name},
                                     {"outcome", dns::to_string(answer.outcome)},
                                     {"servers", answer.targets.size()},
                                     {"detail", answer.detail}});
  }
  service.outcome = answer.outcome;
  // While the DNS is away, what it said last still holds; that there is none is an answer.
  if (answer.outcome == dns::Outcome::Ok || answer.outcome == dns::Outcome::NameError) {
    service.targets = dns::select(answer.targets, dns::system_dice());
    ttl_ = std::min(ttl_, answer.ttl);
  } else {
    failed_ = true;
  }
  if (--pending_ == 0) on_services();
}

void Discovery::on_services() {
  if (uds_nodes().empty()) {
    finish_round();
    return;
  }
  ask_servers();
}

// The call manager knows its own nodes best; discovery may name only some of them.
void Discovery::ask_servers() {
  const std::vector<Node> nodes = uds_nodes();
  // Another one each time, so that one node that is down does not hide what the others know.
  Upstream& upstream = pool_.at(nodes[rounds_ % nodes.size()]);
  http::RequestHead head;
  head.method = "GET";
  head.scheme = "https";
  head.authority = fmt::format("{}:{}", upstream.node().host, upstream.node().port);
  head.target = "/cucm-uds/servers";
  head.fields.add("Accept", "*/*");
  fetch_ = std::make_unique<http::Fetch>(
      loop_, upstream, std::move(head), std::string(), kServersLimit,
      [this](base::Result<http::Document> document) { on_servers(std::move(document)); });
}

void Discovery::on_servers(base::Result<http::Document> document) {
  std::string fault;
  if (!document) {
    fault = document.error().detail;
  } else if (document->head.status != 200) {
    fault = "status " + std::to_string(document->head.status);
  } else {
    const auto servers = servers_of(document->body);
    if (!servers) fault = servers.error().detail;
    if (servers) {
      servers_.clear();
      for (const std::string& server : *servers)
        add_once(servers_, qualify(server));
    }
  }
  if (!fault.empty()) failed_ = true;
  // Said once for each cause: it is asked again every second.
  if (const bool news = fault != std::exchange(servers_fault_, fault); news && !fault.empty()) {
    log_.warn("the call manager did not list its servers",
              {{"domain", domain_}, {"reason", fault}});
  }
  ask_tftp_addresses();
}

void Discovery::ask_tftp_addresses() {
  queries_.clear();
  found_addresses_.clear();
  const std::vector<std::string> hosts = tftp_hosts();
  pending_ = hosts.size();
  if (hosts.empty()) return finish_round();
  for (const std::string& host : hosts) {
    queries_.push_back(resolver_.addresses(
        host, [this](const dns::AddressAnswer& answer) { on_tftp_address(answer); }));
  }
}

void Discovery::on_tftp_address(const dns::AddressAnswer& answer) {
  for (const base::IpAddress& address : answer.addresses)
    add_once(found_addresses_, address);
  if (--pending_ > 0) return;
  if (!found_addresses_.empty()) tftp_addresses_ = found_addresses_;
  finish_round();
}

void Discovery::finish_round() {
  ++rounds_;
  std::vector<policy::Node> now = nodes();
  if (now != known_ || rounds_ == 1) {
    known_ = std::move(now);
    changed_();
  }
  timer_.start(failed_ ? kRetry : std::clamp(ttl_, kMinRefresh, kMaxRefresh));
}

std::vector<Node> Discovery::uds_nodes() const {
  std::vector<Node> nodes;
  for (const std::string& host : fixed_.uds) {
    nodes.push_back({policy::Scheme::Https, qualify(host), kUdsPort});
  }
  if (!nodes.empty()) return nodes;
  for (const dns::SrvTarget& target : uds().targets) {
    nodes.push_back({policy::Scheme::Https, qualify(target.host), target.port});
  }
  return nodes;
}

std::vector<std::string> Discovery::uds_hosts() const {
  std::vector<std::string> hosts;
  for (const Node& node : uds_nodes())
    add_once(hosts, node.host);
  for (const std::string& server : servers_)
    add_once(hosts, server);
  return hosts;
}

std::vector<std::string> Discovery::tftp_hosts() const {
  std::vector<std::string> hosts;
  for (const std::string& host : fixed_.tftp)
    add_once(hosts, qualify(host));
  if (!hosts.empty()) return hosts;
  for (const dns::SrvTarget& target : tftp().targets)
    add_once(hosts, qualify(target.host));
  // A cluster that does not announce its TFTP service runs it on its call managers.
  return hosts.empty() ? uds_hosts() : hosts;
}

std::vector<policy::Node> Discovery::nodes() const {
  using Kind = policy::Node::Kind;
  std::vector<policy::Node> nodes;
  for (const Node& node : uds_nodes())
    add_once(nodes, policy::Node{Kind::Uds, node.host, node.port});
  for (const std::string& server : servers_)
    add_once(nodes, policy::Node{Kind::Uds, server, kUdsPort});
  for (const std::string& host : tftp_hosts())
    add_once(nodes, policy::Node{Kind::Tftp, host, 0});
  // Provisioning URIs name call managers, whoever is announced for TFTP.
  for (const std::string& host : uds_hosts())
    add_once(nodes, policy::Node{Kind::Tftp, host, 0});
  for (const base::IpAddress& address : tftp_addresses_)
    add_once(nodes, policy::Node{Kind::Tftp, base::to_string(address), 0});
  return nodes;
}

}  // namespace core
