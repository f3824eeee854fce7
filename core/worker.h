#pragma once
// One core worker: a loop, its share of the links to every edge, and all that answers on them.
// Made and destroyed on its loop's thread.

#include <cstddef>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/board.h"
#include "core/credential_service.h"
#include "core/digest_proofs.h"
#include "core/discovery.h"
#include "core/relay.h"
#include "core/sip_relay.h"
#include "core/sip_switchboard.h"
#include "core/snapshot.h"
#include "core/surroundings.h"
#include "core/xmpp_relay.h"
#include "dns/cares_resolver.h"
#include "net/log_gather.h"
#include "net/timer.h"
#include "net/tunnel/dialer.h"
#include "net/tunnel/link_table.h"
#include "policy/memory_store.h"
#include "policy/revocations.h"

namespace core {

// What all workers share. Everything must outlive them.
struct Shared {
  base::Logger& log;
  base::TrafficLog& traffic;
  const base::Clock& clock;
  Board& board;
  net::tunnel::LinkTable& links;
  const policy::SessionSigner& signer;
  std::shared_ptr<policy::SharedMemory> memory;
  Accounts& accounts;
  SipSwitchboard& switchboard;
  std::string instance;  // of this process, for the edges
};

class Worker final {
 public:
  static base::Result<std::unique_ptr<Worker>> open(net::Loop& loop, std::size_t index,
                                                    const Shared& shared,
                                                    std::shared_ptr<const Snapshot> snapshot);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void apply(std::shared_ptr<const Snapshot> snapshot);
  // Makes it known to every worker, here and wherever the store is shared.
  void revoke(const policy::Revocation& revocation) { store_.revoke(revocation); }
  // Dials no more and lets exchanges end; `done` comes from the loop.
  void drain(std::function<void()> done);

 private:
  class EdgeHandler;
  Worker(net::Loop& loop, std::size_t index, const Shared& shared,
         std::shared_ptr<const Snapshot> snapshot, std::unique_ptr<dns::Resolver> resolver);

  void start_discovery();
  void start_dialers();
  void watch_revocations();
  void on_revoked(const policy::Revocation& revocation);
  void use_snapshot();
  net::tunnel::CoreEvent load_event() const;
  void greet_edges();  // those that were linked just now learn what is revoked
  net::tunnel::CoreHello hello() const;
  std::shared_ptr<void> resolve_edge(const EdgeEntry& edge,
                                     net::tunnel::Dialer::Options::Resolved resolved);
  net::DialOptions dial_options(const EdgeEntry& edge, const base::Endpoint& remote) const;
  void on_link_closed(const std::string& edge, bool was_ready, const base::Error& why);
  void on_nodes_changed();
  void tell_board();
  void tell_edges();  // load, on a timer
  void check_drained();

  net::Loop& loop_;
  const std::size_t index_;
  Shared shared_;
  net::LogGather log_lines_;
  base::TrafficLog traffic_;  // of this worker, by way of those
  std::shared_ptr<const Snapshot> snapshot_;
  std::unique_ptr<dns::Resolver> resolver_;
  UpstreamPool pool_;
  policy::MemoryStore store_;
  DigestProofs proofs_;
  Authorizer authorizer_;
  policy::SessionVerifier verifier_;
  policy::Revocations revocations_;
  policy::VerifiedCache sessions_;
  policy::Associations associations_;
  Surroundings around_;
  std::vector<std::unique_ptr<Discovery>> discoveries_;
  Relay relay_;
  CredentialService credentials_;
  SipRelay sip_relay_;
  XmppRelay xmpp_relay_;
  std::vector<std::unique_ptr<EdgeHandler>> edge_handlers_;  // one for each dialer
  std::vector<std::unique_ptr<net::tunnel::Dialer>> dialers_;
  policy::Store::Token revocation_watch_;
  policy::Store::Token revocation_list_;
  std::set<std::size_t> not_greeted_;  // places of dialers with a new link
  net::Timer greet_timer_;
  net::Timer dial_timer_;  // until the first links are dialled
  net::Timer load_timer_;
  net::Timer drain_timer_;
  std::function<void()> drained_;
};

}  // namespace core
