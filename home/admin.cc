#include "home/admin.h"

#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/text.h"
#include "home/request.h"
#include "service/counted.h"

namespace home {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxListed = 1000;     // phones in one document
constexpr std::size_t kMaxBodyBytes = 1024;  // of a NOTIFY
constexpr std::string_view kBody = "action=check-version\r\n";

Json to_json(const std::optional<PhoneAnswer>& answer) {
  if (!answer) return nullptr;
  return {{"status", answer->status},
          {"why", answer->why},
          {"ms", answer->milliseconds},
          {"at", answer->at}};
}

Json to_json(const SipServer::Registered& one) {
  const Binding& binding = one.binding;
  return {{"line", binding.line},
          {"contact", binding.contact},
          {"params", binding.params},
          {"instance", binding.instance},
          {"reg_id", binding.reg_id},
          {"path", binding.path},
          {"proxy", binding.proxy},
          {"call_id", binding.call_id},
          {"registered", binding.registered},
          {"expires", binding.expires},
          {"connection", one.remote ? to_string(*one.remote) : std::string()},
          {"sent", one.phone.sent},
          {"answered", one.phone.answered},
          {"failures", one.phone.failures},
          {"options", to_json(one.phone.options)},
          {"notify", to_json(one.phone.notify)}};
}

std::vector<service::Reading> readings(const SipServer::Counts& counts) {
  return {{"sip_requests", "SIP requests that came in", counts.requests},
          {"sip_registered", "REGISTERs that were answered with 200", counts.registered},
          {"sip_refused", "SIP requests that were refused", counts.refused},
          {"sip_sent", "SIP requests that were sent to phones", counts.sent}};
}

net::http::TextResponse bad_request(const std::string& why) {
  return net::http::text_response(400, why);
}

}  // namespace

base::Result<std::unique_ptr<Admin>> Admin::open(net::Loop& loop, AdminNeeds needs) {
  auto admin = std::make_unique<Admin>(std::move(needs));
  Admin& self = *admin;
  auto page = service::Admin::open(
      loop, *self.needs_.config.admin, self.needs_.logs,
      {.status = [&self] { return self.status(); },
       .metrics = [&self] { return self.metrics(); },
       .command = [&self](std::string_view path,
                          std::string_view query) { return self.command(path, query); },
       .host_name = self.needs_.config.cluster.nodes.front()});
  if (!page) return page.error();
  self.page_ = *std::move(page);
  return admin;
}

std::string Admin::status() const {
  Json document{{"program", "sallyport-home"},
                {"version", needs_.version},
                {"name", needs_.config.cluster.nodes.front()},
                {"log_lines_lost", needs_.logs.lost_lines()}};
  if (needs_.sip == nullptr) return service::to_text(document);
  Json listen = Json::array();
  for (const base::Endpoint& endpoint : needs_.sip->endpoints())
    listen.push_back(to_string(endpoint));
  document["sip"] = {{"listen", std::move(listen)},
                     {"domains", registrar_domains(needs_.config)},
                     {"connections", needs_.sip->connections()}};
  const auto read = readings(needs_.sip->counts());
  document["counters"] = service::to_json(read);
  Json bindings = Json::array();
  const auto registered = needs_.sip->registered();
  if (!registered) {
    document["trouble"] = registered.error().detail;
  } else {
    document["binding_count"] = registered->size();
    for (const SipServer::Registered& one : *registered) {
      if (bindings.size() < kMaxListed) bindings.push_back(to_json(one));
    }
  }
  document["bindings"] = std::move(bindings);
  return service::to_text(document);
}

std::vector<service::Metric> Admin::metrics() const {
  constexpr std::string_view kPrefix = "sallyport_home_";
  std::vector<service::Metric> metrics;
  if (needs_.sip != nullptr) {
    const auto read = readings(needs_.sip->counts());
    metrics = service::to_metrics(kPrefix, read);
    metrics.push_back(service::metric("sallyport_home_sip_connections", "open SIP connections",
                                      false, static_cast<double>(needs_.sip->connections())));
  }
  metrics.push_back(service::metric("sallyport_home_log_lines_lost_total",
                                    "log lines that were dropped", true,
                                    static_cast<double>(needs_.logs.lost_lines())));
  return metrics;
}

std::optional<net::http::TextResponse> Admin::command(std::string_view path,
                                                      std::string_view query) {
  if (path != "/options" && path != "/notify") return std::nullopt;
  if (needs_.sip == nullptr) return net::http::text_response(503, "there is no registrar");
  const auto resource = parse_target(std::string(path) + "?" + std::string(query));
  if (!resource) return bad_request(resource.error().detail);
  const auto line = resource->parameter("line");
  if (!line || line->empty()) return bad_request("use PUT " + std::string(path) + "?line=NUMBER");
  PhoneRequest what{"OPTIONS"};
  if (path == "/notify") {
    what.method = "NOTIFY";
    what.event = resource->parameter("event").value_or("service-control");
    what.body = resource->parameter("body").value_or(kBody);
    if (!base::is_token(what.event)) return bad_request("event: expected the name of a package");
    if (what.body.size() > kMaxBodyBytes) return bad_request("body: more than 1024 bytes");
  }
  const auto sent = needs_.sip->send(*line, what);
  if (!sent) return net::http::text_response(500, sent.error().detail);
  return net::http::text_response(200, "sent " + std::to_string(*sent));
}

}  // namespace home
