#include "core/worker.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/revoke.h"
#include "net/loop.h"
#include "sip/uri.h"

namespace core {

using net::tunnel::Dialer;

namespace {

constexpr std::uint16_t kTunnelPort = 7001;
constexpr std::chrono::milliseconds kDrainPoll{50};
// Edges send requests as soon as they are linked, so discovery comes first; but a DNS that does not
// answer is no reason to stay away from them.
constexpr std::chrono::milliseconds kDiscoveryPatience{3'000};

UpstreamSettings upstream_settings(const Snapshot& snapshot) {
  const UpstreamConfig& config = snapshot.config.upstream;
  UpstreamSettings settings;
  settings.tls = snapshot.upstream_tls;
  settings.source = config.source;
  settings.connect = config.connect;
  settings.first_byte = config.first_byte;
  settings.idle = config.idle;
  settings.connections = config.connections;
  return settings;
}

PresenceSettings presence_settings(const Snapshot& snapshot) {
  const Config& config = snapshot.config;
  return {config.presence, snapshot.presence_tls, config.upstream.source, config.upstream.connect};
}

std::vector<std::string> edge_names(const Config& config) {
  std::vector<std::string> names;
  for (const EdgeEntry& edge : config.edges)
    names.push_back(edge.name);
  return names;
}

std::chrono::seconds session_lifetime(const Config& config) {
  return std::chrono::duration_cast<std::chrono::seconds>(config.session.lifetime);
}

SipRelayOptions sip_options(const Snapshot& snapshot, std::size_t worker,
                            std::string_view instance) {
  const Config& config = snapshot.config;
  SipRelayOptions options;
  options.config = config.sip;
  options.worker = worker;
  options.instance = instance;
  options.trunks.tls = snapshot.sip_tls;
  options.trunks.source = config.upstream.source;
  options.trunks.connect = config.upstream.connect;
  SipSelf& self = options.self;
  self.host_port = sip_address(config.sip);
  self.path_headers = config.sip.path_headers;
  if (snapshot.sip_tls) self.via_transport = "TLS";
  // Clients name any core that serves them; the edge chose this one.
  self.names = snapshot.sign_in->sip_routes;
  self.names.push_back(config.name);
  if (const auto own = sip::parse_host_port(self.host_port)) self.names.emplace_back(own->host);
  for (const base::Endpoint& address : config.sip.listen)
    self.names.push_back(base::to_string(address.address));
  return options;
}

}  // namespace

// What comes by the links to one edge. Its name is the configured one, which its certificate had to
// hold, and not what it calls itself.
class Worker::EdgeHandler final : public net::tunnel::LinkHandler {
 public:
  EdgeHandler(Worker& worker, std::string edge) : worker_(worker), edge_(std::move(edge)) {}

  void handle(net::http::Exchange& exchange, const net::tunnel::CoreLink& link) override {
    if (XmppRelay::is_stream(exchange.request())) return worker_.xmpp_relay_.accept(exchange);
    if (!sip::transport::is_channel(exchange.request())) return worker_.relay_.handle(exchange);
    worker_.sip_relay_.accept(exchange, edge_, link.edge().worker);
  }

