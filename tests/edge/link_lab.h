#pragma once
// A gateway with real links to cores that are a web handler each, on one loop over loopback.

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/base64.h"
#include "edge/gateway.h"
#include "net/listener.h"
#include "net/tls_context.h"
#include "net/tunnel/core_link.h"
#include "policy/basic_auth.h"
#include "tests/fakes/clock.h"
#include "tests/fakes/exchange.h"
#include "tests/fakes/link_handler.h"
#include "tests/fakes/log_sink.h"
#include "tests/fakes/run_loop.h"
#include "tests/fakes/test_certs.h"
#include "tests/fakes/web_server.h"

namespace edge {

inline const fakes::TestCa& link_ca() {
  static const fakes::TestCa ca;
  return ca;
}

inline std::string host_path(const std::string& text, std::string_view rest) {
  return "/" + base::encode_base64(text) + std::string(rest);
}

// A core as far as the edge can tell.
struct FakeCore final : net::tunnel::CoreLinkObserver {
  FakeCore(net::Loop& loop, const base::Endpoint& edge, net::tunnel::CoreHello hello)
      : link(std::make_unique<net::tunnel::CoreLink>(loop, dial(edge), std::move(hello),
                                                     web_of_link, *this)) {}
  bool on_hello(net::tunnel::CoreLink&) override { return true; }
  void on_core_link_closed(net::tunnel::CoreLink&, const base::Error&) override { closed = true; }

  static net::DialOptions dial(const base::Endpoint& edge) {
    net::TlsClientOptions tls;
    tls.trust = link_ca().trust();
    tls.credentials = link_ca().credentials({.names = {"DNS:core.lab.example"}});
    tls.alpn = {"h2"};
    tls.min_version = net::TlsVersion::Tls13;
    net::DialOptions options;
    options.remote = edge;
    options.tls = *net::TlsContext::client(tls);
    options.expected = {certs::dns_name("edge.lab.example")};
    return options;
  }

  fakes::WebHandler web;
  fakes::LinkHandler web_of_link{web};
  bool closed = false;
  std::unique_ptr<net::tunnel::CoreLink> link;
};

struct LinkLab {
  net::Loop loop;
  fakes::MemorySink sink;
  base::TrafficLog traffic{sink, "edge", 1};
  fakes::FakeClock clock;
  Counters counters;
  Sessions sessions;
  std::unique_ptr<policy::SessionSigner> signer = policy::SessionSigner::generate();
  net::tunnel::LinkSet links{loop, {"edge.lab.example", 0, 1, {}}, {}};
  Gateway gateway{
      links,
      sessions,
      traffic,
      counters,
      clock,
      std::make_shared<const GatewaySettings>(GatewaySettings{{"lab.example", "other.example"}})};
  std::shared_ptr<const net::TlsContext> tls = server_tls();
  std::unique_ptr<net::Listener> listener;
  std::vector<std::unique_ptr<FakeCore>> cores;
  std::vector<std::unique_ptr<fakes::Exchange>> exchanges;

  LinkLab() {
    auto opened = net::Listener::open(loop, {base::IpAddress::v4({127, 0, 0, 1}), 0},
                                      [this](net::Socket socket, const base::Endpoint&) {
                                        links.accept(std::move(socket), tls);
                                      });
    REQUIRE(opened);
    listener = std::move(*opened);
  }
  ~LinkLab() {
    exchanges.clear();
    cores.clear();
  }

  static std::shared_ptr<const net::TlsContext> server_tls() {
    net::TlsServerOptions options;
    options.credentials = link_ca().credentials({.names = {"DNS:edge.lab.example"}});
    options.client_trust = link_ca().trust();
    options.client_names = {certs::dns_name("core.lab.example")};
    options.alpn = {"h2"};
    options.min_version = net::TlsVersion::Tls13;
    return *net::TlsContext::server(options);
  }

  // Links a core that serves lab.example, and takes its keys, as the worker does.
  FakeCore& add_core(const std::string& instance = "a") {
    net::tunnel::CoreHello hello;
    hello.name = "core.lab.example";
    hello.instance = instance;
    hello.domains = {"lab.example"};
    hello.keys = {signer->public_key()};
    const std::size_t before = links.ready().size();
    cores.push_back(std::make_unique<FakeCore>(loop, listener->local(), hello));
    fakes::run_until(loop, [&] { return links.ready().size() > before; });
    REQUIRE(sessions.learn(hello));
    return *cores.back();
  }

  std::string cookie(const std::string& domain = "lab.example",
                     std::chrono::seconds age = std::chrono::seconds{0}) const {
    policy::SessionToken token;
    token.id = policy::new_session_id();
    token.user = "mac.donald";
    token.domain = domain;
    token.issued = std::chrono::floor<std::chrono::seconds>(clock.now()) - age;
    token.expires = token.issued + std::chrono::hours{8};
    return "X-Auth=" + signer->sign(token);
  }
  static std::string basic(std::string user = "mac.donald") {
    return policy::to_string(policy::BasicCredentials{std::move(user), "se:cret"});
  }

  fakes::Exchange& make(std::string target = host_path("lab.example", "/get_edge_config"),
                        std::string method = "GET") {
    exchanges.push_back(std::make_unique<fakes::Exchange>(std::move(target), std::move(method)));
    return *exchanges.back();
  }
  fakes::Exchange& serve(fakes::Exchange& exchange) {
    gateway.handle(exchange);
    if (exchange.has_job()) exchange.send_end();
    fakes::run_until(loop, [&] { return exchange.finished() || exchange.was_reset(); });
    return exchange;
  }
};

}  // namespace edge
