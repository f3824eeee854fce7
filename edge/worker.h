#pragma once
// One edge worker: a loop, its links, its listeners, and what lies between them. Made and destroyed
// on its loop's thread.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/log.h"
#include "base/traffic_log.h"
#include "edge/board.h"
#include "edge/gateway.h"
#include "edge/sessions.h"
#include "edge/sip_gateway.h"
#include "edge/snapshot.h"
#include "edge/xmpp_gateway.h"
#include "net/http/server.h"
#include "net/listener.h"
#include "net/log_gather.h"
#include "net/loop.h"
#include "net/tunnel/link_set.h"

namespace edge {

// What all workers share. Everything must outlive them.
struct Surroundings {
  base::Logger& log;
  base::TrafficLog& traffic;
  const base::Clock& clock;
  Board& board;
  const SipSecrets& sip_secrets;
};

class Worker final {
 public:
  Worker(net::Loop& loop, std::size_t index, std::size_t count, const Surroundings& around,
         std::shared_ptr<const Snapshot> snapshot);
  ~Worker();

  // Opens the listeners for clients.
  base::Result<> listen();
  // Takes over a socket that a core dialled.
  void accept_link(net::Socket socket);
  void apply(std::shared_ptr<const Snapshot> snapshot);
  // Stops listening, ends XMPP streams at once, lets exchanges end and then closes SIP connections;
  // `done` comes from the loop.
  void drain(std::function<void()> done);

 private:
  void tell_board();
  void on_ready(net::tunnel::Link& link);
  void on_event(const net::tunnel::Link& link, const net::tunnel::CoreEvent& event);
  void on_closed(const net::tunnel::Link& link, bool was_ready, const base::Error& why);
  void revoke(const net::tunnel::CoreEvent& event);
  void tell_refused(const net::tunnel::Link& link, const base::Error& why);

  // Of refused links, a minute: a core with a wrong certificate, or a scanner, dials all day.
  static constexpr std::uint64_t kRefusalsTold = 10;

  net::Loop& loop_;
  const std::size_t index_;
  Surroundings around_;
  net::LogGather log_lines_;
  base::TrafficLog traffic_;  // of this worker, by way of those
  std::shared_ptr<const Snapshot> snapshot_;
  Sessions sessions_;
  net::tunnel::LinkSet links_;
  Gateway gateway_;
  SipGateway sip_;            // after the links: its channels are calls on them
  XmppGateway xmpp_;          // likewise its clients' streams
  net::http::Server server_;  // likewise
  std::vector<std::unique_ptr<net::Listener>> listeners_;
  std::chrono::steady_clock::time_point refusals_since_{};
  std::uint64_t refusals_ = 0;  // since then
};

}  // namespace edge
