#pragma once
// The SIP connections of the home cluster, plain TCP: those that came in and those we dialled, by
// number, with every message in the traffic log. The numbers are never used twice, so who keeps one
// may ask for a connection that is long gone.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "base/address.h"
#include "base/traffic_log.h"
#include "net/socket.h"
#include "net/timer.h"
#include "sip/message.h"
#include "sip/transport/connection.h"
#include "sip/transport/traffic.h"

namespace home {

using PeerId = std::uint64_t;  // 0: nobody

class SipPeersHandler {
 public:
  virtual void on_peer_message(PeerId peer, sip::Message message) = 0;
  // Once, and last. `was_open`: messages may have arrived; else the dial failed.
  virtual void on_peer_gone(PeerId peer, bool was_open, const base::Error& why) = 0;

 protected:
  ~SipPeersHandler() = default;
};

class SipPeers final : private sip::transport::ConnectionHandler {
 public:
  // A lab, or a site of a few hundred phones that come over a handful of cores. Beyond it new
  // connections are closed at once.
  static constexpr std::size_t kMaxPeers = 4096;
  // Who says nothing for so long has no registration left and may go.
  static constexpr std::chrono::minutes kIdleLimit{10};

  // All of them must outlive it.
  SipPeers(net::Loop& loop, base::TrafficLog& log, SipPeersHandler& handler);
  ~SipPeers();
  SipPeers(const SipPeers&) = delete;
  SipPeers& operator=(const SipPeers&) = delete;

  void accept(net::Socket socket, const base::Endpoint& remote);
  // Messages may be sent at once; they wait for the connection. 0: there are too many already.
  PeerId dial(const base::Endpoint& remote, const std::optional<base::IpAddress>& source);

  bool has(PeerId peer) const { return peers_.contains(peer); }
  std::size_t count() const { return peers_.size(); }
  // The connection whose other end is `remote`; 0: none.
  PeerId find(const base::Endpoint& remote) const;
  // The newest open one from that address; 0: none.
  PeerId newest_from(const base::IpAddress& address) const;
  // Its ends; 0.0.0.0:0 for one that is gone.
  base::Endpoint local(PeerId peer) const;
  base::Endpoint remote(PeerId peer) const;

  // False, and nothing is sent: it is gone, or takes no more for now.
  bool send(PeerId peer, const sip::Message& message);
  // A line about a message of this connection.
  void log_event(PeerId peer, base::Level level, std::string_view event, std::string_view reason);

  // Closes all after what is queued, takes no more; `done` comes from the loop, once.
  void drain(std::function<void()> done);

 private:
  struct Peer {
    std::unique_ptr<sip::transport::Connection> connection;
    base::Endpoint local;
    base::Endpoint remote;
    std::chrono::steady_clock::time_point heard;
    bool open = false;
  };

  void on_open(sip::transport::Connection& connection) override;
  void on_message(sip::transport::Connection& connection, sip::Message message,
                  std::string_view text) override;
  void on_bad(sip::transport::Connection& connection, std::string_view head,
              const base::Error& why) override;
  void on_keep_alive(sip::transport::Connection& connection) override;
  void on_drained(sip::transport::Connection& connection) override;
  void on_closed(sip::transport::Connection& connection, const base::Error& why) override;

  PeerId add(std::unique_ptr<sip::transport::Connection> connection, Peer peer);
  PeerId id_of(const sip::transport::Connection& connection) const;
  sip::transport::Hop hop(const Peer& peer, sip::transport::Direction direction) const;
  void close_idle();

  net::Loop& loop_;
  base::TrafficLog& log_;
  SipPeersHandler& handler_;
  PeerId last_id_ = 0;
  std::unordered_map<PeerId, Peer> peers_;
  std::unordered_map<const sip::transport::Connection*, PeerId> ids_;
  std::map<base::Endpoint, PeerId> by_remote_;
  net::Timer idle_timer_;
  bool draining_ = false;
  std::function<void()> drained_;
};

}  // namespace home
