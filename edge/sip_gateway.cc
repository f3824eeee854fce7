#include "edge/sip_gateway.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <utility>

#include "base/text.h"
#include "sip/check.h"
#include "sip/forward.h"
#include "sip/response.h"

namespace edge {

using sip::FieldId;
using sip::transport::Direction;

namespace {

constexpr std::string_view kRetryAfterSeconds = "2";
constexpr std::size_t kMaxWarningBytes = 256;  // of a reason that may quote what the client sent

}  // namespace

std::size_t SipGateway::FlowHash::operator()(const sip::FlowId& flow) const noexcept {
  std::size_t hash = 0;  // flows are random already
  std::memcpy(&hash, flow.data(), sizeof hash);
  return hash;
}

SipGateway::SipGateway(const Context& context, std::shared_ptr<const SipSettings> settings)
    : context_(context),
      settings_(std::move(settings)),
      branches_(context.secrets.branch_key),
      channels_(context.loop, context.links, settings_->name, *this),
      questions_(channels_, associations_, context.traffic, context.counters, context.clock,
                 context.secrets, *this),
      deadlines_(context.clock.steady()),
      tick_(context.loop, [this] { tick(); }) {}

SipGateway::~SipGateway() = default;

void SipGateway::accept(net::Socket socket) {
  if (draining_) return;  // the socket closes here
  SipClientHandler& self = *this;
  auto client = std::make_unique<SipClient>(context_.loop, std::move(socket), *settings_,
                                            context_.clock, self);
  deadlines_.set(*client, client->unregistered_since +
                              std::min(settings_->register_limit, settings_->idle_limit));
  const sip::FlowId flow = client->flow();
  clients_.emplace(flow, std::move(client));
  Counters::set(context_.counters.sip_connections, clients_.size());
  if (!tick_.running()) tick_.start(kTick);
}

SipClient* SipGateway::find(const sip::FlowId& flow) {
  const auto found = clients_.find(flow);
  return found != clients_.end() && found->second->is_open() ? found->second.get() : nullptr;
}

std::int64_t SipGateway::seconds_now() const {
  return std::chrono::system_clock::to_time_t(context_.clock.now());
}

SipHops SipGateway::hops(const SipClient& client, const SipCore* core) const {
  return {settings_->name, client.flow_id(), client.info().remote, client.info().local,
          core ? core->link.stream().local : base::Endpoint{}};
}

void SipGateway::drain(std::function<void()> done) {
  if (std::exchange(draining_, true)) return;
  drained_ = std::move(done);
  for (const auto& [flow, client] : clients_)
    end(*client);
  tick_.start(std::chrono::milliseconds{0});
}

void SipGateway::revoke(std::span<const policy::Revocation> revocations) {
  using policy::Revocation;
  // One look at all clients however many users are revoked.
  std::map<std::pair<std::string_view, std::string_view>, std::chrono::sys_seconds> users;
  for (const Revocation& revocation : revocations) {
    associations_.revoke(revocation, context_.clock.now());
    if (revocation.kind != Revocation::Kind::User) continue;
    auto& before = users[{revocation.user, revocation.domain}];
    before = std::max(before, revocation.before);
  }
  if (users.empty()) return;
  for (const auto& [flow, client] : clients_) {
    std::string who;
    const bool ends = client->registrations.any_of([&](const sip::Association& association) {
      const auto found = users.find({association.user, association.domain});
      if (found == users.end() || association.issued > found->second) return false;
      who = association.user + "@" + association.domain;
      return true;
    });
    if (!ends) continue;
    note(*client, base::Level::Info, "Registration Revoked", "the sign-in of " + who + " ended");
    end(*client);
  }
}

void SipGateway::on_client_message(SipClient& client, sip::Message message, std::string_view text) {
  Counters::add(context_.counters.sip_messages);
  log_message(context_.traffic, client.hop(Direction::Received), message, text);
  message.remove(FieldId::SallyportFlow);
  const auto excess = sip::check_room(message, text);
  if (!message.is_request()) {
    if (!excess) return on_client_response(client, std::move(message));
    return note(client, base::Level::Info, "Response Dropped", excess->detail);
  }
  if (excess) return refuse(client, message, {excess->status, excess->detail});
  sip::mark_received(message, client.info().remote, kClientZone);
  if (const auto refusal = check_form(message)) return refuse(client, message, *refusal);
  const SipAdmission admission = admit(message, *settings_, client.registrations.any());
  if (admission.refusal) return refuse(client, message, *admission.refusal);
  switch (admission.task) {
    case SipTask::Register:
      return on_register(client, std::move(message), false);
    case SipTask::AnswerOptions:
      return answer_options(client, message);
    case SipTask::Forward:
      return forward(client, std::move(message));
  }
}

void SipGateway::on_client_bad(SipClient& client, std::string_view head, const base::Error& why) {
  Counters::add(context_.counters.sip_messages);
  Counters::add(context_.counters.sip_refused);
  note(client, base::Level::Info, "Message Refused", why.detail);
  const base::Result<sip::Message> message = sip::parse_message(head);
  if (!message || !message->is_request() || message->method() == "ACK") return;
  send(client, sip::make_response(*message, why.code == base::Errc::TooLarge ? 513 : 400));
}

void SipGateway::on_client_closed(SipClient& client, const base::Error& why) {
  if (!client.was_open()) {
    Counters::add(context_.counters.handshake_failures);
    context_.log.debug("SIP connection not opened",
                       {{"client", base::to_string(client.info().remote)}, {"reason", why.detail}});
  } else if (client.registered) {
    note(client, base::Level::Info, "Registered Client Gone", why.detail);
  }
  if (client.registered) --registered_count_;
  deadlines_.cancel(client);  // it lives until this turn ends
  auto node = clients_.extract(client.flow());
  context_.loop.retire(std::shared_ptr<SipClient>(std::move(node.mapped())));
  Counters::set(context_.counters.sip_connections, clients_.size());
  Counters::set(context_.counters.sip_connections_registered, registered_count_);
  if (draining_ && clients_.empty()) tick_.start(std::chrono::milliseconds{0});
}

void SipGateway::tick() {
  if (draining_ && clients_.empty() && drained_) {
    const auto done = std::exchange(drained_, nullptr);
    return done();  // last: it may destroy this
  }
  questions_.tick();
  const auto now = context_.clock.steady();
  deadlines_.visit_due(now, [&](Deadline& due) { on_deadline(static_cast<SipClient&>(due), now); });
  if (!clients_.empty() || !questions_.idle()) tick_.start(kTick);
}

// Something of the client may be over: ends it, and finds out when to look again.
void SipGateway::on_deadline(SipClient& client, Deadline::Steady now) {
  client.nonces.expire(seconds_now());
  client.registrations.expire(now);
  count_registered(client);
  auto due = client.last_heard() + settings_->idle_limit;
  if (!client.was_open()) {
    // The handshake has a limit of its own.
    due = now + std::min(settings_->register_limit, settings_->idle_limit);
  } else if (due <= now) {
    note(client, base::Level::Info, "Connection Closed", "nothing was heard for too long");
    return end(client);
  } else if (!client.registered) {
    due = std::min(due, client.unregistered_since + settings_->register_limit);
    if (due <= now) {
      note(client, base::Level::Info, "Connection Closed", "nothing was registered in time");
      return end(client);
    }
  }
  if (client.nonces.size() > 0) due = std::min(due, now + kNonceMemory);
  due = std::min(due, client.registrations.next_end());
  deadlines_.set(client, std::max(due, now + kLookPause));
}

// What comes from inside while the queue leaves finds nobody.
void SipGateway::end(SipClient& client) {
  client.registrations = {};
  count_registered(client);
  deadlines_.cancel(client);
  client.close();
}

void SipGateway::count_registered(SipClient& client) {
  const bool now = client.registrations.any();
  if (std::exchange(client.registered, now) == now) return;
  if (now) {
    ++registered_count_;
  } else {
    --registered_count_;
    client.unregistered_since = context_.clock.steady();
    deadlines_.no_later_than(client, client.unregistered_since + settings_->register_limit);
  }
  Counters::set(context_.counters.sip_connections_registered, registered_count_);
}

void SipGateway::send(SipClient& client, const sip::Message& message) {
  const std::string text = message.to_string();
  log_message(context_.traffic, client.hop(Direction::Sent), message, text);
  client.send(text);
}

void SipGateway::note(const SipClient& client, base::Level level, std::string_view event,
                      std::string_view reason) {
  log_event(context_.traffic, level, client.hop(Direction::Received), event, reason);
}

void SipGateway::refuse(SipClient& client, const sip::Message& request, const SipRefusal& refusal) {
  Counters::add(context_.counters.sip_refused);
  note(client, base::Level::Info, "Request Refused",
       fmt::format("{} {}: {}", refusal.status, request.method(), refusal.reason));
  if (request.method() == "ACK") return;  // RFC 3261 section 17: never answered
  sip::Message response = sip::make_response(request, refusal.status, refusal.phrase);
  if (refusal.status == 405) {
    response.add("Allow", client.registrations.any() ? kAllow : kAllowUnregistered);
  }
  if (refusal.cause != 0) {
    response.add(FieldId::Reason, fmt::format("SIP;cause={};text=\"{}\"", refusal.cause,
                                              sip::reason_phrase(refusal.cause)));
  }
  // RFC 3261 section 20.43: for the client's own log, and for `sallyport login`.
  response.add(FieldId::Warning,
               fmt::format("399 {} {}", settings_->name,
                           sip::quote(base::escape_for_log(
                               std::string_view(refusal.reason).substr(0, kMaxWarningBytes)))));
  if (!refusal.unsupported.empty()) response.add(FieldId::Unsupported, refusal.unsupported);
  send(client, response);
}

void SipGateway::unavailable(SipClient& client, const sip::Message& request,
                             std::string_view reason) {
  Counters::add(context_.counters.sip_unavailable);
  note(client, base::Level::Warn, "Request Refused",
       fmt::format("503 {}: {}", request.method(), reason));
  if (request.method() == "ACK") return;
  sip::Message response = sip::make_response(request, 503);
  response.add(FieldId::RetryAfter, kRetryAfterSeconds);
  send(client, response);
}

void SipGateway::answer_options(SipClient& client, const sip::Message& request) {
  sip::Message response = sip::make_response(request, 200);
  response.add(FieldId::Allow, kAllow);
  response.add(FieldId::Accept, "application/sdp");
  response.add(FieldId::Supported, "path, outbound");
  send(client, response);
}

}  // namespace edge
