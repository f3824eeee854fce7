#pragma once
// An edge on loopback that answers from a table and keeps what it was asked.

#include <doctest/doctest.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "net/http/exchange.h"
#include "net/http/server.h"
#include "net/listener.h"
#include "net/loop.h"
#include "net/tls_context.h"
#include "support/sign_in.h"
#include "tests/fakes/test_certs.h"
#include "tests/support/seed_bodies.h"

namespace support {

struct Reply {
  int status = 200;
  std::string body;
  std::vector<std::pair<std::string, std::string>> fields{};
};

class FakeEdge final : private net::http::Handler {
 public:
  static constexpr char kDomain[] = "uclab.com";

  FakeEdge(net::Loop& loop, const fakes::TestCa& ca, std::vector<std::string> names,
           net::http::ServerLimits limits = {})
      : server_(loop, *this, options(ca, std::move(names), limits)) {
    auto listener = net::Listener::open(
        loop, {*base::parse_ip("127.0.0.1"), 0},
        [this](net::Socket socket, const base::Endpoint&) { server_.accept(std::move(socket)); });
    REQUIRE(listener);
    listener_ = std::move(*listener);
    fill();
  }

  std::uint16_t port() const { return listener_->local().port; }
  void stop_listening() { listener_->close(); }

  // The reply to a document inside: "http://uclabcucm-pub:6970/MDonald.cnf.xml".
  Reply& inside(const std::string& uri) {
    return replies[host_path(kDomain, *parse_location(uri))];
  }
  Reply& edge_config() { return replies[edge_config_path(kDomain)]; }

  std::map<std::string, Reply> replies;  // by target; others are 404
  std::vector<net::http::RequestHead> requests;
  bool silent = false;  // takes requests and answers none

 private:
  // Holds a request open until the other side gives up.
  struct Silence final : net::http::Job {
    void on_body(std::string_view) override {}
    void on_end() override {}
    void on_drained() override {}
    void on_failed(const base::Error&) override {}
  };

  static net::http::ServerOptions options(const fakes::TestCa& ca, std::vector<std::string> names,
                                          net::http::ServerLimits limits) {
    fakes::LeafSpec leaf;
    leaf.names = std::move(names);
    net::TlsServerOptions tls;
    tls.credentials = ca.credentials(leaf);
    tls.alpn = {"h2", "http/1.1"};
    auto context = net::TlsContext::server(tls);
    REQUIRE(context);
    net::http::ServerOptions options;
    options.tls = *context;
    options.limits = limits;
    return options;
  }

  void fill() {
    edge_config() = {
        200,
        seed::kEdgeConfig,
        {{"Content-Type", "text/xml"}, {"Set-Cookie", "X-Auth=t0ken; Path=/; Secure; HttpOnly"}}};
    const std::string discovered = "https://uclabcucm-sub.uclab.com:8443/cucm-uds/";
    inside(discovered + "version") = {200, seed::kVersion};
    inside(discovered + "clusterUser?username=mac.donald") = {200, seed::kClusterUser};
    inside(discovered + "servers") = {200, seed::kServers};
    const std::string home = "https://uclabcucm-pub:8443/cucm-uds/user/mac.donald";
    inside(home + "/devices") = {200, seed::kDevices};
    inside(home) = {200, seed::kUser};
    const std::string files = "http://uclabcucm-pub:6970/";
    inside(files + "MDonald.cnf.xml") = {200, "<device><fullConfig>true</fullConfig></device>"};
    inside(files + "SPDefault.cnf.xml") = {200, "<serviceProfile/>"};
    inside(files + "CUPC/AppDialRules.xml") = {200, "<DialRules/>"};
    inside(files + "CUPC/DirLookupDialRules.xml") = {200, "<DialRules/>"};
  }

  void handle(net::http::Exchange& exchange) override {
    requests.push_back(exchange.request());
    if (silent) return exchange.attach(std::make_unique<Silence>());
    const auto found = replies.find(exchange.request().target);
    if (found == replies.end()) {
      return net::http::answer(exchange, net::http::text_response(404, "no such file"));
    }
    const Reply& reply = found->second;
    net::http::TextResponse response;
    response.head.status = reply.status;
    response.head.content_length = reply.body.size();
    response.body = reply.body;
    for (const auto& [name, value] : reply.fields)
      response.head.fields.add(name, value);
    net::http::answer(exchange, std::move(response));
  }

  net::http::Server server_;
  std::unique_ptr<net::Listener> listener_;
};

}  // namespace support
