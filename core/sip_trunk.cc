#include "core/sip_trunk.h"

#include <algorithm>
#include <utility>

#include "base/random.h"
#include "net/stream.h"

namespace core {

using sip::transport::Connection;

namespace {

std::chrono::milliseconds rest_after(int failures) {
  const int doublings = std::clamp(failures - 1, 0, 6);
  const auto longest = std::min(SipTrunk::kFirstRest * (1 << doublings), SipTrunk::kMaxRest);
  const auto half = static_cast<std::uint64_t>(longest.count() / 2);
  return std::chrono::milliseconds(half + base::random_below(half + 1));
}

}  // namespace

SipTrunk::SipTrunk(SipTrunks& owner, SipTarget target)
    : owner_(owner), target_(std::move(target)), timer_(owner.loop_, [this] { on_timer(); }) {}

SipTrunk::~SipTrunk() = default;

bool SipTrunk::has_address(const base::IpAddress& address) const {
  return std::find(addresses_.begin(), addresses_.end(), address) != addresses_.end();
}

bool SipTrunk::offer(SipOutgoing& out) {
  if (state_ == State::Up) {
    if (connection_->queued_bytes() > net::Stream::kHighWater) return false;
    write(out);
    return true;
  }
  if (waiting_bytes_ + out.text.size() > kMaxWaitingBytes) return false;
  waiting_bytes_ += out.text.size();
  waiting_.push_back(std::move(out));
  // A rest is for redialling unasked. Who is sent here has no better place to go.
  if (state_ == State::Idle || state_ == State::Resting) resolve();
  return true;
}

void SipTrunk::write(const SipOutgoing& out) {
  connection_->send(out.text);
  owner_.handler_.on_inside_sent({number_, *connection_}, out);
}

void SipTrunk::resolve() {
  state_ = State::Resolving;
  timer_.stop();
  query_ = owner_.resolver_.addresses(
      target_.host, [this](const dns::AddressAnswer& answer) { on_addresses(answer); });
}

void SipTrunk::on_addresses(const dns::AddressAnswer& answer) {
  if (answer.outcome != dns::Outcome::Ok) {
    return rest({base::Errc::NotFound, "no address for " + target_.host + ": " +
                                           dns::to_string(answer.outcome) + " " + answer.detail});
  }
  addresses_ = answer.addresses;
  next_address_ = 0;
  dial_next();
}

void SipTrunk::dial_next() {
  state_ = State::Dialling;
  net::DialOptions dial;
  dial.remote = {addresses_[next_address_++], target_.port};
  dial.tls = owner_.settings_.tls;
  if (dial.tls) {
    const auto address = base::parse_ip(target_.host);
    dial.expected.push_back(address ? certs::Name{certs::Name::Kind::Ip, base::to_string(*address)}
                                    : certs::dns_name(target_.host));
  }
  dial.source = owner_.settings_.source;
  dial.limits.connect = owner_.settings_.connect;
  number_ = owner_.handler_.next_number();
  ConnectionHandler& self = *this;
  connection_ = std::make_unique<Connection>(owner_.loop_, dial, self);
}

void SipTrunk::on_open(Connection&) {
  state_ = State::Up;
  failures_ = 0;
  answers_pings_ = false;
  pinged_ = false;
  owner_.failed_.succeeded(target_.host, target_.port);
  owner_.handler_.on_trunk_up(to_string(target_));
  waiting_bytes_ = 0;
  for (const SipOutgoing& out : std::exchange(waiting_, {}))
    write(out);
  timer_.start(kPing);
}

void SipTrunk::on_message(Connection& connection, sip::Message message, std::string_view text) {
  owner_.handler_.on_inside_message({number_, connection}, std::move(message), text);
}

void SipTrunk::on_bad(Connection& connection, std::string_view head, const base::Error& why) {
  owner_.handler_.on_inside_bad({number_, connection}, head, why);
}

void SipTrunk::on_keep_alive(Connection&) {
  answers_pings_ = true;
  if (!std::exchange(pinged_, false)) return;
  timer_.start(kPing);
}

void SipTrunk::on_timer() {
  if (state_ == State::Resting) return resolve();
  if (state_ != State::Up) return;
  // Who never answered a ping may not know of them, and is not held to it.
  if (pinged_ && answers_pings_) {
    connection_->abort({base::Errc::Timeout, to_string(target_) + " answers no keep-alive"});
    return;
  }
  connection_->ping();
  pinged_ = true;
  timer_.start(answers_pings_ ? kPong : kPing);
}

void SipTrunk::on_closed(Connection&, const base::Error& why) {
  owner_.loop_.retire(std::shared_ptr<Connection>(std::move(connection_)));
  if (state_ == State::Dialling && next_address_ < addresses_.size()) return dial_next();
  rest(why);
}

// What waited goes elsewhere.
void SipTrunk::rest(const base::Error& why) {
  const bool was_up = state_ == State::Up;
  state_ = State::Resting;
  ++failures_;
  owner_.failed_.failed(target_.host, target_.port, owner_.loop_.now());
  if (failures_ < kGiveUp) {
    timer_.start(rest_after(failures_));
  } else {
    state_ = State::Idle;
    timer_.stop();
  }
  owner_.handler_.on_trunk_down(to_string(target_), was_up, why);
  waiting_bytes_ = 0;
  for (SipOutgoing& out : std::exchange(waiting_, {}))
    owner_.try_next(std::move(out), why);
}

SipTrunks::SipTrunks(net::Loop& loop, dns::Resolver& resolver, InsideHandler& handler,
                     SipTrunkSettings settings)
    : loop_(loop),
      resolver_(resolver),
      handler_(handler),
      settings_(std::move(settings)),
      unsent_timer_(loop, [this] { tell_unsent(); }) {}

SipTrunks::~SipTrunks() = default;

SipTrunk& SipTrunks::at(const SipTarget& target) {
  std::unique_ptr<SipTrunk>& trunk = trunks_[target];
  if (!trunk) trunk = std::make_unique<SipTrunk>(*this, target);
  return *trunk;
}

void SipTrunks::send(SipOutgoing out) {
  std::stable_partition(out.targets.begin(), out.targets.end(), [this](const SipTarget& target) {
    return !failed_.is_failed(target.host, target.port, loop_.now());
  });
  try_next(std::move(out), {base::Errc::NotFound, "no call manager to send it to"});
}

void SipTrunks::try_next(SipOutgoing out, base::Error why) {
  while (!out.targets.empty()) {
    const SipTarget target = out.targets.front();
    out.targets.erase(out.targets.begin());
    if (at(target).offer(out)) return;
    why = {base::Errc::TooLarge, to_string(target) + " is congested"};
  }
  unsent_.emplace_back(std::move(out), std::move(why));
  unsent_timer_.start(std::chrono::milliseconds{0});
}

void SipTrunks::tell_unsent() {
  for (const auto& [out, why] : std::exchange(unsent_, {}))
    handler_.on_unsent(out, why);
}

Connection* SipTrunks::find(std::uint32_t number) {
  for (const auto& [target, trunk] : trunks_) {
    if (trunk->number() == number && trunk->is_up()) return trunk->connection();
  }
  return nullptr;
}

std::optional<std::string> SipTrunks::host_of(const base::IpAddress& address) const {
  for (const auto& [target, trunk] : trunks_) {
    if (trunk->has_address(address)) return target.host;
  }
  return std::nullopt;
}

std::size_t SipTrunks::up_count() const {
  return static_cast<std::size_t>(std::count_if(
      trunks_.begin(), trunks_.end(), [](const auto& one) { return one.second->is_up(); }));
}

}  // namespace core
