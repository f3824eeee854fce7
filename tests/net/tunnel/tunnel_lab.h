#pragma once
// An edge of some workers and a core of some workers on one loop, over TLS on 127.0.0.1. The edge's
// listener gives its sockets to the workers in turn, so that a test knows who gets which.

#include <doctest/doctest.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "net/listener.h"
#include "net/loop.h"
#include "net/tls_context.h"
#include "net/tunnel/dialer.h"
#include "net/tunnel/link_set.h"
#include "tests/fakes/link_handler.h"
#include "tests/fakes/run_loop.h"
#include "tests/fakes/test_certs.h"
#include "tests/net/http/h2_lab.h"

namespace tunnel_lab {

using namespace net;
using namespace net::tunnel;

constexpr const char* kEdgeName = "edge.lab.example";
constexpr const char* kCoreName = "core.lab.example";

inline const fakes::TestCa& test_ca() {
  static const fakes::TestCa ca;
  return ca;
}

inline std::shared_ptr<const TlsContext> edge_tls(std::string name = kEdgeName,
                                                  std::string core = kCoreName) {
  TlsServerOptions options;
  options.credentials = test_ca().credentials({.names = {"DNS:" + name}, .common_name = "edge"});
  options.alpn = {"h2"};
  options.client_trust = test_ca().trust();
  options.client_names = {certs::dns_name(core)};
  return *TlsContext::server(options);
}

inline std::shared_ptr<const TlsContext> core_tls(std::string name = kCoreName) {
  TlsClientOptions options;
  options.trust = test_ca().trust();
  options.credentials = test_ca().credentials({.names = {"DNS:" + name}, .common_name = "core"});
  options.alpn = {"h2"};
  return *TlsContext::client(options);
}

// One worker of the edge, and what it heard.
struct EdgeWorker {
  EdgeWorker(Loop& loop, std::uint32_t worker, std::uint32_t workers)
      : links(loop, {kEdgeName, worker, workers, {}}, hooks()) {}
  LinkSet::Hooks hooks() {
    return {[this](const Link& link) { ready.push_back(&link); },
            [this](const Link&, const CoreEvent& event) { events.push_back(event); },
            [this](const Link&, bool was_ready, const base::Error& why) {
              closed.emplace_back(was_ready, why);
            }};
  }
  std::vector<const Link*> ready;
  std::vector<CoreEvent> events;
  std::vector<std::pair<bool, base::Error>> closed;
  LinkSet links;
};

// One worker of a core.
struct CoreWorker {
  CoreWorker(Loop& loop, LinkTable& table, std::size_t worker, DialOptions where, CoreHello says)
      : hello(std::move(says)), dial(std::move(where)) {
    Dialer::Options options;
    options.edge = kEdgeName;
    options.worker = worker;
    options.resolve = [this, &loop](Dialer::Options::Resolved resolved) {
      auto timer = std::make_shared<std::unique_ptr<Timer>>();
      *timer = std::make_unique<Timer>(loop, [this, resolved] { resolved(resolution()); });
      if (!never_resolve) (*timer)->start(std::chrono::milliseconds{0});
      ++resolve_count;
      return timer;
    };
    options.hello = [this] { return hello; };
    Dialer::Hooks hooks{[this](const CoreLink& link) { ready.push_back(&link); },
                        [this](const std::string&, bool was_ready, const base::Error& why) {
                          closed.emplace_back(was_ready, why);
                        }};
    dialer =
        std::make_unique<Dialer>(loop, table, link_handler, std::move(options), std::move(hooks));
  }
  base::Result<DialOptions> resolution() const {
    if (unresolved) return *unresolved;
    return dial;
  }

  CoreHello hello;
  DialOptions dial;
  bool never_resolve = false;
  std::optional<base::Error> unresolved;
  int resolve_count = 0;
  std::vector<const CoreLink*> ready;
  std::vector<std::pair<bool, base::Error>> closed;
  h2_lab::LabHandler handler;
  fakes::LinkHandler link_handler{handler};
  std::unique_ptr<Dialer> dialer;
};

struct TunnelLab {
  explicit TunnelLab(std::uint32_t edge_workers = 1) {
    for (std::uint32_t i = 0; i < edge_workers; ++i)
      edge.push_back(std::make_unique<EdgeWorker>(loop, i, edge_workers));
    listener = std::move(*Listener::open(
        loop, {base::IpAddress::v4({127, 0, 0, 1}), 0},
        [this](Socket socket, const base::Endpoint&) { accept(std::move(socket)); }));
    dial.remote = listener->local();
    dial.tls = core_tls();
    dial.expected = {certs::dns_name(kEdgeName)};
  }
  void accept(Socket socket) {
    ++accepted;
    edge[next_worker++ % edge.size()]->links.accept(std::move(socket), tls);
  }
  // A worker of a core; workers of one core share the table.
  CoreWorker& add_core(LinkTable& links_of, std::size_t worker = 0, std::string name = kCoreName,
                       std::vector<std::string> domains = {"lab.example"}) {
    CoreHello hello{std::move(name), "0123", std::move(domains), {"key"}, {}, {}};
    cores.push_back(std::make_unique<CoreWorker>(loop, links_of, worker, dial, std::move(hello)));
    return *cores.back();
  }
  void until(const std::function<bool()>& done,
             std::source_location where = std::source_location::current()) {
    fakes::run_until(loop, done, fakes::kPatience, where);
  }
  // The table of one more core with that many workers.
  LinkTable& new_table(std::size_t workers) { return tables.emplace_back(workers); }
  LinkSet& links() { return edge[0]->links; }

  Loop loop;
  std::shared_ptr<const TlsContext> tls = edge_tls();
  std::deque<LinkTable> tables;
  LinkTable& table = tables.emplace_back(1);  // of the one core that most tests have
  DialOptions dial;
  std::size_t accepted = 0;
  std::size_t next_worker = 0;
  std::vector<std::unique_ptr<EdgeWorker>> edge;
  std::unique_ptr<Listener> listener;
  std::vector<std::unique_ptr<CoreWorker>> cores;
};

}  // namespace tunnel_lab
