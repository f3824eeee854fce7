// The edge's admin page: /status, /metrics, /readyz.

#include <nlohmann/json.hpp>

#include "edge/edge.h"
#include "service/counted.h"

namespace edge {
namespace {

using Json = nlohmann::json;

constexpr service::Counted<Counters> kCounted[] = {
    {"requests", "exchanges that arrived from clients", &Counters::requests},
    {"forwarded", "exchanges sent to a core", &Counters::forwarded},
    {"refused_malformed", "exchanges whose host path did not parse (400)",
     &Counters::refused_malformed},
    {"refused_credentials", "exchanges without valid session or credentials (401)",
     &Counters::refused_credentials},
    {"refused_domain", "exchanges for a domain not served here (404)", &Counters::refused_domain},
    {"refused_no_link", "exchanges for which no core was connected (503)",
     &Counters::refused_no_link},
    {"link_failures", "exchanges whose link broke before the answer", &Counters::link_failures},
    {"handshake_failures", "client connections that never came to speak HTTP, SIP or XMPP",
     &Counters::handshake_failures},
    {"links_refused", "connections to the cores' port that became no link",
     &Counters::links_refused},
    {"no_place", "client connections closed at once, since there were too many",
     &Counters::no_place},
    {"sip_messages", "SIP messages that arrived from clients", &Counters::sip_messages},
    {"sip_challenged", "REGISTERs that were challenged (407)", &Counters::sip_challenged},
    {"sip_refused", "SIP requests of clients that were refused", &Counters::sip_refused},
    {"sip_unavailable", "SIP requests that no core could take (503)", &Counters::sip_unavailable},
    {"sip_wrong_digests", "digests that did not fit the password", &Counters::sip_wrong_digests},
    {"sip_forwarded", "SIP requests of clients sent to a core", &Counters::sip_forwarded},
    {"sip_to_clients", "SIP requests from inside sent to a client", &Counters::sip_to_clients},
    {"sip_flow_failures", "SIP requests for clients that are gone (430)",
     &Counters::sip_flow_failures},
    {"sip_questions", "delegated credential checks asked (SERVICE)", &Counters::sip_questions},
    {"sip_questions_failed", "those that brought no association", &Counters::sip_questions_failed},
    {"sip_registered", "REGISTERs that a registrar granted", &Counters::sip_registered_total},
    {"xmpp_opened", "XMPP stream headers for a domain served here", &Counters::xmpp_opened},
    {"xmpp_secured", "XMPP connections on which TLS came up", &Counters::xmpp_secured},
    {"xmpp_signed_in", "XMPP streams on which SASL succeeded", &Counters::xmpp_signed_in},
    {"xmpp_failed_sign_ins", "failures of SASL", &Counters::xmpp_failed_sign_ins},
    {"xmpp_refused", "XMPP streams ended for what the client did", &Counters::xmpp_refused},
    {"xmpp_unavailable", "XMPP streams ended since no core or no presence node was there",
     &Counters::xmpp_unavailable},
};

// What is so now, not since the beginning.
constexpr service::Counted<Counters> kGauges[] = {
    {"https_connections", "HTTPS connections of clients", &Counters::https_connections},
    {"sip_connections", "SIP connections of clients", &Counters::sip_connections},
    {"sip_connections_registered", "those on which something is registered",
     &Counters::sip_connections_registered},
    {"sip_channels", "SIP channels to cores that are open, of all workers",
     &Counters::sip_channels},
    {"xmpp_connections", "XMPP connections of clients", &Counters::xmpp_connections},
    {"xmpp_streams", "those whose stream reaches a core", &Counters::xmpp_streams},
};

std::vector<service::Reading> readings(const Board& board) {
  return service::read_all(board, std::span<const service::Counted<Counters>>(kCounted));
}

std::vector<service::Reading> gauges(const Board& board) {
  return service::read_all(board, std::span<const service::Counted<Counters>>(kGauges));
}

}  // namespace

std::string Edge::status() const {
  Json links = Json::array();
  const auto by_worker = board_.links();
  for (std::size_t worker = 0; worker < by_worker.size(); ++worker) {
    for (const LinkStatus& link : by_worker[worker]) {
      links.push_back({{"worker", worker},
                       {"core", link.core},
                       {"address", link.address},
                       {"domains", link.domains},
                       {"load", link.load},
                       {"clock_skew_ms", link.skew_ms}});
    }
  }
  const Json document{{"program", "sallyport-edge"},
                      {"version", version_},
                      {"name", config_.name},
                      {"workers", threads_.count()},
                      {"domains", snapshot_->config.domains},
                      {"links", std::move(links)},
                      {"certificate_days_left", expiry_.days_left()},
                      {"counters", service::to_json(readings(board_))},
                      {"now", service::to_json(gauges(board_))},
                      {"log_lines_lost", logs_.lost_lines()},
                      {"ready", not_ready().empty()}};
  return service::to_text(document);
}

std::vector<service::Metric> Edge::metrics() const {
  std::vector<service::Metric> metrics = service::to_metrics("sallyport_edge_", readings(board_));
  std::size_t links = 0;
  for (const auto& of_worker : board_.links())
    links += of_worker.size();
  metrics.push_back(service::metric("sallyport_edge_links", "links to cores, of all workers", false,
                                    static_cast<double>(links)));
  for (const service::Reading& gauge : gauges(board_)) {
    metrics.push_back(service::metric(std::string("sallyport_edge_") + gauge.name, gauge.help,
                                      false, static_cast<double>(gauge.value)));
  }
  for (service::Metric& metric :
       service::common_metrics("sallyport_edge_", expiry_.days_left(), logs_.lost_lines())) {
    metrics.push_back(std::move(metric));
  }
  return metrics;
}

std::string Edge::not_ready() const {
  const auto by_worker = board_.links();
  for (std::size_t worker = 0; worker < by_worker.size(); ++worker) {
    for (const std::string& domain : snapshot_->config.domains) {
      const auto& links = by_worker[worker];
      const bool served = std::any_of(links.begin(), links.end(), [&](const LinkStatus& link) {
        return std::find(link.domains.begin(), link.domains.end(), domain) != link.domains.end();
      });
      if (!served) {
        return "worker " + std::to_string(worker) + " has no link to a core that serves " + domain;
      }
    }
  }
  return {};
}

}  // namespace edge