 private:
  Worker& worker_;
  const std::string edge_;
};

base::Result<std::unique_ptr<Worker>> Worker::open(net::Loop& loop, std::size_t index,
                                                   const Shared& shared,
                                                   std::shared_ptr<const Snapshot> snapshot) {
  dns::ResolverOptions options;
  options.servers = snapshot->config.dns.servers;
  options.timeout = snapshot->config.dns.timeout;
  auto resolver = dns::CaresResolver::open(loop, options);
  if (!resolver) return resolver.error();
  std::unique_ptr<Worker> worker(
      new Worker(loop, index, shared, std::move(snapshot), std::move(*resolver)));
  if (const auto added = worker->verifier_.add_key(shared.signer.public_key()); !added) {
    return added.error();
  }
  if (const auto listening = worker->sip_relay_.listen(); !listening) {
    return base::Error{listening.error().code, "sip.listen: " + listening.error().detail};
  }
  worker->start_discovery();
  worker->dial_timer_.start(kDiscoveryPatience);
  return worker;
}

Worker::Worker(net::Loop& loop, std::size_t index, const Shared& shared,
               std::shared_ptr<const Snapshot> snapshot, std::unique_ptr<dns::Resolver> resolver)
    : loop_(loop),
      index_(index),
      shared_(shared),
      log_lines_(loop, shared.traffic.sink()),
      traffic_(log_lines_, shared.traffic),
      snapshot_(std::move(snapshot)),
      resolver_(std::move(resolver)),
      pool_(loop, *resolver_, upstream_settings(*snapshot_)),
      store_(shared.memory, [&loop](std::function<void()> task) { loop.post(std::move(task)); }),
      proofs_(store_, shared.clock, shared.log, edge_names(snapshot_->config),
              session_lifetime(snapshot_->config)),
      authorizer_(loop, pool_, store_, shared.accounts, snapshot_->access),
      sessions_(verifier_, revocations_),
      associations_(store_),
      around_{loop,  shared.clock, shared.log, traffic_,     shared.board.counters(index),
              pool_, authorizer_,  sessions_,  shared.signer},
      relay_(around_),
      credentials_(loop, shared.clock, pool_, associations_, revocations_, discoveries_),
      sip_relay_(around_, *resolver_, credentials_, shared.switchboard, discoveries_,
                 sip_options(*snapshot_, index, shared_.instance)),
      xmpp_relay_(around_, *resolver_, discoveries_, presence_settings(*snapshot_)),
      greet_timer_(loop, [this] { greet_edges(); }),
      dial_timer_(loop, [this] { start_dialers(); }),
      load_timer_(loop, [this] { tell_edges(); }),
      drain_timer_(loop, [this] { check_drained(); }) {
  authorizer_.set_proofs(&proofs_);
  use_snapshot();
  watch_revocations();
  load_timer_.start(net::tunnel::kEventInterval);
}

// The links go first: their exchanges hold calls on the pool.
Worker::~Worker() {
  dialers_.clear();
}

void Worker::watch_revocations() {
  revocation_watch_ =
      store_.watch([this](const policy::Revocation& revocation) { on_revoked(revocation); });
  revocation_list_ = store_.revocations([this](base::Result<std::vector<policy::Revocation>> all) {
    if (!all) {
      shared_.log.error("revocations not read", {{"reason", all.error().detail}});
      return;
    }
    for (const policy::Revocation& revocation : *all)
      on_revoked(revocation);
  });
}

void Worker::on_revoked(const policy::Revocation& revocation) {
  revocations_.add(revocation, shared_.clock.now());
  proofs_.on_revoked(revocation);
  if (revocation.kind == policy::Revocation::Kind::User) {
    shared_.accounts.forget(revocation.user, revocation.domain);
  }
  net::tunnel::CoreEvent event = load_event();
  event.revocations = {policy::to_string(revocation)};
  for (const auto& dialer : dialers_)
    dialer->send(event);
}

// An edge that was restarted has forgotten what it was told. Telling one twice does no harm.
void Worker::greet_edges() {
  const std::vector<net::tunnel::CoreEvent> events =
      revocation_events(revocations_.list(), load_event());
  for (const std::size_t dialer : std::exchange(not_greeted_, {})) {
    for (const net::tunnel::CoreEvent& event : events)
      dialers_[dialer]->send(event);
  }
}

net::tunnel::CoreEvent Worker::load_event() const {
  net::tunnel::CoreEvent event;
  event.load = static_cast<std::uint32_t>(relay_.active_count());
  return event;
}

void Worker::start_discovery() {
  const Config& config = snapshot_->config;
  for (const std::string& domain : config.domains) {
    discoveries_.push_back(std::make_unique<Discovery>(
        loop_, *resolver_, pool_, shared_.log, domain,
        FixedNodes{config.nodes.uds, config.nodes.tftp}, [this] { on_nodes_changed(); }));
  }
  relay_.set_domains(discoveries_);
  on_nodes_changed();
}

void Worker::start_dialers() {
  for (const EdgeEntry& edge : snapshot_->config.edges) {
    Dialer::Options options;
    options.edge = edge.name;
    options.worker = index_;
    options.resolve = [this, edge](Dialer::Options::Resolved resolved) {
      return resolve_edge(edge, std::move(resolved));
    };
    options.hello = [this] { return hello(); };
    Dialer::Hooks hooks;
    // By the name that it proved, not the one it calls itself.
    hooks.on_ready = [this, dialer = dialers_.size(),
                      name = edge.name](const net::tunnel::CoreLink& link) {
      shared_.log.info("link up", {{"edge", name},
                                   {"address", base::to_string(link.stream().remote)},
                                   {"edge_worker", link.edge().worker},
                                   {"edge_workers", link.edge().workers}});
      shared_.board.set_edge_trouble(name, {});
      // The link takes events once this callback has returned.
      not_greeted_.insert(dialer);
      greet_timer_.start(std::chrono::milliseconds{0});
    };
    hooks.on_closed = [this](const std::string& name, bool was_ready, const base::Error& why) {
      on_link_closed(name, was_ready, why);
    };
    edge_handlers_.push_back(std::make_unique<EdgeHandler>(*this, edge.name));
    dialers_.push_back(std::make_unique<Dialer>(loop_, shared_.links, *edge_handlers_.back(),
                                                std::move(options), std::move(hooks)));
  }
}

net::tunnel::CoreHello Worker::hello() const {
  net::tunnel::CoreHello hello;
  hello.name = snapshot_->config.name;
  hello.instance = shared_.instance;
  hello.domains = snapshot_->config.domains;
  hello.keys = {shared_.signer.public_key()};
  hello.sip_routes = snapshot_->sign_in->sip_routes;
  return hello;
}

net::DialOptions Worker::dial_options(const EdgeEntry& edge, const base::Endpoint& remote) const {
  net::DialOptions options;
  options.remote = remote;
  options.tls = snapshot_->tunnel_tls;
  options.expected = {certs::dns_name(edge.name)};
  options.source = snapshot_->config.tunnel.source;
  return options;
}

std::shared_ptr<void> Worker::resolve_edge(const EdgeEntry& edge,
                                           Dialer::Options::Resolved resolved) {
  if (edge.address) {
    auto at_once = std::make_shared<net::Timer>(
        loop_, [options = dial_options(edge, *edge.address), resolved] { resolved(options); });
    at_once->start(std::chrono::milliseconds{0});
    return at_once;
  }
  return resolver_->addresses(edge.name, [this, edge, resolved](const dns::AddressAnswer& answer) {
    if (answer.outcome != dns::Outcome::Ok) {
      resolved(base::Error{base::Errc::NotFound,
                           fmt::format("no address for {}: {} {}", edge.name,
                                       dns::to_string(answer.outcome), answer.detail)});
      return;
    }
    // One of several at each attempt, so that an address that is down does not hold up the others.
    const auto tick = static_cast<std::size_t>(loop_.now().time_since_epoch().count());
    const base::IpAddress address = answer.addresses[tick % answer.addresses.size()];
    resolved(dial_options(edge, {address, kTunnelPort}));
  });
}

void Worker::on_link_closed(const std::string& edge, bool was_ready, const base::Error& why) {
  if (was_ready) {
    shared_.log.warn("link down", {{"edge", edge}, {"reason", why.detail}});
    return;
  }
  // Said once for each cause: an edge that is away for a day must not fill the log.
  if (shared_.board.edge_trouble(edge) == why.detail) return;
  shared_.board.set_edge_trouble(edge, why.detail);
  shared_.log.warn("edge not reached", {{"edge", edge}, {"reason", why.detail}});
}

void Worker::on_nodes_changed() {
  std::vector<policy::Rule> rules = snapshot_->config.allow;
  for (const auto& discovery : discoveries_) {
    const std::vector<policy::Node> nodes = discovery->nodes();
    std::vector<policy::Rule> automatic = policy::rules_for_nodes(nodes);
    std::move(automatic.begin(), automatic.end(), std::back_inserter(rules));
  }
  auto compiled = policy::AllowList::compile(rules);
  if (!compiled) {
    shared_.log.error("allow list not compiled, the last one stays",
                      {{"reason", compiled.error().detail}});
  } else {
    relay_.set_allow_list(std::make_shared<const policy::AllowList>(std::move(*compiled)),
                          snapshot_->config.shared_files);
  }
  tell_board();
  const bool settled = std::all_of(discoveries_.begin(), discoveries_.end(),
                                   [](const auto& discovery) { return discovery->settled(); });
  // From the loop: this is a callback of a discovery.
  if (settled && dial_timer_.running()) dial_timer_.start(std::chrono::milliseconds{0});
}

void Worker::tell_board() {
  std::vector<DomainStatus> domains;
  for (const auto& discovery : discoveries_) {
    DomainStatus status;
    status.name = discovery->domain();
    status.settled = discovery->settled();
    for (const Service* service : {&discovery->uds(), &discovery->presence(), &discovery->tftp()}) {
      ServiceStatus one{service->name, dns::to_string(service->outcome), {}};
      for (const dns::SrvTarget& target : service->targets) {
        one.servers.push_back(fmt::format("{}:{}", target.host, target.port));
      }
      status.services.push_back(std::move(one));
    }
    for (const policy::Node& node : discovery->nodes()) {
      status.nodes.push_back(
          fmt::format("{} {}", node.kind == policy::Node::Kind::Uds ? "uds" : "tftp", node.host));
    }
    domains.push_back(std::move(status));
  }
  shared_.board.set_domains(index_, std::move(domains));
}

void Worker::tell_edges() {
  const net::tunnel::CoreEvent event = load_event();
  for (const auto& dialer : dialers_)
    dialer->send(event);
  tell_board();
  load_timer_.start(net::tunnel::kEventInterval);
}

void Worker::apply(std::shared_ptr<const Snapshot> snapshot) {
  snapshot_ = std::move(snapshot);
  use_snapshot();
  on_nodes_changed();
}

void Worker::use_snapshot() {
  authorizer_.set_access(snapshot_->access);
  relay_.set_sign_in(snapshot_->sign_in);
  proofs_.set_lifetime(session_lifetime(snapshot_->config));
  credentials_.set({snapshot_->sip_trust, snapshot_->credentials, snapshot_->access});
}

void Worker::drain(std::function<void()> done) {
  drained_ = std::move(done);
  dial_timer_.stop();
  sip_relay_.drain();
  xmpp_relay_.drain();
  for (const auto& dialer : dialers_)
    dialer->drain();
  check_drained();
}

void Worker::check_drained() {
  const bool busy = std::any_of(dialers_.begin(), dialers_.end(),
                                [](const auto& dialer) { return dialer->ready_count() > 0; });
  if (busy) {
    drain_timer_.start(kDrainPoll);
  } else if (drained_) {
    std::exchange(drained_, nullptr)();
  }
}

}  // namespace core
