// The edge's admin page: /status, /metrics, /readyz.

#include <nlohmann/json.hpp>

#include "certs/time.h"
#include "edge/edge.h"

namespace edge {
namespace {

using Json = nlohmann::json;

std::int64_t days_left(const certs::Credentials& credentials) {
  const auto end = certs::not_after(credentials.leaf());
  if (!end) return 0;
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  return std::chrono::floor<std::chrono::days>(*end - now).count();
}

struct Counted {
  const char* name;
  const char* help;
  Counters::Count Counters::*count;
};

constexpr Counted kCounted[] = {
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
  Json counters = Json::object();
  for (const Counted& counted : kCounted)
    counters[counted.name] = board_.total(counted.count);
  const Json document{{"program", "sallyport-edge"},
                      {"version", version_},
                      {"name", config_.name},
                      {"workers", threads_.count()},
                      {"domains", snapshot_->config.domains},
                      {"links", std::move(links)},
                      {"certificate_days_left", days_left(*snapshot_->credentials)},
                      {"counters", std::move(counters)},
                      {"log_lines_lost", logs_.lost_lines()},
                      {"ready", not_ready().empty()}};
  return document.dump(2);
}

std::vector<service::Metric> Edge::metrics() const {
  std::vector<service::Metric> metrics;
  for (const Counted& counted : kCounted) {
    metrics.push_back({std::string("sallyport_edge_") + counted.name + "_total",
                       counted.help,
                       true,
                       {{"", static_cast<double>(board_.total(counted.count))}}});
  }
  std::size_t links = 0;
  for (const auto& of_worker : board_.links())
    links += of_worker.size();
  metrics.push_back({"sallyport_edge_links",
                     "links to cores, of all workers",
                     false,
                     {{"", static_cast<double>(links)}}});
  metrics.push_back({"sallyport_edge_certificate_days_left",
                     "until the certificate expires",
                     false,
                     {{"", static_cast<double>(days_left(*snapshot_->credentials))}}});
  metrics.push_back({"sallyport_edge_log_lines_lost_total",
                     "log lines that were not written",
                     true,
                     {{"", static_cast<double>(logs_.lost_lines())}}});
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
