#pragma once
// The SIP side of the home cluster: the registrar on its TCP connections, and the requests that go
// from here to what is registered (OPTIONS to see that it is there, NOTIFY when an administrator
// wants one).
//
// All of it lives on the loop of the first worker: bindings have one writer and a connection is
// found without a lock. That does for a lab and a small site; UDS and files use all workers.

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "home/bindings.h"
#include "home/config.h"
#include "home/phones.h"
#include "home/registrar.h"
#include "home/sip_calls.h"
#include "home/sip_peers.h"
#include "home/store.h"
#include "net/listener.h"
#include "net/timer.h"

namespace home {

// What it stands on; each of them must outlive it.
struct SipNeeds {
  const Config& config;
  base::Logger& log;
  base::TrafficLog& traffic;
  const base::Clock& clock;
};

// The names whose lines the registrar keeps: nodes, in full and without their domain, the domains
// of the configuration or the parents of the nodes, addresses that are listened on.
std::vector<std::string> registrar_domains(const Config& config);

class SipServer final : private SipPeersHandler {
 public:
  // System when the database or an address is not to be had.
  static base::Result<std::unique_ptr<SipServer>> open(net::Loop& loop, const SipNeeds& needs);
  ~SipServer();
  SipServer(const SipServer&) = delete;
  SipServer& operator=(const SipServer&) = delete;

  // Where it listens; the ports are real ones even if 0 was asked for.
  std::vector<base::Endpoint> endpoints() const;

  // Sends to every binding of a line, at once. How many it went to; what comes of it is in the
  // status.
  base::Result<std::size_t> send(std::string_view line, const PhoneRequest& what);
  // For the admin page.
  struct Registered {
    Binding binding;
    Phone phone;
    std::optional<base::Endpoint> remote;  // of the REGISTER's connection while it lives
  };
  base::Result<std::vector<Registered>> registered();
  struct Counts {
    std::uint64_t requests = 0;    // that came in
    std::uint64_t registered = 0;  // REGISTERs answered with 200
    std::uint64_t refused = 0;     // requests answered with anything else
    std::uint64_t sent = 0;        // requests to phones
  };
  const Counts& counts() const { return counts_; }
  std::size_t connections() const { return peers_.count(); }

  void drain(std::function<void()> done);

 private:
  SipServer(net::Loop& loop, const SipNeeds& needs, Store store, Bindings bindings);
  base::Result<> listen(const std::vector<base::Endpoint>& endpoints);
  base::Result<> load();

  void on_peer_message(PeerId peer, sip::Message message) override;
  void on_peer_gone(PeerId peer, bool was_open, const base::Error& why) override;
  void on_request(PeerId peer, sip::Message request);
  void on_response(PeerId peer, const sip::Message& response);
  void take_changes(PeerId peer, const RegistrarAnswer& answer);

  bool send_to(const Binding& binding, const PhoneRequest& what, bool may_dial);
  PeerId choose(const Binding& binding, bool may_dial);
  void finish(const SipCall& call, int status, std::string why);
  void on_tick();
  void sweep();
  std::int64_t now() const;

  net::Loop& loop_;
  const Config& config_;
  base::Logger& log_;
  const base::Clock& clock_;
  const RegistrarPolicy policy_;
  Store store_;
  Bindings bindings_;
  Registrar registrar_;
  Phones phones_;
  SipCalls calls_;
  SipPeers peers_;
  std::vector<std::unique_ptr<net::Listener>> listeners_;
  Counts counts_;
  net::Timer tick_;
  std::chrono::steady_clock::time_point next_sweep_{};
};

}  // namespace home
