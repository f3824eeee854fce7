// The relay's side towards call managers; the other is in sip_relay.cc.

#include <utility>

#include "core/sip_relay.h"
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

constexpr std::string_view kInsideZone = "DefaultZone";  // in Vias of call managers, as received
// Of answers that a peer inside does not read. Requests stop much earlier
// (net::Stream::kHighWater).
constexpr std::size_t kMaxQueuedBytes = 4 * 1024 * 1024;
constexpr std::uint32_t kNumberMask = 0x3fff'ffff;

Hop hop_of(Direction direction, const InsidePeer& peer) {
  const net::StreamInfo& info = peer.connection.info();
  return {direction, info.local, info.remote};
}

bool is_answer_to_register(const Message& response) {
  const auto cseq = sip::parse_cseq(response.value(FieldId::CSeq));
  return cseq && cseq->method == "REGISTER";
}

}  // namespace

std::uint32_t SipRelay::next_number() {
  last_number_ = (last_number_ + 1) & kNumberMask;
  return last_number_ == 0 ? ++last_number_ : last_number_;
}

// Instance of the process (24 bits), worker (10) and connection (30).
std::uint64_t SipRelay::pack(std::uint32_t connection) const {
  return instance_ << 40 | static_cast<std::uint64_t>(options_.worker) << 30 | connection;
}

void SipRelay::on_inside_message(const InsidePeer& from, Message message, std::string_view text) {
  Hop hop = hop_of(Direction::Received, from);
  if (message.is_request()) {
    log_message(around_.traffic, hop, message, text);
    return from_inside(from, std::move(message), text);
  }
  const auto state = read_via(message, sealer_, RouteState::Kind::ToClient);
  const std::string flow = state ? sip::to_string(state->flow) : std::string();
  hop.flow_id = flow;
  log_message(around_.traffic, hop, message, text);
  if (const auto fault = sip::check_response(message)) return drop(hop, fault->detail);
  if (const auto fault = sip::check_room(message, text)) return drop(hop, fault->detail);
  answer_of_inside(std::move(message), state, hop);
}

// An answer of a call manager, or ours in its stead, to a request of a client. `state`: of its top
// Via.
void SipRelay::answer_of_inside(Message response, const std::optional<RouteState>& state,
                                const Hop& hop) {
  if (!state) return drop(hop, "an answer whose top Via is not this core's");
  response.remove_first_value(FieldId::Via);
  const ClientPlace client = place_of(*state);
  response.set(FieldId::SallyportFlow, sip::to_string(client.flow));
  // Contacts stay hidden here, as the seed's logs show them: the edge gives the client its own
  // back.
  if (is_answer_to_register(response) && response.status() / 100 == 2) {
    Counters::add(around_.counters.sip_registered);
  }
  if (Channel* channel = channel_of(client)) {
    return send_to_edge(*channel, response, response.to_string());
  }
  const auto worker = switchboard_.worker_of(client);
  const bool posted = worker && *worker != options_.worker &&
                      switchboard_.post_to_client(*worker, client, response.to_string());
  if (!posted) drop(hop, "an answer for a client whose edge is not linked");
}

void SipRelay::from_inside(const InsidePeer& from, Message request, std::string_view text) {
  std::optional<Fault> fault;
  auto form = sip::check_request(request);
  if (!form) form = sip::check_room(request, text);
  if (form) {
    fault = Fault{form->status, form->phrase, form->detail};
  } else {
    fault = forward_outwards(from, request);
  }
  if (!fault) return;
  log_fault(hop_of(Direction::Received, from), *fault);
  if (request.method() == "ACK") return;
  send_inside(from, refusal(request, *fault).to_string());
}

