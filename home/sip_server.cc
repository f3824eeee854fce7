#include "home/sip_server.h"

#include <algorithm>
#include <utility>

#include "base/random.h"
#include "net/loop.h"
#include "sip/check.h"
#include "sip/forward.h"
#include "sip/headers.h"

namespace home {
namespace {

using Milliseconds = std::chrono::milliseconds;

constexpr Milliseconds kTick{250};
// Bounds what one tick adds to a turn of the loop; some 250 phones a second are more than a lab
// has.
constexpr std::size_t kProbesPerTick = 64;
constexpr std::chrono::seconds kSweepRound{10};
constexpr std::size_t kBranchBytes = 16;

RegistrarPolicy policy_of(const Config& config) {
  RegistrarPolicy policy;
  policy.domains = registrar_domains(config);
  policy.max_seconds = config.cluster.registration_seconds;
  policy.min_seconds = std::chrono::ceil<std::chrono::seconds>(config.sip.min_expires).count();
  return policy;
}

bool is_any(const base::IpAddress& address) {
  const std::string_view bytes = address.bytes();
  return std::all_of(bytes.begin(), bytes.end(), [](char byte) { return byte == 0; });
}

}  // namespace

std::vector<std::string> registrar_domains(const Config& config) {
  std::vector<std::string> names;
  const auto add = [&](std::string_view name) {
    if (name.empty() || std::find(names.begin(), names.end(), name) != names.end()) return;
    names.emplace_back(name);
  };
  for (const std::string& node : config.cluster.nodes) {
    const std::size_t dot = std::min(node.find('.'), node.size());
    add(node);
    add(std::string_view(node).substr(0, dot));
    // A parent that is a single label is a top-level domain, nobody's own.
    const auto parent = std::string_view(node).substr(std::min(dot + 1, node.size()));
    if (config.sip.domains.empty() && parent.find('.') != std::string_view::npos) add(parent);
  }
  for (const std::string& domain : config.sip.domains)
    add(domain);
  for (const base::Endpoint& endpoint : config.sip.listen) {
    if (!is_any(endpoint.address)) add(to_string(endpoint.address));
  }
  return names;
}

base::Result<std::unique_ptr<SipServer>> SipServer::open(net::Loop& loop, const SipNeeds& needs) {
  auto store = Store::open(needs.config.database.file, needs.clock);
  if (!store) return store.error();
  auto bindings = Bindings::open(needs.config.database.file);
  if (!bindings) return bindings.error();
  std::unique_ptr<SipServer> server(
      new SipServer(loop, needs, *std::move(store), *std::move(bindings)));
  auto ready = server->load();
  if (ready) ready = server->listen(needs.config.sip.listen);
  if (!ready) return ready.error();
  server->tick_.start(kTick);
  return server;
}

SipServer::SipServer(net::Loop& loop, const SipNeeds& needs, Store store, Bindings bindings)
    : loop_(loop),
      config_(needs.config),
      log_(needs.log),
      clock_(needs.clock),
      policy_(policy_of(needs.config)),
      store_(std::move(store)),
      bindings_(std::move(bindings)),
      registrar_(policy_, store_, bindings_, needs.clock),
      phones_(needs.config.sip.probe),
      peers_(loop, needs.traffic, *this),
      tick_(loop, [this] { on_tick(); }) {}

SipServer::~SipServer() = default;

base::Result<> SipServer::listen(const std::vector<base::Endpoint>& endpoints) {
  for (const base::Endpoint& endpoint : endpoints) {
    auto opened = net::Listener::open(loop_, endpoint,
                                      [this](net::Socket socket, const base::Endpoint& remote) {
                                        peers_.accept(std::move(socket), remote);
                                      });
    if (!opened) return opened.error();
    listeners_.push_back(*std::move(opened));
  }
  return {};
}

base::Result<> SipServer::load() {
  const auto bindings = bindings_.all(now());
  if (!bindings) return bindings.error();
  for (const Binding& binding : *bindings)
    phones_.on_loaded(binding.id, loop_.now());
  return {};
}

std::int64_t SipServer::now() const {
  return std::chrono::floor<std::chrono::seconds>(clock_.now()).time_since_epoch().count();
}

std::vector<base::Endpoint> SipServer::endpoints() const {
  std::vector<base::Endpoint> endpoints;
  for (const auto& listener : listeners_)
    endpoints.push_back(listener->local());
  return endpoints;
}

void SipServer::on_peer_message(PeerId peer, sip::Message message) {
  if (message.is_request()) {
    on_request(peer, std::move(message));
  } else {
    on_response(peer, message);
  }
}

void SipServer::on_request(PeerId peer, sip::Message request) {
  ++counts_.requests;
  sip::mark_received(request, peers_.remote(peer), {});
  const RegistrarAnswer answer =
      registrar_.answer(request, {peers_.local(peer), peers_.remote(peer).address});
  if (!answer.response) return;
  if (!answer.reason.empty()) {
    ++counts_.refused;
    peers_.log_event(peer, base::Level::Info, "Request Refused", answer.reason);
  } else if (request.method() == "REGISTER") {
    ++counts_.registered;
    take_changes(peer, answer);
  }
  if (!peers_.send(peer, *answer.response)) {
    peers_.log_event(peer, base::Level::Warn, "Response Dropped", "the connection takes no more");
  }
}

void SipServer::take_changes(PeerId peer, const RegistrarAnswer& answer) {
  for (const std::int64_t id : answer.changes.removed)
    phones_.forget(id);
  for (const Binding& binding : answer.changes.stored) {
    phones_.on_registered(binding.id, peer, loop_.now());
    if (std::find(answer.fresh.begin(), answer.fresh.end(), binding.id) == answer.fresh.end()) {
      continue;
    }
    log_.info("phone registered", {{"line", binding.line},
                                   {"contact", binding.contact},
                                   {"from", to_string(peers_.remote(peer))}});
  }
}

void SipServer::on_response(PeerId peer, const sip::Message& response) {
  if (const auto fault = sip::check_response(response)) {
    peers_.log_event(peer, base::Level::Info, "Response Dropped", fault->detail);
    return;
  }
  if (response.status() < 200) return;
  const auto call = calls_.take(response);
  if (!call) {
    peers_.log_event(peer, base::Level::Info, "Response Dropped", "it answers no request of ours");
    return;
  }
  finish(*call, response.status(), {});
}

void SipServer::on_peer_gone(PeerId peer, bool was_open, const base::Error& why) {
  for (SipCall& call : calls_.take_of(peer)) {
    if (!was_open && call.may_retry) {
      const auto binding = bindings_.find(call.binding, now());
      if (binding && send_to(*binding, call.what, false)) continue;
    }
    finish(call, 0, why.detail);
  }
}

PeerId SipServer::choose(const Binding& binding, bool may_dial) {
  const NextHop hop = next_hop(binding);
  if (hop.endpoint) {
    if (const PeerId known = peers_.find(*hop.endpoint)) return known;
  }
  const Phone* phone = phones_.find(binding.id);
  if (phone != nullptr && peers_.has(phone->peer)) return phone->peer;
  // A proxy that came back dials us, and need not listen itself. Only a proxy: of two phones with
  // one address it would be the wrong one.
  const bool can_dial = hop.endpoint && !hop.tls;
  if (!may_dial || !can_dial) {
    const auto proxy = base::parse_ip(binding.proxy);
    const PeerId newest = proxy ? peers_.newest_from(*proxy) : 0;
    if (newest != 0 || can_dial) return newest;
    log_.warn("a phone cannot be reached: its connection is gone, and there is no TCP address",
              {{"line", binding.line}, {"next_hop", hop.text}});
    return 0;
  }
  const base::IpAddress here = listeners_.front()->local().address;
  return peers_.dial(*hop.endpoint, is_any(here) ? std::nullopt : std::optional(here));
}

bool SipServer::send_to(const Binding& binding, const PhoneRequest& what, bool may_dial) {
  if (calls_.is_full() || listeners_.empty()) return false;
  const PeerId peer = choose(binding, may_dial);
  if (peer == 0) return false;
  const base::Endpoint here = listeners_.front()->local();
  const base::Endpoint local = peers_.local(peer);
  // Answers come back on this connection; the address is for one that has to be dialled anew.
  const base::Endpoint via{is_any(here.address) ? local.address : here.address, here.port};
  const std::string branch = base::random_hex(kBranchBytes);
  const SipSender sender{config_.cluster.nodes.front(), to_string(via), branch};
  calls_.add(branch, {what, binding.id, peer, may_dial, loop_.now()});
  const sip::Message request = make_request(what, binding, sender);
  if (!peers_.send(peer, request)) {
    calls_.drop(branch);
    return false;
  }
  ++counts_.sent;
  if (Phone* phone = phones_.find(binding.id)) ++phone->sent;
  return true;
}

base::Result<std::size_t> SipServer::send(std::string_view line, const PhoneRequest& what) {
  const auto bindings = bindings_.of_line(line, now());
  if (!bindings) return bindings.error();
  std::size_t sent = 0;
  for (const Binding& binding : *bindings)
    sent += send_to(binding, what, true) ? 1 : 0;
  return sent;
}

void SipServer::finish(const SipCall& call, int status, std::string why) {
  const auto taken = std::chrono::duration_cast<Milliseconds>(loop_.now() - call.sent);
  PhoneAnswer answer{status, std::move(why), taken.count(), now()};
  log_.debug("phone answered",
             {{"method", call.what.method}, {"status", status}, {"why", answer.why}});
  const std::string reason = status == 0 ? "no answer 3 times: " + answer.why : "430 Flow Failed";
  if (!phones_.on_answer(call.binding, call.what.method, std::move(answer))) return;
  const auto binding = bindings_.find(call.binding, now());
  phones_.forget(call.binding);
  if (const auto done = bindings_.remove(call.binding); !done) {
    log_.error("a registration could not be removed", {{"why", done.error().detail}});
  }
  if (!binding) return;
  log_.warn("registration removed, the phone is not there any more",
            {{"line", binding->line}, {"contact", binding->contact}, {"why", reason}});
}

void SipServer::on_tick() {
  tick_.start(kTick);
  for (const SipCall& call : calls_.take_overdue(loop_.now()))
    finish(call, 0, "timeout");
  for (const std::int64_t id : phones_.take_due(loop_.now(), kProbesPerTick)) {
    const auto binding = bindings_.find(id, now());
    if (!binding) {
      if (binding.error().code == base::Errc::NotFound) phones_.forget(id);
    } else if (!send_to(*binding, {"OPTIONS"}, true)) {
      finish({{"OPTIONS"}, id, 0, false, loop_.now()}, 0, "no connection");
    }
  }
  if (loop_.now() >= next_sweep_) sweep();
}

void SipServer::sweep() {
  next_sweep_ = loop_.now() + kSweepRound;
  const auto ended = bindings_.sweep(now());
  if (!ended) return log_.error("ended registrations stay", {{"why", ended.error().detail}});
  for (const std::int64_t id : *ended)
    phones_.forget(id);
  if (!ended->empty()) log_.info("registrations ended", {{"count", ended->size()}});
}

base::Result<std::vector<SipServer::Registered>> SipServer::registered() {
  const auto bindings = bindings_.all(now());
  if (!bindings) return bindings.error();
  std::vector<Registered> all;
  for (const Binding& binding : *bindings) {
    Registered one{binding, {}, std::nullopt};
    if (const Phone* phone = phones_.find(binding.id)) one.phone = *phone;
    if (peers_.has(one.phone.peer)) one.remote = peers_.remote(one.phone.peer);
    all.push_back(std::move(one));
  }
  return all;
}

void SipServer::drain(std::function<void()> done) {
  for (const auto& listener : listeners_)
    listener->close();
  tick_.stop();
  peers_.drain(std::move(done));
}

}  // namespace home
