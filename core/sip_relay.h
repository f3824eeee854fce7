#pragma once
// The core's SIP proxy (wire.md 6.3 to 6.6), stateless (RFC 3261 section 16.11): requests of
// clients come over the links' SIP channels and go to call managers, requests from inside go to the
// client that they are sealed for. One per worker.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/credential_service.h"
#include "core/sip_door.h"
#include "core/sip_inside.h"
#include "core/sip_nodes.h"
#include "core/sip_rewrite.h"
#include "core/sip_switchboard.h"
#include "core/sip_trunk.h"
#include "core/surroundings.h"
#include "net/http/exchange.h"
#include "net/tunnel/dialer.h"
#include "sip/transport/channel.h"
#include "sip/transport/traffic.h"

namespace core {

struct SipRelayOptions {
  SipSelf self;  // host_port empty: no SIP but SERVICE
  SipConfig config;
  SipTrunkSettings trunks;
  std::size_t worker = 0;
  std::string instance;  // of this process
};

// A core that has just begun may hear of clients before it is linked with their edges: for so long
// it does not say that they are gone, since a call manager then forgets their registrations. An
// edge that can be reached is linked within it.
inline constexpr std::chrono::milliseconds kEdgesLinkWithin = net::tunnel::Dialer::kMaxBackoff;

class SipRelay final : private SipMailbox,
                       private sip::transport::ChannelHandler,
                       private InsideHandler {
 public:
  // All references must outlive it. `discoveries`: one for each domain.
  SipRelay(const Surroundings& around, dns::Resolver& resolver, CredentialService& credentials,
           SipSwitchboard& switchboard, const std::vector<std::unique_ptr<Discovery>>& discoveries,
           const SipRelayOptions& options);
  ~SipRelay();

  // Opens the listeners inside. System when it cannot.
  base::Result<> listen();
  // Takes an exchange that is a SIP channel; `edge` is the name that the link's certificate proved.
  void accept(net::http::Exchange& exchange, std::string_view edge, std::uint32_t edge_worker);
  // Takes no new connection and ends the channels: edges go on with other cores.
  void drain();

  std::size_t channel_count() const { return peers_.size(); }
  const SipDoor& door() const { return door_; }

 private:
  using Channel = sip::transport::Channel;
  struct Peer {
    std::string edge;
    ClientPlace place;  // without a flow
    base::Endpoint local;
    base::Endpoint remote;
  };
  using Place = std::pair<std::uint64_t, std::uint16_t>;
  // A refusal by us.
  struct Fault {
    int status = 400;
    std::string phrase;
    std::string reason;
    std::string unsupported = {};  // 420: option tags
  };
  static Place key(const ClientPlace& place) { return {place.edge, place.edge_worker}; }

  // SipMailbox
  void deliver_to_client(const ClientPlace& client, const std::string& text) override;
  void deliver_inside(std::uint32_t connection, const std::string& text) override;

  // Towards edges.
  void on_channel_open(Channel&) override {}
  void on_channel_message(Channel& channel, sip::Message message, std::string_view text) override;
  void on_channel_closed(Channel& channel, const base::Error& why) override;
  void from_client(Channel& channel, const Peer& peer, sip::Message request);
  std::optional<Fault> forward_inwards(const Peer& peer, sip::Message& request);
  void ask_credentials(const Peer& peer, sip::Message service);
  void on_credentials(const ClientPlace& place, std::string_view flow,
                      CredentialService::Verdict verdict);
  void answer_of_client(const ClientPlace& from, sip::Message response);
  void answer_inwards(sip::Message response, const sip::RouteState& state);
  void keep_inside_contacts(sip::Message& response) const;
  void refuse_client(Channel& channel, const Peer& peer, const sip::Message& request,
                     const Fault& fault);
  void send_to_edge(Channel& channel, const sip::Message& message, std::string_view text);
  Channel* channel_of(const ClientPlace& client) const;

  // Towards call managers.
  std::uint32_t next_number() override;
  void on_inside_message(const InsidePeer& from, sip::Message message,
                         std::string_view text) override;
  void on_inside_bad(const InsidePeer& from, std::string_view head,
                     const base::Error& why) override;
  void on_inside_sent(const InsidePeer& to, const SipOutgoing& out) override;
  void on_unsent(const SipOutgoing& out, const base::Error& why) override;
  void on_trunk_up(const std::string& target) override;
  void on_trunk_down(const std::string& target, bool was_up, const base::Error& why) override;
  void from_inside(const InsidePeer& from, sip::Message request, std::string_view text);
  std::optional<Fault> forward_outwards(const InsidePeer& from, sip::Message& request);
  void answer_of_inside(sip::Message response, const std::optional<sip::RouteState>& state,
                        const sip::transport::Hop& hop);
  void answer_by_via(const std::string& text);
  void send_inside(const InsidePeer& to, std::string_view text);
  std::optional<InsidePeer> find_inside(std::uint32_t number);

  static std::optional<Fault> check(sip::Message& request);
  sip::Message refusal(const sip::Message& request, const Fault& fault) const;
  void log_fault(const sip::transport::Hop& hop, const Fault& fault) const;
  void drop(const sip::transport::Hop& hop, std::string_view reason) const;
  std::uint64_t pack(std::uint32_t connection) const;

  const Surroundings& around_;
  CredentialService& credentials_;
  SipSwitchboard& switchboard_;
  const SipRelayOptions options_;
  const std::uint64_t instance_;  // 24 bits
  const std::chrono::steady_clock::time_point began_;
  sip::Sealer sealer_;
  SipNodes nodes_;
  SipTrunks trunks_;
  SipDoor door_;
  std::uint32_t last_number_ = 0;
  std::map<Channel*, Peer> peers_;
  std::map<Place, Channel*> by_place_;  // the youngest of each
};

}  // namespace core