std::optional<SipRelay::Fault> SipRelay::forward_outwards(const InsidePeer& from,
                                                          Message& request) {
  const std::uint64_t transaction = sip::transaction_key(request);
  sip::mark_received(request, from.connection.info().remote, kInsideZone);
  if (request.method() == "REGISTER") return Fault{403, {}, "REGISTER from inside"};
  if (auto fault = check(request)) return fault;
  const auto client = read_outwards(request, options_.self, sealer_);
  if (!client) {
    const auto uri = sip::parse_uri(request.uri());
    const bool here = uri && options_.self.is_me(uri->host);
    if (here && !uri->has_user && request.method() == "OPTIONS") return Fault{200, {}, {}};
    if (here) return Fault{404, {}, "the request names no client of this core"};
    return Fault{403, {}, "the request is neither for this core nor for a client of it"};
  }
  Channel* channel = channel_of(*client);
  const auto worker = channel ? std::optional(options_.worker) : switchboard_.worker_of(*client);
  if (!worker || (!channel && *worker == options_.worker)) {
    if (!switchboard_.has_seen(*client) && around_.clock.steady() - began_ < kEdgesLinkWithin)
      return Fault{480, {}, "the edge that the client registered by is not linked yet"};
    Counters::add(around_.counters.sip_flow_failed);
    return Fault{430, "Flow Failed", "the edge that the client registered by is not linked"};
  }
  if (channel && channel->is_congested()) {
    return Fault{503, {}, "the channel to the edge is congested"};
  }
  write_outwards(request, options_.self, sealer_, *client, transaction, pack(from.number));
  Counters::add(around_.counters.sip_inside);
  if (channel) {
    send_to_edge(*channel, request, request.to_string());
  } else {
    switchboard_.post_to_client(*worker, *client, request.to_string());
  }
  return std::nullopt;
}

void SipRelay::send_inside(const InsidePeer& to, std::string_view text) {
  if (to.connection.queued_bytes() > kMaxQueuedBytes) {
    to.connection.abort({base::Errc::TooLarge, "it takes no answers"});
    return;
  }
  to.connection.send(text);
  if (!around_.traffic.enabled(base::Level::Info)) return;
  const auto message = sip::parse_message(text);
  if (message) log_message(around_.traffic, hop_of(Direction::Sent, to), *message, text);
}

std::optional<InsidePeer> SipRelay::find_inside(std::uint32_t number) {
  sip::transport::Connection* connection = trunks_.find(number);
  if (connection == nullptr) connection = door_.find(number);
  if (connection == nullptr || !connection->is_open()) return std::nullopt;
  return InsidePeer{number, *connection};
}

void SipRelay::deliver_inside(std::uint32_t connection, const std::string& text) {
  if (const auto peer = find_inside(connection)) return send_inside(*peer, text);
  answer_by_via(text);
}

// The connection that a request came by is gone: RFC 3261 section 18.2.2 opens one to the address
// that it came from, if that is a call manager's.
void SipRelay::answer_by_via(const std::string& text) {
  auto message = sip::parse_message(text);
  if (!message) return;  // we wrote it
  const auto top = message->first_value(FieldId::Via);
  const auto via = top ? sip::parse_via(*top) : base::Error{base::Errc::Malformed, "no Via"};
  std::optional<SipTarget> target;
  if (via) {
    target = nodes_.find(sip::find_param(via->params, "received").value_or(via->host), via->port);
    if (!target) target = nodes_.find(via->host, via->port);
  }
  if (!target) {
    return drop({}, "an answer for a connection that is gone, and its Via names no call manager");
  }
  trunks_.send({*std::move(message), {*target}});
}

void SipRelay::on_inside_bad(const InsidePeer& from, std::string_view, const base::Error& why) {
  drop(hop_of(Direction::Received, from), "no SIP from inside: " + why.detail);
}

void SipRelay::on_inside_sent(const InsidePeer& to, const SipOutgoing& out) {
  Hop hop = hop_of(Direction::Sent, to);
  hop.flow_id = out.flow_id;
  log_message(around_.traffic, hop, out.message, out.text);
}

void SipRelay::on_unsent(const SipOutgoing& out, const base::Error& why) {
  Hop hop{Direction::Sent, {}, {}};
  if (!out.message.is_request()) return drop(hop, "an answer not sent: " + why.detail);
  hop.flow_id = out.flow_id;
  const Fault fault{503, {}, "no call manager took it: " + why.detail};
  log_fault(hop, fault);
  if (out.message.method() == "ACK") return;
  const auto state = read_via(out.message, sealer_, RouteState::Kind::ToClient);
  answer_of_inside(refusal(out.message, fault), state, hop);
}

void SipRelay::on_trunk_up(const std::string& target) {
  around_.log.info("SIP connection up", {{"target", target}});
  around_.counters.sip_trunks.store(trunks_.up_count(), std::memory_order_relaxed);
}

void SipRelay::on_trunk_down(const std::string& target, bool was_up, const base::Error& why) {
  around_.counters.sip_trunks.store(trunks_.up_count(), std::memory_order_relaxed);
  if (was_up) {
    around_.log.warn("SIP connection down", {{"target", target}, {"reason", why.detail}});
  } else {
    around_.log.debug("SIP connection not made", {{"target", target}, {"reason", why.detail}});
  }
}

}  // namespace core
