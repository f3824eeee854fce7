// The core's admin page: /status, /metrics, /readyz.

#include <nlohmann/json.hpp>

#include "core/core.h"
#include "service/counted.h"

namespace core {
namespace {

using Json = nlohmann::json;

constexpr service::Counted<Counters> kCounted[] = {
    {"requests", "exchanges that arrived over links", &Counters::requests},
    {"sign_ins", "sign-ins that were answered with 200", &Counters::sign_ins},
    {"relayed", "exchanges sent to servers inside", &Counters::relayed},
    {"refused_credentials", "exchanges without valid session or credentials (401)",
     &Counters::refused_credentials},
    {"refused_access", "exchanges that policy does not allow (403)", &Counters::refused_access},
    {"refused_rate", "authorizations beyond a user's rate (429)", &Counters::refused_rate},
    {"upstream_failures", "exchanges that a server inside did not answer (502, 503, 504)",
     &Counters::upstream_failures},
    {"sip_registers", "REGISTERs relayed to call managers", &Counters::sip_registers},
    {"sip_registered", "REGISTERs that a call manager answered with 2xx",
     &Counters::sip_registered},
    {"sip_requests", "other SIP requests of clients, relayed", &Counters::sip_requests},
    {"sip_inside", "SIP requests from inside that went to a client", &Counters::sip_inside},
    {"sip_refused", "SIP requests refused here", &Counters::sip_refused},
    {"sip_flow_failed", "SIP requests whose client is gone (430)", &Counters::sip_flow_failed},
    {"service_200", "credential checks that gave an association", &Counters::service_ok},
    {"service_403", "credential checks refused: realm or access", &Counters::service_forbidden},
    {"service_404", "credential checks without a current login", &Counters::service_not_found},
    {"service_428", "credential checks without proof", &Counters::service_no_identity},
    {"service_437", "credential checks with a certificate that is not accepted",
     &Counters::service_bad_certificate},
    {"service_438", "credential checks with a bad proof", &Counters::service_bad_identity},
    {"service_other", "credential checks that failed otherwise", &Counters::service_other},
};

Json to_json(const DomainStatus& domain) {
  Json services = Json::array();
  for (const ServiceStatus& service : domain.services) {
    services.push_back(
        {{"name", service.name}, {"result", service.outcome}, {"servers", service.servers}});
  }
  return {{"name", domain.name},
          {"settled", domain.settled},
          {"services", std::move(services)},
          {"nodes", domain.nodes}};
}

std::vector<service::Reading> readings(const Board& board) {
  return service::read_all(board, std::span<const service::Counted<Counters>>(kCounted));
}

}  // namespace

std::string Core::status() const {
  Json links = Json::array();
  for (const EdgeEntry& edge : config_.edges) {
    const auto coverage = links_.coverage(edge.name);
    links.push_back({{"edge", edge.name},
                     {"links", coverage.links},
                     {"edge_workers", coverage.edge_workers},
                     {"trouble", board_.edge_trouble(edge.name)}});
  }
  Json domains = Json::array();
  const auto by_worker = board_.domains();
  for (const DomainStatus& domain : by_worker.front())
    domains.push_back(to_json(domain));
  const Json document{{"program", "sallyport-core"},
                      {"version", version_},
                      {"name", config_.name},
                      {"workers", threads_.count()},
                      {"links", std::move(links)},
                      {"domains", std::move(domains)},
                      {"certificate_days_left", expiry_.days_left()},
                      {"sip_connections", board_.total(&Counters::sip_trunks)},
                      {"xmpp_streams", board_.total(&Counters::xmpp_streams)},
                      {"counters", service::to_json(readings(board_))},
                      {"log_lines_lost", logs_.lost_lines()},
                      {"ready", not_ready().empty()}};
  return service::to_text(document);
}

std::vector<service::Metric> Core::metrics() const {
  std::vector<service::Metric> metrics = service::to_metrics("sallyport_core_", readings(board_));
  service::Metric links{"sallyport_core_links", "links to each edge", false, {}};
  for (const EdgeEntry& edge : config_.edges) {
    links.samples.emplace_back("{edge=\"" + edge.name + "\"}",
                               static_cast<double>(links_.coverage(edge.name).links));
  }
  metrics.push_back(std::move(links));
  metrics.push_back(service::metric("sallyport_core_sip_connections",
                                    "SIP connections to call managers that stand", false,
                                    static_cast<double>(board_.total(&Counters::sip_trunks))));
  metrics.push_back(service::metric("sallyport_core_xmpp_streams", "XMPP streams of clients", false,
                                    static_cast<double>(board_.total(&Counters::xmpp_streams))));
  for (service::Metric& metric :
       service::common_metrics("sallyport_core_", expiry_.days_left(), logs_.lost_lines())) {
    metrics.push_back(std::move(metric));
  }
  return metrics;
}

std::string Core::not_ready() const {
  for (const auto& domains : board_.domains()) {
    if (domains.size() < config_.domains.size()) return "discovery has not begun";
    for (const DomainStatus& domain : domains) {
      if (!domain.settled) return "the servers of " + domain.name + " are not discovered yet";
      if (domain.nodes.empty()) return "no call manager is known for " + domain.name;
    }
  }
  for (const EdgeEntry& edge : config_.edges) {
    const auto coverage = links_.coverage(edge.name);
    if (coverage.edge_workers > 0 && coverage.links == coverage.edge_workers) return {};
  }
  return "no edge has all its links";
}

}  // namespace core
