// What passes the edge in both directions once a client is known (wire.md 6.5 and 6.6).

#include <fmt/format.h>

#include <utility>

#include "edge/sip_gateway.h"
#include "sip/check.h"
#include "sip/forward.h"
#include "sip/headers.h"
#include "sip/response.h"

namespace edge {

using sip::FieldId;
using sip::transport::Direction;

// Where a client's request goes, by its Route, which is taken off, and its user. Null: it was
// answered.
SipCore* SipGateway::choose(SipClient& client, sip::Message& request,
                            const sip::Association& association) {
  const std::vector<std::string> hosts = channels_.route_hosts(association.domain);
  if (channels_.serving(association.domain).empty()) {
    unavailable(client, request, "no core that serves " + association.domain + " is connected");
    return nullptr;
  }
  const RouteChoice route =
      take_routes(request, {settings_->name, client.info().local, client.flow_id()}, hosts);
  if (route.refusal) {
    refuse(client, request, *route.refusal);
    return nullptr;
  }
  SipCore* core = channels_.choose(association.domain, association.user, route.core);
  if (!core || core->channel->is_congested()) {
    unavailable(client, request, core ? "the channel to the core is congested" : "no core");
    return nullptr;
  }
  return core;
}

void SipGateway::send_inside(SipClient& client, SipCore& core, const sip::Message& message) {
  const std::string text = message.to_string();
  log_message(context_.traffic, core.hop(Direction::Sent, client.flow_id()), message, text);
  core.channel->send(text);
}

// A request within a registration: From is an address of it, which is vouched for, or the one that
// the client was called by, in the dialog of that call.
void SipGateway::forward(SipClient& client, sip::Message request) {
  const base::Result<sip::NameAddr> from = sip::parse_name_addr(request.value(FieldId::From));
  AssociationPtr owner = from ? client.registrations.owner(from->uri, settings_->domains) : nullptr;
  std::optional<FieldId> asserted = FieldId::From;
  if (!owner) {
    const EdgeNames names{settings_->name, client.info().local, client.flow_id()};
    if (branches_.is_called(request, called_mark(request, names), client.flow())) {
      owner = client.registrations.first();
      asserted.reset();
    }
  }
  if (!owner) {
    return refuse(client, request,
                  {403, fmt::format("From {} is registered by nobody on this connection",
                                    request.value(FieldId::From))});
  }
  SipCore* core = choose(client, request, *owner);
  if (!core) return;
  SipHops between = hops(client, core);
  between.account = owner->user + "@" + owner->domain;
  const std::string branch =
      branches_.make(request, BranchKey::Toward::Core, client.flow(), core->token);
  sip::lower_max_forwards(request);
  dress_for_core(request, between, asserted);
  add_via(request, between.link, kTunnelZone, branch);
  Counters::add(context_.counters.sip_forwarded);
  send_inside(client, *core, request);
}

// A client's answer to a request from inside: only to one that we sent it.
void SipGateway::on_client_response(SipClient& client, sip::Message response) {
  const auto drop = [&](std::string_view why) {
    note(client, base::Level::Info, "Response Dropped",
         fmt::format("{}: {}", response.status(), why));
  };
  if (const auto fault = sip::check_response(response)) return drop(fault->detail);
  const auto token = branches_.judge(response, BranchKey::Toward::Client, client.flow());
  if (!token) return drop("no request of ours is answered by it");
  SipCore* core = channels_.by_token(*token);
  if (!core) {
    // That core is gone; what it knew is sealed into the Vias, so another can go on.
    const AssociationPtr any = client.registrations.first();
    if (any) core = channels_.choose(any->domain, any->user, {});
  }
  if (!core) return drop("no core is connected");
  if (core->channel->is_full()) return drop("the channel to the core is full");
  strip_claims(response);
  response.remove_first_value(FieldId::Via);
  response.set(FieldId::SallyportFlow, client.flow_id());
  send_inside(client, *core, response);
}

void SipGateway::on_core_message(SipCore& core, sip::Message message, std::string_view text) {
  const std::string flow_id(message.value(FieldId::SallyportFlow));
  log_message(context_.traffic, core.hop(Direction::Received, flow_id), message, text);
  if (message.is_request()) {
    on_core_request(core, std::move(message), flow_id);
  } else {
    on_core_response(core, std::move(message), flow_id);
  }
}

void SipGateway::on_core_found(SipCore& core) {
  context_.log.info("SIP channel up", {{"core", core.name()}});
  Counters::set(context_.counters.sip_channels, channel_count());
}

void SipGateway::on_core_lost(SipCore& core, const base::Error& why) {
  Counters::set(context_.counters.sip_channels, channel_count());
  context_.log.warn("SIP channel down", {{"core", core.name()}, {"reason", why.detail}});
  questions_.on_core_lost(core);
}

void SipGateway::answer_core(SipCore& core, const sip::Message& request, int status,
                             std::string_view flow_id, std::string_view reason) {
  log_event(context_.traffic, base::Level::Info, core.hop(Direction::Received, flow_id),
            "Request Refused", fmt::format("{} {}: {}", status, request.method(), reason));
  if (core.channel->is_full()) return;  // it does not read what it asked for
  if (status == 430) Counters::add(context_.counters.sip_flow_failures);
  if (request.method() == "ACK") return;
  sip::Message response = sip::make_response(request, status, status == 430 ? "Flow Failed" : "");
  if (!flow_id.empty()) response.set(FieldId::SallyportFlow, flow_id);
  const std::string text = response.to_string();
  log_message(context_.traffic, core.hop(Direction::Sent, flow_id), response, text);
  core.channel->send(text);
}

void SipGateway::on_core_request(SipCore& core, sip::Message request, std::string_view flow_id) {
  if (const auto refusal = check_form(request)) {
    return answer_core(core, request, refusal->status, flow_id, refusal->reason);
  }
  const std::optional<sip::FlowId> flow = sip::parse_flow(flow_id);
  SipClient* client = flow ? find(*flow) : nullptr;
  if (!client) return answer_core(core, request, 430, flow_id, "the client's connection is gone");
  // A registrar's first request may overtake its answer to the REGISTER.
  if (!client->registrations.any() && !client->registrations.any_pending()) {
    return answer_core(core, request, 430, flow_id, "nothing is registered on the connection");
  }
  if (client->is_congested()) {
    return answer_core(core, request, 503, flow_id, "the client does not read what it is sent");
  }
  SipHops between = hops(*client, &core);
  if (sip::opens_dialog(request)) between.called = branches_.mark_called(request, client->flow());
  const std::string branch =
      branches_.make(request, BranchKey::Toward::Client, client->flow(), core.token);
  sip::lower_max_forwards(request);
  dress_for_client(request, between);
  add_via(request, between.dialled, kClientZone, branch);
  Counters::add(context_.counters.sip_to_clients);
  send(*client, request);
}

void SipGateway::on_core_response(SipCore& core, sip::Message response, std::string_view flow_id) {
  const auto drop = [&](std::string_view why) {
    log_event(context_.traffic, base::Level::Info, core.hop(Direction::Received, flow_id),
              "Response Dropped", fmt::format("{}: {}", response.status(), why));
  };
  if (const auto fault = sip::check_response(response)) return drop(fault->detail);
  if (questions_.on_response(core, response)) return;
  const std::optional<sip::FlowId> flow = sip::parse_flow(flow_id);
  SipClient* client = flow ? find(*flow) : nullptr;
  if (!client) return drop("the client's connection is gone");
  const auto token = branches_.judge(response, BranchKey::Toward::Core, client->flow());
  if (!token) return drop("no request of ours is answered by it");
  const std::string via(response.first_value(FieldId::Via).value_or(""));
  response.remove_first_value(FieldId::Via);
  response.remove(FieldId::SallyportFlow);
  const base::Result<sip::CSeq> cseq = sip::parse_cseq(response.value(FieldId::CSeq));
  if (cseq && cseq->method == "REGISTER") {
    sip::restore_contacts(response);
    const base::Result<sip::Via> own = sip::parse_via(via);
    if (own && response.status() >= 200) {
      finish_register(*client, own->branch().substr(sip::kMagicCookie.size()), response);
    }
  }
  send(*client, response);
}

void SipGateway::finish_register(SipClient& client, std::string_view branch,
                                 const sip::Message& response) {
  using Change = SipRegistrations::Change;
  const auto now = context_.clock.steady();
  const SipRegistrations::Outcome outcome = client.registrations.finish(branch, response, now);
  count_registered(client);
  switch (outcome.change) {
    case Change::None:
      return;
    case Change::Removed:
      return note(client, base::Level::Info, "Unregistered",
                  fmt::format("{} of {}", outcome.line, outcome.association->user));
    case Change::Registered:
      break;
  }
  client.wrong_digests = 0;
  deadlines_.no_later_than(client,
                           now + std::chrono::seconds{outcome.seconds} + SipRegistrations::kGrace);
  Counters::add(context_.counters.sip_registered_total);
  note(client, base::Level::Info, "Registered",
       fmt::format("{} of {} for {} s", outcome.line, outcome.association->user, outcome.seconds));
  // The sign-in ended while the registrar was asked.
  if (!associations_.is_revoked(*outcome.association)) return;
  note(client, base::Level::Info, "Registration Revoked", "the sign-in ended meanwhile");
  end(client);
}

}  // namespace edge
