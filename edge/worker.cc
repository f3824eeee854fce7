#include "edge/worker.h"

#include <limits>
#include <utility>

namespace edge {

using net::tunnel::Link;

namespace {

net::tunnel::EdgeHello hello_of(const Config& config, std::size_t index, std::size_t count) {
  net::tunnel::EdgeHello hello;
  hello.name = config.name;
  hello.worker = static_cast<std::uint32_t>(index);
  hello.workers = static_cast<std::uint32_t>(count);
  return hello;
}

net::StreamLimits stream_limits(const LimitsConfig& config) {
  net::StreamLimits limits;
  limits.handshake = config.handshake;
  return limits;
}

net::http::ServerLimits server_limits(const LimitsConfig& config,
                                      net::http::RefusalObserver& observer) {
  net::http::ServerLimits limits;
  limits.head = config.head;
  limits.idle = config.idle;
  limits.body = config.body;
  limits.observer = &observer;
  return limits;
}

net::http::ServerOptions server_options(const Snapshot& snapshot, const Surroundings& around,
                                        Counters& counters, net::http::RefusalObserver& observer) {
  net::http::ServerOptions options;
  options.tls = snapshot.client_tls;
  options.stream = stream_limits(snapshot.config.limits);
  options.limits = server_limits(snapshot.config.limits, observer);
  options.connections = std::numeric_limits<std::size_t>::max();  // ClientRoom says
  options.on_count = [&counters](std::size_t now) {
    Counters::set(counters.https_connections, now);
  };
  options.on_refused = [&log = around.log, &counters](const net::StreamInfo& stream,
                                                      const base::Error& why) {
    Counters::add(counters.handshake_failures);
    log.debug("client connection not opened",
              {{"client", base::to_string(stream.remote)}, {"reason", why.detail}});
  };
  return options;
}

}  // namespace

Worker::Worker(net::Loop& loop, std::size_t index, std::size_t count, const Surroundings& around,
               std::shared_ptr<const Snapshot> snapshot)
    : loop_(loop),
      index_(index),
      around_(around),
      log_lines_(loop, around.traffic.sink()),
      traffic_(log_lines_, around.traffic),
      snapshot_(std::move(snapshot)),
      links_(loop, hello_of(snapshot_->config, index, count),
             {[this](Link& link) { on_ready(link); },
              [this](Link& link, const net::tunnel::CoreEvent& event) { on_event(link, event); },
              [this](Link& link, bool was_ready, const base::Error& why) {
                on_closed(link, was_ready, why);
              }}),
      gateway_(links_, sessions_, traffic_, around.board.counters(index), around.clock,
               snapshot_->gateway),
      sip_({loop, links_, around.log, traffic_, around.board.counters(index), around.clock,
            around.sip_secrets},
           snapshot_->sip),
      xmpp_({loop, links_, around.log, traffic_, around.board.counters(index), around.clock},
            snapshot_->xmpp),
      server_(loop, gateway_,
              server_options(*snapshot_, around, around.board.counters(index), gateway_)) {}

Worker::~Worker() = default;

base::Result<> Worker::listen() {
  struct Door {
    const std::vector<base::Endpoint>& addresses;
    ClientRoom::Protocol protocol;
    std::function<void(net::Socket)> take;
  };
  const ListenConfig& listen = snapshot_->config.listen;
  const Door doors[] = {
      {listen.https, &Counters::https_connections,
       [this](net::Socket socket) { server_.accept(std::move(socket)); }},
      {listen.sip, &Counters::sip_connections,
       [this](net::Socket socket) { sip_.accept(std::move(socket)); }},
      {listen.xmpp, &Counters::xmpp_connections,
       [this](net::Socket socket) { xmpp_.accept(std::move(socket)); }},
  };
  for (const auto& [addresses, protocol, take] : doors) {
    for (const base::Endpoint& local : addresses) {
      auto listener = net::Listener::open(
          loop_, local,
          [this, protocol, take](net::Socket socket, const base::Endpoint&) {
            if (snapshot_->room.has_place(protocol, around_.board, index_))
              return take(std::move(socket));
            Counters::add(around_.board.counters(index_).no_place);  // and the socket closes
          },
          net::Sharing::Workers);
      if (!listener) return listener.error();
      listeners_.push_back(std::move(*listener));
    }
  }
  return {};
}

void Worker::accept_link(net::Socket socket) {
  links_.accept(std::move(socket), snapshot_->tunnel_tls);
}

void Worker::apply(std::shared_ptr<const Snapshot> snapshot) {
  snapshot_ = std::move(snapshot);
  server_.set_tls(snapshot_->client_tls);
  const LimitsConfig& limits = snapshot_->config.limits;
  server_.set_limits(stream_limits(limits), server_limits(limits, gateway_));
  gateway_.set_settings(snapshot_->gateway);
  sip_.set_settings(snapshot_->sip);
  xmpp_.set_settings(snapshot_->xmpp);
}

void Worker::drain(std::function<void()> done) {
  listeners_.clear();
  // Both from the loop, one after the other.
  const auto both = [left = std::make_shared<int>(2), done = std::move(done)] {
    if (--*left == 0) done();
  };
  xmpp_.drain(both);
  server_.drain([this, both] { sip_.drain(both); });
}

void Worker::tell_board() {
  std::vector<LinkStatus> status;
  for (const Link* link : links_.ready()) {
    status.push_back({link->core().name, base::to_string(link->stream().remote),
                      link->core().domains, link->load(), link->skew().count()});
  }
  around_.board.set_links(index_, std::move(status));
}

void Worker::on_ready(Link& link) {
  if (const auto learned = sessions_.learn(link.core()); !learned) {
    around_.log.error("session key not taken",
                      {{"core", link.core().name}, {"reason", learned.error().detail}});
  }
  around_.log.info("link up", {{"core", link.core().name},
                               {"address", base::to_string(link.stream().remote)},
                               {"worker", index_},
                               {"skew_ms", link.skew().count()}});
  if (!snapshot_->config.listen.sip.empty()) sip_.on_link_ready(link);
  tell_board();
}

void Worker::on_event(const Link& link, const net::tunnel::CoreEvent& event) {
  if (const auto learned = sessions_.learn(event, around_.clock.now()); !learned) {
    around_.log.error("revocation not understood",
                      {{"core", link.core().name}, {"reason", learned.error().detail}});
  }
  revoke(event);
  tell_board();
}

void Worker::revoke(const net::tunnel::CoreEvent& event) {
  std::vector<policy::Revocation> revocations;
  for (const std::string& line : event.revocations) {
    // What does not parse was reported just before.
    if (auto revocation = policy::parse_revocation(line)) {
      revocations.push_back(std::move(*revocation));
    }
  }
  if (!revocations.empty()) sip_.revoke(revocations);
}

void Worker::on_closed(const Link& link, bool was_ready, const base::Error& why) {
  sip_.on_link_closed(link);
  if (was_ready) {
    around_.log.warn("link down", {{"core", link.core().name},
                                   {"address", base::to_string(link.stream().remote)},
                                   {"worker", index_},
                                   {"reason", why.detail}});
  } else {
    tell_refused(link, why);
  }
  tell_board();
}

void Worker::tell_refused(const Link& link, const base::Error& why) {
  Counters::add(around_.board.counters(index_).links_refused);
  if (loop_.now() - refusals_since_ >= std::chrono::minutes{1}) {
    if (refusals_ > kRefusalsTold)
      around_.log.warn("more links refused", {{"count", refusals_ - kRefusalsTold}});
    refusals_since_ = loop_.now();
    refusals_ = 0;
  }
  if (++refusals_ > kRefusalsTold) return;
  around_.log.warn("link refused",
                   {{"address", base::to_string(link.stream().remote)}, {"reason", why.detail}});
}

}  // namespace edge
