#include "service/admin.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "base/text.h"
#include "service/logs.h"

namespace service {
namespace {

namespace http = net::http;

constexpr std::string_view kLevelWords = "a level is error, warn, info or debug";

http::TextResponse document(std::string body, std::string_view type) {
  http::TextResponse response = http::text_response(200, "");
  response.head.fields.set("Content-Type", type);
  response.head.fields.set("Cache-Control", "no-store");
  response.head.content_length = body.size();
  response.body = std::move(body);
  return response;
}

}  // namespace

std::string to_prometheus(const std::vector<Metric>& metrics) {
  std::string text;
  for (const Metric& metric : metrics) {
    fmt::format_to(std::back_inserter(text), "# HELP {} {}\n# TYPE {} {}\n", metric.name,
                   metric.help, metric.name, metric.counter ? "counter" : "gauge");
    for (const auto& [labels, value] : metric.samples) {
      fmt::format_to(std::back_inserter(text), "{}{} {}\n", metric.name, labels, value);
    }
  }
  return text;
}

base::Result<std::unique_ptr<Admin>> Admin::open(net::Loop& loop, const base::Endpoint& local,
                                                 Logs& logs, AdminHooks hooks) {
  std::unique_ptr<Admin> admin(new Admin(loop, logs, std::move(hooks)));
  auto listener = net::Listener::open(
      loop, local, [server = &admin->server_](net::Socket socket, const base::Endpoint&) {
        server->accept(std::move(socket));
      });
  if (!listener) return listener.error();
  admin->listener_ = std::move(*listener);
  return admin;
}

Admin::Admin(net::Loop& loop, Logs& logs, AdminHooks hooks)
    : logs_(logs), hooks_(std::move(hooks)), server_(loop, *this, {}) {}

void Admin::handle(http::Exchange& exchange) {
  http::answer(exchange, respond(exchange.request()));
}

bool Admin::is_meant_for_us(const http::RequestHead& request) const {
  const auto authority = http::parse_authority(request.authority);
  if (!authority || request.fields.get("origin")) return false;  // browsers alone send Origin
  return authority->is_address || authority->host == "localhost" ||
         authority->host == hooks_.host_name;
}

http::TextResponse Admin::respond(const http::RequestHead& request) {
  if (!is_meant_for_us(request)) {
    return http::text_response(403, "ask by address or by the name of this machine");
  }
  const std::string_view path = request.path();
  if (request.method == "PUT") return change(request);
  if (path == "/levels") {
    return http::text_response(405, "use PUT /levels?log=LEVEL&traffic=LEVEL");
  }
  if (request.method != "GET" && request.method != "HEAD") {
    return http::text_response(405, "only GET and PUT are answered here");
  }
  if (path == "/livez") return http::text_response(200, "alive");
  if (path == "/readyz") {
    const std::string reason = hooks_.not_ready ? hooks_.not_ready() : std::string();
    if (reason.empty()) return http::text_response(200, "ready");
    return http::text_response(503, reason);
  }
  if (path == "/status") return document(hooks_.status() + "\n", "application/json");
  if (path == "/metrics") {
    return document(to_prometheus(hooks_.metrics()), "text/plain; version=0.0.4");
  }
  return http::text_response(404, "known here: /status /metrics /livez /readyz /levels");
}

http::TextResponse Admin::change(const http::RequestHead& request) {
  const std::string_view path = request.path();
  if (path == "/levels") return set_levels(request.query());
  if (hooks_.command) {
    if (auto response = hooks_.command(path, request.query())) return std::move(*response);
  }
  constexpr std::string_view kRead[] = {"/livez", "/readyz", "/status", "/metrics"};
  if (std::find(std::begin(kRead), std::end(kRead), path) != std::end(kRead)) {
    return http::text_response(405, "use GET");
  }
  return http::text_response(404, "no such command");
}

http::TextResponse Admin::set_levels(std::string_view query) {
  // All of it is read before any of it counts.
  std::optional<base::Level> log;
  std::optional<base::Level> traffic;
  for (const std::string_view pair : base::split(query, '&')) {
    const std::size_t equals = pair.find('=');
    const std::string_view name = pair.substr(0, equals);
    if (name != "log" && name != "traffic") {
      return http::text_response(400, "the logs are called log and traffic");
    }
    if (equals == std::string_view::npos) return http::text_response(400, kLevelWords);
    const auto level = base::parse_level(pair.substr(equals + 1));
    if (!level) return http::text_response(400, kLevelWords);
    (name == "log" ? log : traffic) = *level;
  }
  // Said while either level lets it through.
  if (log && *log >= base::Level::Warn) logs_.log().set_level(*log);
  if (log) {
    logs_.log().warn("log level changed", {{"log", "log"}, {"level", base::to_string(*log)}});
  }
  if (traffic) {
    logs_.log().warn("log level changed",
                     {{"log", "traffic"}, {"level", base::to_string(*traffic)}});
    logs_.traffic().set_level(*traffic);
  }
  if (log) logs_.log().set_level(*log);
  return http::text_response(200, "done");
}

}  // namespace service
