#include "service/admin.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "service/logs.h"

namespace service {
namespace {

namespace http = net::http;

std::optional<base::Level> parse_level(std::string_view text) {
  constexpr std::pair<std::string_view, base::Level> kLevels[] = {{"error", base::Level::Error},
                                                                  {"warn", base::Level::Warn},
                                                                  {"info", base::Level::Info},
                                                                  {"debug", base::Level::Debug}};
  for (const auto& [name, level] : kLevels) {
    if (name == text) return level;
  }
  return std::nullopt;
}

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

http::TextResponse Admin::respond(const http::RequestHead& request) {
  const std::string_view path = request.path();
  if (path == "/levels") {
    if (request.method != "PUT" && request.method != "POST") {
      return http::text_response(405, "use PUT /levels?log=LEVEL&traffic=LEVEL");
    }
    return set_levels(request.query());
  }
  if (request.method != "GET" && request.method != "HEAD") {
    return http::text_response(405, "only GET is answered here");
  }
  if (path == "/livez") return http::text_response(200, "alive");
  if (path == "/readyz") {
    const std::string reason = hooks_.not_ready();
    if (reason.empty()) return http::text_response(200, "ready");
    return http::text_response(503, reason);
  }
  if (path == "/status") return document(hooks_.status() + "\n", "application/json");
  if (path == "/metrics") {
    return document(to_prometheus(hooks_.metrics()), "text/plain; version=0.0.4");
  }
  return http::text_response(404, "known here: /status /metrics /livez /readyz /levels");
}

http::TextResponse Admin::set_levels(std::string_view query) {
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    const std::size_t equals = pair.find('=');
    const std::string_view name = pair.substr(0, equals);
    const auto level =
        equals == std::string_view::npos ? std::nullopt : parse_level(pair.substr(equals + 1));
    if (!level) return http::text_response(400, "a level is error, warn, info or debug");
    if (name == "log") {
      logs_.log().set_level(*level);
    } else if (name == "traffic") {
      logs_.traffic().set_level(*level);
    } else {
      return http::text_response(400, "the logs are called log and traffic");
    }
    logs_.log().warn("log level changed", {{"log", name}, {"level", pair.substr(equals + 1)}});
  }
  return http::text_response(200, "done");
}

}  // namespace service
