#pragma once
// The admin port: what a daemon says about itself to people, scripts and Prometheus. Plain HTTP,
// bound to an address that only the machine or its administrators reach.
//
//   GET /status      JSON            GET /livez   200 while the process runs
//   GET /metrics     Prometheus      GET /readyz  200 when it can serve, 503 and why when not
//   PUT /levels?log=LEVEL&traffic=LEVEL   switches how much the logs say
//   PUT /...         what the program adds (AdminHooks::command)
//
// What changes something is PUT only: a page in an administrator's browser can make it send a GET
// or a POST here, but never a PUT without asking first (CORS).

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/address.h"
#include "base/result.h"
#include "net/http/exchange.h"
#include "net/http/server.h"
#include "net/listener.h"

namespace service {

class Logs;

struct Metric {
  std::string name;  // "sallyport_edge_requests_total"
  std::string help;
  bool counter = true;                                  // else a gauge
  std::vector<std::pair<std::string, double>> samples;  // labels ("{status=\"200\"}" or ""), value
};

struct AdminHooks {
  std::function<std::string()> status = nullptr;  // a JSON document
  std::function<std::vector<Metric>()> metrics = nullptr;
  std::function<std::string()> not_ready = nullptr;  // why not; empty, or null: ready
  // A PUT to a path that is not known here; none: it is not known there either. May be null.
  std::function<std::optional<net::http::TextResponse>(std::string_view path,
                                                       std::string_view query)>
      command = nullptr;
  // The host name under which people may ask beside the address itself; empty: none. Another Host
  // is a page that had its own name point here (DNS rebinding), and is refused.
  std::string host_name = {};
};

class Admin final : private net::http::Handler {
 public:
  // Listens on `local`. All references must outlive it. Hooks are called on `loop`.
  static base::Result<std::unique_ptr<Admin>> open(net::Loop& loop, const base::Endpoint& local,
                                                   Logs& logs, AdminHooks hooks);

 private:
  Admin(net::Loop& loop, Logs& logs, AdminHooks hooks);
  void handle(net::http::Exchange& exchange) override;
  net::http::TextResponse respond(const net::http::RequestHead& request);
  bool is_meant_for_us(const net::http::RequestHead& request) const;
  net::http::TextResponse change(const net::http::RequestHead& request);
  net::http::TextResponse set_levels(std::string_view query);

  Logs& logs_;
  AdminHooks hooks_;
  net::http::Server server_;
  std::unique_ptr<net::Listener> listener_;
};

// In the text format of Prometheus 0.0.4.
std::string to_prometheus(const std::vector<Metric>& metrics);

}  // namespace service
