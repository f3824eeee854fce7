#include "core/sip_door.h"

#include <algorithm>
#include <utility>

namespace core {

using sip::transport::Connection;

SipDoor::SipDoor(net::Loop& loop, InsideHandler& handler, const Limits& limits)
    : loop_(loop), handler_(handler), limits_(limits), sweep_(loop, [this] { sweep(); }) {}

SipDoor::~SipDoor() = default;

base::Result<> SipDoor::open(const std::vector<base::Endpoint>& addresses) {
  for (const base::Endpoint& address : addresses) {
    auto listener = net::Listener::open(
        loop_, address,
        [this](net::Socket socket, const base::Endpoint&) { accept(std::move(socket)); },
        net::Sharing::Workers);
    if (!listener) return listener.error();
    listeners_.push_back(std::move(*listener));
  }
  return {};
}

void SipDoor::close() {
  for (const auto& listener : listeners_)
    listener->close();
}

void SipDoor::accept(net::Socket socket) {
  if (connections_.size() >= kMaxConnections) return;
  const std::uint32_t number = handler_.next_number();
  ConnectionHandler& self = *this;
  auto connection = std::make_unique<Connection>(loop_, std::move(socket), nullptr, self);
  numbers_[connection.get()] = number;
  connections_[number] = {std::move(connection), loop_.now()};
  if (!sweep_.running()) sweep_.start(std::min(limits_.first, limits_.idle) / 4);
}

void SipDoor::note(const Connection& connection) {
  const auto found = connections_.find(number_of(connection));
  if (found == connections_.end()) return;
  found->second.heard = loop_.now();
  found->second.has_spoken = true;
}

void SipDoor::sweep() {
  for (auto& [number, guest] : connections_) {
    const auto limit = guest.has_spoken ? limits_.idle : limits_.first;
    if (loop_.now() - guest.heard >= limit) guest.connection->close();
  }
  if (!connections_.empty()) sweep_.start(std::min(limits_.first, limits_.idle) / 4);
}

Connection* SipDoor::find(std::uint32_t number) {
  const auto found = connections_.find(number);
  return found == connections_.end() ? nullptr : found->second.connection.get();
}

std::uint32_t SipDoor::number_of(const Connection& connection) const {
  const auto found = numbers_.find(&connection);
  return found == numbers_.end() ? 0 : found->second;
}

void SipDoor::on_message(Connection& connection, sip::Message message, std::string_view text) {
  note(connection);
  handler_.on_inside_message({number_of(connection), connection}, std::move(message), text);
}

void SipDoor::on_bad(Connection& connection, std::string_view head, const base::Error& why) {
  handler_.on_inside_bad({number_of(connection), connection}, head, why);
}

void SipDoor::on_closed(Connection& connection, const base::Error&) {
  const auto found = connections_.find(number_of(connection));
  numbers_.erase(&connection);
  if (found == connections_.end()) return;
  loop_.retire(std::shared_ptr<Connection>(std::move(found->second.connection)));
  connections_.erase(found);
}

}  // namespace core
