#pragma once
// A client's connection and what the edge knows of it.

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "edge/deadlines.h"
#include "edge/sip_challenge.h"
#include "edge/sip_registrations.h"
#include "edge/sip_settings.h"
#include "net/socket.h"
#include "sip/sealed.h"
#include "sip/transport/connection.h"
#include "sip/transport/traffic.h"

namespace edge {

class SipClient;

// Told what a client does, from the loop.
class SipClientHandler {
 public:
  virtual void on_client_message(SipClient& client, sip::Message message,
                                 std::string_view text) = 0;
  virtual void on_client_bad(SipClient& client, std::string_view head, const base::Error& why) = 0;
  // Once, and last: the owner retires the client.
  virtual void on_client_closed(SipClient& client, const base::Error& why) = 0;

 protected:
  ~SipClientHandler() = default;
};

class SipClient final : public Deadline, private sip::transport::ConnectionHandler {
 public:
  // What a client that reads nothing may make us keep; above net::Stream::kHighWater nothing more
  // is read from it, and requests from inside are refused.
  static constexpr std::size_t kMaxQueued = 1024 * 1024;

  // Takes over an accepted socket and mints the Flow-id. All references outlive it.
  SipClient(net::Loop& loop, net::Socket socket, const SipSettings& settings,
            const base::Clock& clock, SipClientHandler& handler);

  const sip::FlowId& flow() const { return flow_; }
  std::string_view flow_id() const { return {flow_id_.data(), flow_id_.size()}; }
  const net::StreamInfo& info() const { return connection_.info(); }
  sip::transport::Hop hop(sip::transport::Direction direction) const {
    return {direction, info().local, info().remote, flow_id()};
  }
  bool was_open() const { return was_open_; }
  bool is_open() const { return connection_.is_open(); }
  Steady last_heard() const { return last_heard_; }

  void send(std::string_view text);
  bool is_congested() const { return connection_.queued_bytes() > net::Stream::kHighWater; }
  void close();  // after what is queued

  // The connection's own books; the gateway keeps them.
  NonceCounts nonces;
  SipRegistrations registrations;
  Steady unregistered_since;  // while nothing is registered
  std::uint16_t waiting = 0;  // REGISTERs that wait for a SERVICE
  std::uint8_t wrong_digests = 0;
  std::uint8_t unknown_users = 0;  // SERVICEs that found nobody
  bool registered = false;         // as it was counted

 private:
  void on_open(sip::transport::Connection& connection) override;
  void on_message(sip::transport::Connection& connection, sip::Message message,
                  std::string_view text) override;
  void on_bad(sip::transport::Connection& connection, std::string_view head,
              const base::Error& why) override;
  void on_keep_alive(sip::transport::Connection& connection) override;
  void on_drained(sip::transport::Connection& connection) override;
  void on_closed(sip::transport::Connection& connection, const base::Error& why) override;

  const base::Clock& clock_;
  SipClientHandler& handler_;
  sip::FlowId flow_;
  std::array<char, 32> flow_id_;
  Steady last_heard_;
  bool was_open_ = false;
  bool paused_ = false;
  sip::transport::Connection connection_;
};

}  // namespace edge
