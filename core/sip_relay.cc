// The relay's side towards edges; the other is in sip_relay_inside.cc.

#include "core/sip_relay.h"

#include <utility>

#include "base/text.h"
#include "sip/check.h"
#include "sip/forward.h"
#include "sip/headers.h"
#include "sip/response.h"
#include "sip/uri.h"

namespace core {

using sip::FieldId;
using sip::Message;
using sip::RouteState;
using sip::transport::Direction;
using sip::transport::Hop;
using sip::transport::log_event;
using sip::transport::log_message;

namespace {

constexpr std::string_view kLabel = "sip routes";          // of the sealer's secret
constexpr std::string_view kEdgeZone = "UCTraversalZone";  // in Vias of edges, as received
constexpr std::string_view kEvent = "Request Refused";
constexpr std::uint64_t kInstanceMask = 0xff'ffff;

// RFC 3261 section 25.1: "0.5", "1".
bool is_qvalue(std::string_view text) {
  return !text.empty() && text.size() <= 5 &&
         text.find_first_not_of("0123456789.") == std::string_view::npos;
}

}  // namespace

SipRelay::SipRelay(const Surroundings& around, dns::Resolver& resolver,
                   CredentialService& credentials, SipSwitchboard& switchboard,
                   const std::vector<std::unique_ptr<Discovery>>& discoveries,
                   const SipRelayOptions& options)
    : around_(around),
      credentials_(credentials),
      switchboard_(switchboard),
      options_(options),
      instance_(sip::name_hash(options.instance) & kInstanceMask),
      began_(around.clock.steady()),
      sealer_(around.signer.derive(kLabel)),
      nodes_(options_.config, discoveries),
      trunks_(around.loop, resolver, *this, options.trunks),
      door_(around.loop, *this) {
  nodes_.set_host_of([this](const base::IpAddress& address) { return trunks_.host_of(address); });
  switchboard_.join(options_.worker, around_.loop, *this);
}

SipRelay::~SipRelay() {
  switchboard_.leave(options_.worker);
  for (const auto& [channel, peer] : peers_)
    switchboard_.release(peer.place, options_.worker);
}

base::Result<> SipRelay::listen() {
  return door_.open(options_.config.listen);
}

void SipRelay::accept(net::http::Exchange& exchange, std::string_view edge,
                      std::uint32_t edge_worker) {
  Peer peer;
  peer.edge = edge;
  peer.place.edge = sip::name_hash(edge);
  peer.place.edge_worker = static_cast<std::uint16_t>(edge_worker);
  peer.local = exchange.peer().stream.local;
  peer.remote = exchange.peer().stream.remote;
  Channel& channel = sip::transport::accept_channel(exchange, *this);
  by_place_[key(peer.place)] = &channel;
  switchboard_.claim(peer.place, options_.worker);
  around_.log.info("SIP channel up", {{"edge", edge}, {"edge_worker", edge_worker}});
  peers_[&channel] = std::move(peer);
}

void SipRelay::on_channel_closed(Channel& channel, const base::Error& why) {
  const auto found = peers_.find(&channel);
  if (found == peers_.end()) return;
  const Peer peer = std::move(found->second);
  peers_.erase(found);
  around_.log.info(
      "SIP channel down",
      {{"edge", peer.edge}, {"edge_worker", peer.place.edge_worker}, {"reason", why.detail}});
  const auto current = by_place_.find(key(peer.place));
  if (current == by_place_.end() || current->second != &channel) return;
  by_place_.erase(current);
  switchboard_.release(peer.place, options_.worker);
}

void SipRelay::drain() {
  door_.close();
  for (auto& [channel, peer] : std::exchange(peers_, {})) {
    switchboard_.release(peer.place, options_.worker);
    channel->close({base::Errc::Closed, "the core is being stopped"});
  }
  by_place_.clear();
}

SipRelay::Channel* SipRelay::channel_of(const ClientPlace& client) const {
  const auto found = by_place_.find(key(client));
  return found == by_place_.end() ? nullptr : found->second;
}

void SipRelay::on_channel_message(Channel& channel, Message message, std::string_view text) {
  const auto found = peers_.find(&channel);
  if (found == peers_.end()) return;
  const Peer& peer = found->second;
  const std::string flow(message.value(FieldId::SallyportFlow));
  log_message(around_.traffic, {Direction::Received, peer.local, peer.remote, flow}, message, text);
  if (message.is_request()) return from_client(channel, peer, std::move(message));
  ClientPlace from = peer.place;
  const auto parsed = sip::parse_flow(flow);
  const Hop hop{Direction::Received, peer.local, peer.remote, flow};
  if (!parsed) return drop(hop, "an answer without Sallyport-Flow");
  from.flow = *parsed;
  if (const auto fault = sip::check_response(message)) return drop(hop, fault->detail);
  answer_of_client(from, std::move(message));
}

// The edge judged it before, and is not believed.
void SipRelay::from_client(Channel& channel, const Peer& peer, Message request) {
  if (const auto fault = sip::check_request(request)) {
    return refuse_client(channel, peer, request, {fault->status, fault->phrase, fault->detail});
  }
  sip::mark_received(request, peer.remote, kEdgeZone);
  if (request.method() == "SERVICE") return ask_credentials(peer, std::move(request));
  if (const auto fault = forward_inwards(peer, request)) {
    refuse_client(channel, peer, request, *fault);
  }
}

// What a proxy looks at before it forwards, in the order of RFC 3261 section 16.3.
std::optional<SipRelay::Fault> SipRelay::check(Message& request) {
  if (!sip::lower_max_forwards(request)) return Fault{483, {}, "Max-Forwards is used up"};
  std::string unknown = sip::unknown_options(request, FieldId::ProxyRequire, {"path"});
  if (!unknown.empty()) {
    return Fault{420, {}, "Proxy-Require: " + unknown, std::move(unknown)};
  }
  return std::nullopt;
}

std::optional<SipRelay::Fault> SipRelay::forward_inwards(const Peer& peer, Message& request) {
  ClientPlace client = peer.place;
  const auto flow = sip::parse_flow(request.value(FieldId::SallyportFlow));
  if (!flow) return Fault{400, {}, "no Sallyport-Flow that could be read"};
  client.flow = *flow;
  const std::uint64_t transaction = sip::transaction_key(request);
  const SipSelf& self = options_.self;
  if (self.host_port.empty()) return Fault{503, {}, "sip.listen is not configured at this core"};
  if (auto fault = check(request)) return fault;
  pop_own_routes(request, self);
  if (request.method() == "OPTIONS" && !request.find(FieldId::Route)) {
    const auto uri = sip::parse_uri(request.uri());
    if (uri && !uri->has_user && self.is_me(uri->host)) return Fault{200, {}, {}};
  }
  SipRefusal refusal;
  const sip::Field* const field = request.find(sip::kUserField);
  const std::string account(field ? field->value : std::string_view());
  request.remove(sip::kUserField);
  const std::size_t at = account.rfind('@');
  const std::string domain = at == account.npos ? std::string() : account.substr(at + 1);
  // The edge's association outlives a change of `access`.
  if (!around_.authorizer.enabled(account.substr(0, at))) {
    return Fault{403, {}, account + " is not enabled for remote access"};
  }
  auto targets = nodes_.choose(request, domain, refusal);
  if (!targets) return Fault{refusal.status, {}, refusal.reason};
  const bool registers = request.method() == "REGISTER";
  const auto written = write_inwards(request, self, sealer_, client, transaction);
  if (!written) return Fault{400, {}, "Contact: " + written.error().detail};
  Counters::add(registers ? around_.counters.sip_registers : around_.counters.sip_requests);
  trunks_.send({std::move(request), std::move(*targets), sip::to_string(client.flow)});
  return std::nullopt;
}

Message SipRelay::refusal(const Message& request, const Fault& fault) const {
  Message answer = sip::make_response(request, fault.status, fault.phrase);
  if (!fault.unsupported.empty()) answer.add(FieldId::Unsupported, fault.unsupported);
  if (fault.status == 503) answer.add(FieldId::RetryAfter, "2");
  if (fault.status == 200) answer.add("Allow", "OPTIONS");
  return answer;
}

void SipRelay::log_fault(const Hop& hop, const Fault& fault) const {
  if (fault.reason.empty()) return;
  Counters::add(around_.counters.sip_refused);
  log_event(around_.traffic, base::Level::Info, hop, kEvent,
            std::to_string(fault.status) + ": " + fault.reason);
}

void SipRelay::drop(const Hop& hop, std::string_view reason) const {
  log_event(around_.traffic, base::Level::Info, hop, "Message Dropped", reason);
}

void SipRelay::refuse_client(Channel& channel, const Peer& peer, const Message& request,
                             const Fault& fault) {
  const std::string flow(request.value(FieldId::SallyportFlow));
  log_fault({Direction::Received, peer.local, peer.remote, flow}, fault);
  if (request.method() == "ACK") return;  // nobody waits for an answer
  Message answer = refusal(request, fault);
  if (!flow.empty()) answer.set(FieldId::SallyportFlow, flow);
  send_to_edge(channel, answer, answer.to_string());
}

void SipRelay::send_to_edge(Channel& channel, const Message& message, std::string_view text) {
  const auto found = peers_.find(&channel);
  if (found == peers_.end()) return;
  const std::string_view flow = message.value(FieldId::SallyportFlow);
  const Hop hop{Direction::Sent, found->second.local, found->second.remote, flow};
  // What it asks and we answer, without ever reading, would be kept without end.
  if (channel.is_full()) return drop(hop, "the channel to the edge is full");
  log_message(around_.traffic, hop, message, text);
  channel.send(text);
}

void SipRelay::ask_credentials(const Peer& peer, Message service) {
  const std::string flow(service.value(FieldId::SallyportFlow));
  credentials_.answer(std::move(service), peer.edge,
                      [this, place = peer.place, flow](CredentialService::Verdict verdict) {
                        on_credentials(place, flow, std::move(verdict));
                      });
}

void SipRelay::on_credentials(const ClientPlace& place, std::string_view flow,
                              CredentialService::Verdict verdict) {
  around_.counters.service_answered(verdict.answer.status());
  Channel* channel = channel_of(place);
  if (channel == nullptr) return;  // the link went meanwhile, and the question with it
  const Peer& peer = peers_.at(channel);
  if (!verdict.reason.empty()) {
    log_event(around_.traffic, base::Level::Warn,
              {Direction::Received, peer.local, peer.remote, flow}, "Credential Check Refused",
              std::to_string(verdict.answer.status()) + ": " + verdict.reason);
  }
  if (!flow.empty()) verdict.answer.set(FieldId::SallyportFlow, flow);
  send_to_edge(*channel, verdict.answer, verdict.answer.to_string());
}

// An answer goes back to whom the request of the same client came from, and to nobody else.
void SipRelay::answer_of_client(const ClientPlace& from, Message response) {
  Hop hop;
  if (Channel* channel = channel_of(from)) {
    const Peer& peer = peers_.at(channel);
    hop.local = peer.local;
    hop.remote = peer.remote;
  }
  const std::string flow = sip::to_string(from.flow);
  hop.flow_id = flow;
  const auto state = read_via(response, sealer_, RouteState::Kind::ToUpstream);
  if (!state) return drop(hop, "an answer whose top Via is not this core's");
  if (key(place_of(*state)) != key(from) || state->flow != from.flow) {
    return drop(hop, "an answer to a request that went to another client");
  }
  if (response.status() == 430) Counters::add(around_.counters.sip_flow_failed);
  answer_inwards(std::move(response), *state);
}

// Contacts of a redirection are where the caller shall go instead, not where the client is (RFC
// 3261 section 8.1.3.4). A call manager that follows one to a host of the client's choice would be
// the client's tool, so nothing stays but user, host, port and preference: maddr, or a Route among
// the headers, would name another host.
void SipRelay::keep_inside_contacts(Message& response) const {
  std::string kept;
  for (const std::string_view value : response.values(FieldId::Contact)) {
    const auto contact = sip::parse_name_addr(value);
    const auto uri =
        contact ? sip::parse_uri(contact->uri) : base::Result<sip::Uri>(contact.error());
    if (!uri || !nodes_.is_inside(uri->host, uri->port)) continue;
    if (!kept.empty()) kept += ", ";
    kept.append("<").append(uri->scheme).append(":");
    if (uri->has_user) kept.append(uri->user).append("@");
    kept.append(sip::host_port(uri->host, uri->port)).append(">");
    const std::string_view q = contact->param("q").value_or("");
    if (is_qvalue(q)) kept.append(";q=").append(q);
  }
  response.remove(FieldId::Contact);
  if (!kept.empty()) response.add(FieldId::Contact, kept);
}

void SipRelay::answer_inwards(Message response, const RouteState& state) {
  response.remove_first_value(FieldId::Via);
  response.remove(FieldId::SallyportFlow);
  if (response.status() / 100 == 3 || response.status() == 485) {
    keep_inside_contacts(response);
  } else if (!hide_contacts(response, options_.self, sealer_, place_of(state))) {
    response.remove(FieldId::Contact);  // one that nobody could reach
  }
  const std::string text = response.to_string();
  const std::uint64_t connection = state.connection;
  const auto worker = static_cast<std::size_t>(connection >> 30 & 0x3ff);
  const auto number = static_cast<std::uint32_t>(connection & 0x3fff'ffff);
  if (connection >> 40 != instance_) return answer_by_via(text);
  if (worker == options_.worker) return deliver_inside(number, text);
  if (!switchboard_.post_inside(worker, number, text)) answer_by_via(text);
}

// A request or an answer that was made ready for a client.
void SipRelay::deliver_to_client(const ClientPlace& client, const std::string& text) {
  auto message = sip::parse_message(text);
  if (!message) return;  // we wrote it
  Channel* channel = channel_of(client);
  if (message->is_request() && (channel == nullptr || channel->is_congested())) {
    if (message->method() == "ACK") return;
    const auto state = read_via(*message, sealer_, RouteState::Kind::ToUpstream);
    if (!state) return;
    const Fault fault = channel == nullptr
                            ? Fault{430, "Flow Failed", "the client's edge is not linked"}
                            : Fault{503, {}, "the channel to the edge is congested"};
    if (fault.status == 430) Counters::add(around_.counters.sip_flow_failed);
    const std::string flow = sip::to_string(client.flow);
    Hop hop;
    hop.flow_id = flow;
    log_fault(hop, fault);
    return answer_inwards(refusal(*message, fault), *state);
  }
  if (channel == nullptr) {
    const std::string flow = sip::to_string(client.flow);
    Hop hop;
    hop.flow_id = flow;
    return drop(hop, "an answer for a client whose edge is not linked");
  }
  send_to_edge(*channel, *message, text);
}

}  // namespace core
