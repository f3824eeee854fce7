#pragma once
// Where call managers reach a worker: its listeners inside, each shared with the other workers, and
// what they accepted.
// Whoever connects proves nothing; what it may reach is sealed in what it sends (sip_rewrite.h).

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "base/address.h"
#include "core/sip_inside.h"
#include "net/listener.h"
#include "net/loop.h"
#include "net/timer.h"

namespace core {

class SipDoor final : private sip::transport::ConnectionHandler {
 public:
  // At once: call managers have one each, or one for each worker of theirs; more are closed.
  static constexpr std::size_t kMaxConnections = 4096;

  // A place is for who uses it: call managers send a message at once and keep-alives later.
  struct Limits {
    std::chrono::milliseconds first{30'000};      // until the first byte of sense
    std::chrono::milliseconds idle{15 * 60'000};  // between two
  };

  // `loop` and `handler` must outlive it.
  SipDoor(net::Loop& loop, InsideHandler& handler, const Limits& limits);
  SipDoor(net::Loop& loop, InsideHandler& handler) : SipDoor(loop, handler, Limits()) {}
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
  struct Guest {
    std::unique_ptr<sip::transport::Connection> connection;
    std::chrono::steady_clock::time_point heard;  // or accepted
    bool has_spoken = false;
  };

  void accept(net::Socket socket);
  void note(const sip::transport::Connection& connection);
  void sweep();
  void on_open(sip::transport::Connection&) override {}
  void on_keep_alive(sip::transport::Connection& connection) override { note(connection); }
  void on_message(sip::transport::Connection& connection, sip::Message message,
                  std::string_view text) override;
  void on_bad(sip::transport::Connection& connection, std::string_view head,
              const base::Error& why) override;
  void on_closed(sip::transport::Connection& connection, const base::Error& why) override;
  std::uint32_t number_of(const sip::transport::Connection& connection) const;

  net::Loop& loop_;
  InsideHandler& handler_;
  std::vector<std::unique_ptr<net::Listener>> listeners_;
  const Limits limits_;
  std::map<std::uint32_t, Guest> connections_;
  std::map<const sip::transport::Connection*, std::uint32_t> numbers_;
  net::Timer sweep_;  // one for all: a connection is closed within a fourth of a limit after it
};

}  // namespace core
