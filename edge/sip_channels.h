#pragma once
// The SIP channels of one edge worker: one on every link that is ready. A channel that closes while
// its link lives is opened again, with back-off.

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "net/timer.h"
#include "net/tunnel/link_set.h"
#include "sip/transport/channel.h"
#include "sip/transport/traffic.h"

namespace edge {

// One link, and the channel on it.
struct SipCore {
  net::tunnel::Link& link;
  std::string token;  // core_token() of this run of the core
  std::unique_ptr<sip::transport::Channel> channel;
  bool open = false;
  int failures = 0;  // in a row
  net::Timer retry;

  SipCore(net::Loop& loop, net::tunnel::Link& its_link, std::function<void()> again);
  const std::string& name() const { return link.core().name; }
  sip::transport::Hop hop(sip::transport::Direction direction, std::string_view flow) const {
    return {direction, link.stream().local, link.stream().remote, flow};
  }
};

// Told what comes from the cores, from the loop.
class SipCoreHandler {
 public:
  virtual void on_core_found(SipCore& core) = 0;  // its channel is open
  virtual void on_core_message(SipCore& core, sip::Message message, std::string_view text) = 0;
  // The channel is gone and with it the answers it owed. `core` may be gone after the call.
  virtual void on_core_lost(SipCore& core, const base::Error& why) = 0;

 protected:
  ~SipCoreHandler() = default;
};

class SipChannels final : private sip::transport::ChannelHandler {
 public:
  static constexpr std::chrono::milliseconds kFirstBackoff{250};
  static constexpr std::chrono::milliseconds kMaxBackoff{15'000};

  // All must outlive the channels.
  SipChannels(net::Loop& loop, net::tunnel::LinkSet& links, std::string edge_name,
              SipCoreHandler& handler);
  ~SipChannels();

  void add(net::tunnel::Link& link);
  void remove(const net::tunnel::Link& link);  // it closed

  // The core for a request of `user` in `domain`: the one that `route` names (a name or address;
  // empty: none), if it is linked, else the one that the user belongs to, else any that serves the
  // domain. Null: there is none.
  SipCore* choose(std::string_view domain, std::string_view user, std::string_view route);
  // That run of a core; null when its channel is not open.
  SipCore* by_token(std::string_view token);
  // All that serve the domain and can be asked now.
  std::vector<SipCore*> serving(std::string_view domain);
  // Hosts that a client's Route may name, in lower case: those that the domain's cores announced.
  std::vector<std::string> route_hosts(std::string_view domain) const;
  std::size_t open_count() const;

 private:
  void on_channel_open(sip::transport::Channel& channel) override;
  void on_channel_message(sip::transport::Channel& channel, sip::Message message,
                          std::string_view text) override;
  void on_channel_closed(sip::transport::Channel& channel, const base::Error& why) override;

  void open(SipCore& core);
  SipCore* find(const sip::transport::Channel& channel);

  net::Loop& loop_;
  net::tunnel::LinkSet& links_;
  const std::string edge_name_;
  SipCoreHandler& handler_;
  std::vector<std::unique_ptr<SipCore>> cores_;
};

}  // namespace edge
