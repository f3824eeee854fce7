#pragma once
// The core's end of clients' XMPP streams (wire.md 10): takes the extended CONNECT of each from a
// link and brings it to a presence node. One per worker.

#include <cstddef>
#include <memory>
#include <unordered_set>
#include <vector>

#include "core/presence_dial.h"
#include "core/surroundings.h"
#include "core/xmpp_stream.h"
#include "net/http/exchange.h"
#include "net/tunnel/control.h"

namespace core {

class XmppRelay final : private XmppStreamOwner {
 public:
  // All references must outlive it, and its exchanges must be gone before. `discoveries`: one for
  // each domain.
  XmppRelay(const Surroundings& around, dns::Resolver& resolver,
            const std::vector<std::unique_ptr<Discovery>>& discoveries, PresenceSettings settings);

  static bool is_stream(const net::http::RequestHead& request) {
    return request.protocol == net::tunnel::kXmppProtocol;
  }
  // Takes an exchange that is_stream(): 200 when a node is reached, 400 without a Flow-id, 404 for
  // another's domain, 502, or 503.
  void accept(net::http::Exchange& exchange);
  // Takes no more streams and ends those there are: the edges tell their clients.
  void drain();

  std::size_t stream_count() const { return streams_.size(); }

 private:
  void on_stream_gone(XmppStream& stream) override;
  void count();

  const Surroundings& around_;
  PresenceNodes nodes_;
  XmppPlace place_;
  std::unordered_set<XmppStream*> streams_;
  bool stopping_ = false;
};

}  // namespace core
