#include "service/counted.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "certs/time.h"

namespace service {

using Json = nlohmann::json;

Json to_json(std::span<const Reading> readings) {
  Json counters = Json::object();
  for (const Reading& reading : readings)
    counters[reading.name] = reading.value;
  return counters;
}

Metric metric(std::string name, std::string help, bool counter, double value) {
  return {std::move(name), std::move(help), counter, {{"", value}}};
}

std::vector<Metric> to_metrics(std::string_view prefix, std::span<const Reading> readings) {
  std::vector<Metric> metrics;
  for (const Reading& reading : readings) {
    metrics.push_back(metric(std::string(prefix).append(reading.name).append("_total"),
                             reading.help, true, static_cast<double>(reading.value)));
  }
  return metrics;
}

std::vector<Metric> common_metrics(std::string_view prefix, std::int64_t certificate_days,
                                   std::uint64_t lost_lines) {
  const std::string start(prefix);
  return {metric(start + "certificate_days_left", "until the certificate expires", false,
                 static_cast<double>(certificate_days)),
          metric(start + "log_lines_lost_total", "log lines that were not written", true,
                 static_cast<double>(lost_lines))};
}

std::string to_text(const Json& document) {
  return document.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace service
