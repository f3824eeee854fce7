#include "edge/xmpp_gateway.h"

#include <utility>

#include "edge/network.h"
#include "net/tcp.h"

namespace edge {

XmppGateway::XmppGateway(const XmppContext& context, std::shared_ptr<const XmppSettings> settings)
    : around_{context, std::move(settings), Deadlines(context.clock.steady())},
      tick_(context.loop, [this] { tick(); }) {}

XmppGateway::~XmppGateway() = default;

void XmppGateway::accept(net::Socket socket) {
  if (draining_) return;  // the socket closes here
  net::keep_alive(socket);
  XmppClientHandler& self = *this;
  auto client = std::make_unique<XmppClient>(around_, std::move(socket), self);
  // By the address that the client will tell again when it goes: the kernel forgets that of a
  // connection that was reset.
  std::uint64_t& strangers = strangers_[network_of(client->remote().address)];
  if (strangers >= around_.settings->strangers) return;
  ++strangers;
  client->slot = clients_.size();
  clients_.push_back(std::move(client));
  Counters::set(around_.counters.xmpp_connections, clients_.size());
  if (!tick_.running()) tick_.start(kTick);
}

void XmppGateway::forget_stranger(const XmppClient& client) {
  const auto found = strangers_.find(network_of(client.remote().address));
  if (found != strangers_.end() && --found->second == 0) strangers_.erase(found);
}

void XmppGateway::on_client_signed_in(XmppClient& client) {
  forget_stranger(client);
}

void XmppGateway::on_client_joined(XmppClient&, bool joined) {
  joined_count_ += joined ? 1 : static_cast<std::size_t>(-1);
  Counters::set(around_.counters.xmpp_streams, joined_count_);
}

void XmppGateway::on_client_closed(XmppClient& client, const base::Error&) {
  if (!client.signed_in()) forget_stranger(client);
  const std::size_t slot = client.slot;
  std::swap(clients_[slot], clients_.back());
  clients_[slot]->slot = slot;
  around_.loop.retire(std::move(clients_.back()));
  clients_.pop_back();
  Counters::set(around_.counters.xmpp_connections, clients_.size());
  if (draining_ && clients_.empty()) tick_.start(std::chrono::milliseconds{0});
}

void XmppGateway::drain(std::function<void()> done) {
  if (std::exchange(draining_, true)) return;
  drained_ = std::move(done);
  for (const auto& client : clients_)
    client->shut_down();
  tick_.start(std::chrono::milliseconds{0});
}

void XmppGateway::tick() {
  if (draining_ && clients_.empty()) {
    const auto done = std::exchange(drained_, nullptr);
    if (done) done();  // last: it may destroy this
    return;
  }
  const auto now = around_.clock.steady();
  around_.deadlines.visit_due(
      now, [now](Deadline& due) { static_cast<XmppClient&>(due).on_deadline(now); });
  if (!clients_.empty()) tick_.start(kTick);
}

}  // namespace edge
