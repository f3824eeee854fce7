#include "home/sip_peers.h"

#include <cassert>
#include <utility>

#include "net/loop.h"
#include "net/socket_stream.h"
#include "sip/response.h"

namespace home {
namespace {

using sip::transport::Connection;
using sip::transport::Direction;

constexpr std::chrono::seconds kIdleRound{30};  // how often somebody looks for idle ones

}  // namespace

SipPeers::SipPeers(net::Loop& loop, base::TrafficLog& log, SipPeersHandler& handler)
    : loop_(loop), log_(log), handler_(handler), idle_timer_(loop, [this] { close_idle(); }) {
  idle_timer_.start(kIdleRound);
}

SipPeers::~SipPeers() = default;

PeerId SipPeers::add(std::unique_ptr<Connection> connection, Peer peer) {
  const PeerId id = ++last_id_;
  ids_.emplace(connection.get(), id);
  by_remote_[peer.remote] = id;
  peer.connection = std::move(connection);
  peer.heard = loop_.now();
  peers_.emplace(id, std::move(peer));
  return id;
}

void SipPeers::accept(net::Socket socket, const base::Endpoint& remote) {
  if (draining_ || peers_.size() >= kMaxPeers) return;  // the socket closes
  Peer peer;
  peer.remote = remote;
  sip::transport::ConnectionHandler& handler = *this;
  add(std::make_unique<Connection>(loop_, std::move(socket), nullptr, handler), std::move(peer));
}

PeerId SipPeers::dial(const base::Endpoint& remote, const std::optional<base::IpAddress>& source) {
  if (draining_ || peers_.size() >= kMaxPeers) return 0;
  net::DialOptions options;
  options.remote = remote;
  if (source && source->is_v4() == remote.address.is_v4()) options.source = source;
  Peer peer;
  peer.remote = remote;
  if (source) peer.local = {*source, 0};  // the port is known once it is open
  sip::transport::ConnectionHandler& handler = *this;
  return add(std::make_unique<Connection>(loop_, options, handler), std::move(peer));
}

PeerId SipPeers::find(const base::Endpoint& remote) const {
  const auto found = by_remote_.find(remote);
  return found == by_remote_.end() ? 0 : found->second;
}

PeerId SipPeers::newest_from(const base::IpAddress& address) const {
  PeerId newest = 0;
  for (auto at = by_remote_.lower_bound({address, 0});
       at != by_remote_.end() && at->first.address == address; ++at) {
    if (at->second > newest && peers_.at(at->second).open) newest = at->second;
  }
  return newest;
}

base::Endpoint SipPeers::local(PeerId peer) const {
  const auto found = peers_.find(peer);
  return found == peers_.end() ? base::Endpoint{} : found->second.local;
}

base::Endpoint SipPeers::remote(PeerId peer) const {
  const auto found = peers_.find(peer);
  return found == peers_.end() ? base::Endpoint{} : found->second.remote;
}

sip::transport::Hop SipPeers::hop(const Peer& peer, Direction direction) const {
  return {direction, peer.local, peer.remote, {}};
}

bool SipPeers::send(PeerId id, const sip::Message& message) {
  const auto found = peers_.find(id);
  if (found == peers_.end()) return false;
  Peer& peer = found->second;
  if (peer.connection->queued_bytes() > net::Stream::kHighWater) return false;
  const std::string text = message.to_string();
  sip::transport::log_message(log_, hop(peer, Direction::Sent), message, text);
  peer.connection->send(text);
  // Who asks and does not read the answers is asked for nothing more until they have left.
  if (peer.connection->queued_bytes() > net::Stream::kHighWater) peer.connection->pause_reading();
  return true;
}

void SipPeers::log_event(PeerId id, base::Level level, std::string_view event,
                         std::string_view reason) {
  const auto found = peers_.find(id);
  const sip::transport::Hop where =
      found == peers_.end() ? sip::transport::Hop{} : hop(found->second, Direction::Received);
  sip::transport::log_event(log_, level, where, event, reason);
}

PeerId SipPeers::id_of(const Connection& connection) const {
  const auto found = ids_.find(&connection);
  assert(found != ids_.end());
  return found->second;
}

void SipPeers::on_open(Connection& connection) {
  Peer& peer = peers_.at(id_of(connection));
  peer.open = true;
  peer.local = connection.info().local;
}

void SipPeers::on_message(Connection& connection, sip::Message message, std::string_view text) {
  const PeerId id = id_of(connection);
  Peer& peer = peers_.at(id);
  peer.heard = loop_.now();
  sip::transport::log_message(log_, hop(peer, Direction::Received), message, text);
  handler_.on_peer_message(id, std::move(message));
}

void SipPeers::on_bad(Connection& connection, std::string_view head, const base::Error& why) {
  const PeerId id = id_of(connection);
  log_event(id, base::Level::Warn, "Message Refused", why.detail);
  const auto message = sip::parse_message(head);
  if (!message || !message->is_request() || message->method() == "ACK") return;
  const int status = why.code == base::Errc::TooLarge ? 513 : 400;
  (void)send(id, sip::make_response(*message, status));
}

void SipPeers::on_keep_alive(Connection& connection) {
  peers_.at(id_of(connection)).heard = loop_.now();
}

void SipPeers::on_drained(Connection& connection) {
  connection.resume_reading();
}

void SipPeers::on_closed(Connection& connection, const base::Error& why) {
  const PeerId id = id_of(connection);
  auto node = peers_.extract(id);
  Peer& peer = node.mapped();
  ids_.erase(&connection);
  const auto known = by_remote_.find(peer.remote);
  if (known != by_remote_.end() && known->second == id) by_remote_.erase(known);
  loop_.retire(std::move(peer.connection));
  handler_.on_peer_gone(id, peer.open, why);
  if (draining_ && peers_.empty() && drained_) std::exchange(drained_, nullptr)();
}

void SipPeers::close_idle() {
  const auto oldest = loop_.now() - kIdleLimit;
  for (auto& [id, peer] : peers_) {
    if (peer.heard < oldest) peer.connection->close();
  }
  idle_timer_.start(kIdleRound);
}

void SipPeers::drain(std::function<void()> done) {
  draining_ = true;
  if (peers_.empty()) return loop_.post(std::move(done));
  drained_ = std::move(done);
  for (auto& [id, peer] : peers_)
    peer.connection->close();
}

}  // namespace home
