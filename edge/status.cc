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
    {"handshake_failures", "client connections that never came to speak HTTP",
     &Counters::handshake_failures},
};

std::vector<service::Reading> readings(const Board& board) {
  return service::read_all(board, std::span<const service::Counted<Counters>>(kCounted));
}

}  // namespace

std::int64_t Edge::certificate_days() const {
  return service::days_left(*snapshot_->credentials, base::kSystemClock.now());
}

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
                      {"certificate_days_left", certificate_days()},
                      {"counters", service::to_json(readings(board_))},
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
  for (service::Metric& metric :
       service::common_metrics("sallyport_edge_", certificate_days(), logs_.lost_lines())) {
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
