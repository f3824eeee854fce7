#pragma once
// Where call managers reach a worker: its listeners inside (SO_REUSEPORT) and what they accepted.
// Whoever connects proves nothing; what it may reach is sealed in what it sends (sip_rewrite.h).

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "base/address.h"
#include "core/sip_inside.h"
#include "net/listener.h"
#include "net/loop.h"

namespace core {

class SipDoor final : private sip::transport::ConnectionHandler {
 public:
  // At once: call managers have one each, or one for each worker of theirs; more are closed.
  static constexpr std::size_t kMaxConnections = 4096;

  // `loop` and `handler` must outlive it.
  SipDoor(net::Loop& loop, InsideHandler& handler) : loop_(loop), handler_(handler) {}
  ~SipDoor();

  // System when an address cannot be bound.
  base::Result<> open(const std::vector<base::Endpoint>& addresses);
  // Takes no new connection.
  void close();
  sip::transport::Connection* find(std::uint32_t number);
  std::size_t count() const { return connections_.size(); }
  // Where it listens, for tests.
  const base::Endpoint& local() const { return listeners_.front()->local(); }

 private:
  void accept(net::Socket socket);
  void on_open(sip::transport::Connection&) override {}
  void on_message(sip::transport::Connection& connection, sip::Message message,
                  std::string_view text) override;
  void on_bad(sip::transport::Connection& connection, std::string_view head,
              const base::Error& why) override;
  void on_closed(sip::transport::Connection& connection, const base::Error& why) override;
  std::uint32_t number_of(const sip::transport::Connection& connection) const;

  net::Loop& loop_;
  InsideHandler& handler_;
  std::vector<std::unique_ptr<net::Listener>> listeners_;
  std::map<std::uint32_t, std::unique_ptr<sip::transport::Connection>> connections_;
  std::map<const sip::transport::Connection*, std::uint32_t> numbers_;
};

}  // namespace core
