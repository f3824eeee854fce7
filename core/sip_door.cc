#include "core/sip_door.h"

#include <utility>

namespace core {

using sip::transport::Connection;

SipDoor::~SipDoor() = default;

base::Result<> SipDoor::open(const std::vector<base::Endpoint>& addresses) {
  for (const base::Endpoint& address : addresses) {
    auto listener = net::Listener::open(
        loop_, address,
        [this](net::Socket socket, const base::Endpoint&) { accept(std::move(socket)); });
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
  connections_[number] = std::move(connection);
}

Connection* SipDoor::find(std::uint32_t number) {
  const auto found = connections_.find(number);
  return found == connections_.end() ? nullptr : found->second.get();
}

std::uint32_t SipDoor::number_of(const Connection& connection) const {
  const auto found = numbers_.find(&connection);
  return found == numbers_.end() ? 0 : found->second;
}

void SipDoor::on_message(Connection& connection, sip::Message message, std::string_view text) {
  handler_.on_inside_message({number_of(connection), connection}, std::move(message), text);
}

void SipDoor::on_bad(Connection& connection, std::string_view head, const base::Error& why) {
  handler_.on_inside_bad({number_of(connection), connection}, head, why);
}

void SipDoor::on_closed(Connection& connection, const base::Error&) {
  const auto found = connections_.find(number_of(connection));
  numbers_.erase(&connection);
  if (found == connections_.end()) return;
  loop_.retire(std::shared_ptr<Connection>(std::move(found->second)));
  connections_.erase(found);
}

}  // namespace core
