#pragma once
// The inside of a small site, on one loop: a DNS that says what a test wants, a call manager (UDS
// on 8443, files on 6970) at a loopback address of its own, and the core's parts that talk to them.

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/random.h"
#include "base/traffic_log.h"
#include "core/authorizer.h"
#include "core/discovery.h"
#include "core/relay.h"
#include "core/surroundings.h"
#include "core/upstream.h"
#include "net/loop.h"
#include "policy/memory_store.h"
#include "tests/fakes/clock.h"
#include "tests/fakes/exchange.h"
#include "tests/fakes/log_sink.h"
#include "tests/fakes/run_loop.h"
#include "tests/fakes/test_certs.h"
#include "tests/fakes/web_server.h"
#include "tests/support/fake_resolver.h"

namespace core {

inline constexpr char kDomain[] = "lab.example";
inline constexpr char kPub[] = "ucm-pub.lab.example";
inline constexpr char kSub[] = "ucm-sub.lab.example";
inline constexpr char kUser[] = "mac.donald";
inline constexpr char kPassword[] = "se:cret";

inline const fakes::TestCa& inside_ca() {
  static const fakes::TestCa ca;
  return ca;
}

inline std::shared_ptr<const net::TlsContext> inside_client_tls() {
  net::TlsClientOptions options;
  options.trust = inside_ca().trust();
  options.alpn = {"http/1.1"};
  return *net::TlsContext::client(options);
}

inline std::shared_ptr<const net::TlsContext> inside_server_tls(std::string name) {
  net::TlsServerOptions options;
  options.credentials = inside_ca().credentials({.names = {"DNS:" + std::move(name)}});
  options.alpn = {"http/1.1"};
  return *net::TlsContext::server(options);
}

// A machine with the real port numbers. Addresses are drawn, since other tests run beside us.
struct CallManager {
  CallManager(net::Loop& loop, const std::string& name) {
    for (int attempt = 0; attempt < 100; ++attempt) {
      const auto draw = [] { return static_cast<std::uint8_t>(1 + base::random_below(250)); };
      address =
          base::IpAddress::v4({127, static_cast<std::uint8_t>(100 + draw() / 2), draw(), draw()});
      uds = std::make_unique<fakes::WebServer>(loop, base::Endpoint{address, 8443},
                                               inside_server_tls(name));
      if (!uds->running()) continue;
      files = std::make_unique<fakes::WebServer>(loop, base::Endpoint{address, 6970});
      if (files->running()) break;
    }
    REQUIRE((uds->running() && files && files->running()));
  }

  base::IpAddress address;
  std::unique_ptr<fakes::WebServer> uds;
  std::unique_ptr<fakes::WebServer> files;
};

inline net::http::TextResponse xml(std::string body, int status = 200) {
  net::http::TextResponse response = net::http::text_response(status, "");
  response.head.content_length = body.size();
  response.body = std::move(body);
  return response;
}

struct Inside {
  net::Loop loop;
  fakes::MemorySink sink;
  base::Logger log{sink, "core", base::Level::Debug};
  base::TrafficLog traffic{sink, "core", 1};
  support::FakeResolver resolver{loop};
  CallManager pub{loop, kPub};
  CallManager sub{loop, kSub};
  // What the call managers say; a status other than 200 is said instead.
  std::string home_host = kSub;
  std::string known_user = kUser;
  std::vector<std::string> devices = {"MDonald"};
  std::string right_password = kPassword;
  int cluster_status = 200;
  int devices_status = 200;

  UpstreamPool pool{loop, resolver, upstream_settings()};
  policy::RateOptions rate;
  std::shared_ptr<policy::SharedMemory> memory = std::make_shared<policy::SharedMemory>(rate);
  policy::MemoryStore store{memory,
                            [this](std::function<void()> task) { loop.post(std::move(task)); }};
  Accounts accounts;
  Authorizer authorizer{loop, pool, store, accounts, std::make_shared<const policy::Access>()};
  std::vector<std::unique_ptr<Discovery>> discoveries;

  Inside() {
    resolver.add_host(kPub, {base::to_string(pub.address)});
    resolver.add_host(kSub, {base::to_string(sub.address)});
    resolver.add_service("_cisco-uds._tcp.lab.example", {{0, 0, 8443, kPub}, {1, 0, 8443, kSub}});
    for (CallManager* node : {&pub, &sub}) {
      node->uds->web.reply = [this](const fakes::WebHandler::Request& request) {
        return uds(request);
      };
    }
  }

  // Starts discovery of the domain and waits until it knows.
  Discovery& discover(FixedNodes fixed = {}) {
    discoveries.push_back(std::make_unique<Discovery>(loop, resolver, pool, log, kDomain,
                                                      std::move(fixed), [this] { ++changes; }));
    fakes::run_until(loop, [this] { return discoveries.back()->settled(); });
    return *discoveries.back();
  }
  int changes = 0;  // how often nodes() became different

  static UpstreamSettings upstream_settings() {
    UpstreamSettings settings;
    settings.tls = inside_client_tls();
    return settings;
  }

 private:
  std::optional<net::http::TextResponse> uds(const fakes::WebHandler::Request& request) {
    const std::string_view path = request.head.path();
    if (path == "/cucm-uds/servers") {
      return xml("<servers><server>ucm-pub</server><server>ucm-sub</server></servers>");
    }
    if (path == "/cucm-uds/clusterUser") {
      if (cluster_status != 200) return net::http::text_response(cluster_status, "no");
      const bool known = request.head.query() == "username=" + known_user;
      if (!known) return xml("<users/>");
      return xml("<users><user uri=\"https://" + home_host + ":8443/x\"/></users>");
    }
    if (path.ends_with("/devices")) {
      if (devices_status != 200) return net::http::text_response(devices_status, "no");
      const policy::BasicCredentials right{known_user_name(), right_password};
      if (request.head.fields.joined("authorization") != policy::to_string(right)) {
        return net::http::text_response(401, "no");
      }
      std::string body = "<devices>";
      for (const std::string& device : devices)
        body += "<device><name>" + device + "</name></device>";
      return xml(body + "</devices>");
    }
    return net::http::text_response(200, "served");
  }
  // `known_user` as it stands in a query, without its escapes.
  std::string known_user_name() const {
    std::string name = known_user;
    for (std::size_t at; (at = name.find("%2B")) != std::string::npos;)
      name.replace(at, 3, "+");
    return name;
  }
};

}  // namespace core
