#pragma once
// The edge's XMPP side on one worker (wire.md 10): takes clients' connections, holds their number
// and their time within bounds, and ends them all when the edge stops. What a connection does is
// its own matter (edge/xmpp_client.h).

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "edge/xmpp_client.h"
#include "edge/xmpp_settings.h"
#include "net/socket.h"
#include "net/timer.h"

namespace edge {

class XmppGateway final : private XmppClientHandler {
 public:
  // Everything in the context outlives the gateway and belongs to the same worker (logs and clock:
  // to anyone).
  XmppGateway(const XmppContext& context, std::shared_ptr<const XmppSettings> settings);
  ~XmppGateway();
  XmppGateway(const XmppGateway&) = delete;
  XmppGateway& operator=(const XmppGateway&) = delete;

  // Takes over a socket that a client dialled; closes it beyond the limit of those of one network
  // that are not signed in.
  void accept(net::Socket socket);
  void set_settings(std::shared_ptr<const XmppSettings> settings) {
    around_.settings = std::move(settings);
  }
  // Takes nothing more and ends every stream (<system-shutdown/>); `done` comes from the loop when
  // no connection is left.
  void drain(std::function<void()> done);

  std::size_t connection_count() const { return clients_.size(); }

 private:
  void on_client_signed_in(XmppClient& client) override;
  void on_client_joined(XmppClient& client, bool joined) override;
  void on_client_closed(XmppClient& client, const base::Error& why) override;
  void forget_stranger(const XmppClient& client);
  void tick();

  XmppSurroundings around_;
  std::vector<std::unique_ptr<XmppClient>> clients_;  // each knows its place
  std::map<std::string, std::uint64_t> strangers_;    // by network; a tree: nobody makes it slow
  std::size_t joined_count_ = 0;
  std::function<void()> drained_;
  bool draining_ = false;
  net::Timer tick_;
};

}  // namespace edge
