#pragma once
// The edge's SIP side on one worker (wire.md 6): takes clients' connections, challenges them, lets
// the core check whom it does not know, and passes what may pass, in both directions. A client's
// connection is found again by its Flow-id; there is no other table of what is on its way.

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "base/log.h"
#include "base/traffic_log.h"
#include "edge/associations.h"
#include "edge/counters.h"
#include "edge/deadlines.h"
#include "edge/sip_admission.h"
#include "edge/sip_branch.h"
#include "edge/sip_channels.h"
#include "edge/sip_client.h"
#include "edge/sip_forward.h"
#include "edge/sip_questions.h"
#include "edge/sip_settings.h"
#include "net/loop.h"
#include "net/timer.h"
#include "policy/rate.h"

namespace edge {

class SipGateway final : private SipClientHandler,
                         private SipCoreHandler,
                         private SipAnswerHandler {
 public:
  // Guesses at one user's password from one network: as many in so long, in each worker.
  static constexpr std::size_t kMaxGuesses = 20;
  static constexpr std::chrono::seconds kGuessWindow{300};
  static constexpr int kMaxWrongDigests = 5;   // of one connection, which then closes
  static constexpr int kMaxUnknownUsers = 16;  // likewise: each costs edge and core a signature
  // Users that no core knew, of one address, in each worker: beyond, nobody is asked on its behalf.
  // Otherwise a single host takes what a core spends on the checks of an edge
  // (core::CredentialService), for the price of some connections.
  static constexpr std::size_t kMaxStrangers = 64;
  static constexpr std::chrono::seconds kStrangerWindow{10};
  static constexpr int kMaxWaiting = 64;  // REGISTERs of one connection that wait for SERVICE
  // How long it may take until the nonces that a client used and that are stale are forgotten.
  static constexpr std::chrono::seconds kNonceMemory{sip::NonceKey::kFreshSeconds + 2};
  // A client is not looked at more often than that, whatever ends in the meantime: there may be
  // 4,096 registrations to look through.
  static constexpr std::chrono::seconds kLookPause{1};
  // An association younger than this is not asked for again because a digest does not fit it.
  static constexpr std::chrono::seconds kFetchedLately{5};

  struct Context {
    net::Loop& loop;
    net::tunnel::LinkSet& links;
    base::Logger& log;
    base::TrafficLog& traffic;
    Counters& counters;
    const base::Clock& clock;
    const SipSecrets& secrets;
  };
  // Everything in the context outlives the gateway and belongs to the same worker (logs, clock and
  // secrets: to anyone).
  SipGateway(const Context& context, std::shared_ptr<const SipSettings> settings);
  ~SipGateway();
  SipGateway(const SipGateway&) = delete;
  SipGateway& operator=(const SipGateway&) = delete;

  // Takes over a socket that a client dialled.
  void accept(net::Socket socket);
  void set_settings(std::shared_ptr<const SipSettings> settings) {
    settings_ = std::move(settings);
  }
  // From the hooks of the links.
  void on_link_ready(net::tunnel::Link& link) { channels_.add(link); }
  void on_link_closed(const net::tunnel::Link& link) { channels_.remove(link); }
  // Ends what the revocations speak of: associations, and the connections registered by them.
  void revoke(std::span<const policy::Revocation> revocations);
  // Takes nothing more and closes every connection; `done` comes from the loop when none is left.
  void drain(std::function<void()> done);

  std::size_t connection_count() const { return clients_.size(); }
  std::size_t channel_count() const { return channels_.open_count(); }

 private:
  struct Proof;  // what a REGISTER's credentials say
  struct FlowHash {
    std::size_t operator()(const sip::FlowId& flow) const noexcept;
  };
  using Clients = std::unordered_map<sip::FlowId, std::unique_ptr<SipClient>, FlowHash>;

  // sip_gateway.cc: connections, and who handles what.
  void on_client_message(SipClient& client, sip::Message message, std::string_view text) override;
  void on_client_bad(SipClient& client, std::string_view head, const base::Error& why) override;
  void on_client_closed(SipClient& client, const base::Error& why) override;
  void tick();
  void on_deadline(SipClient& client, Deadline::Steady now);
  void end(SipClient& client);
  void count_registered(SipClient& client);
  SipClient* find(const sip::FlowId& flow);  // null too when its connection is closing
  std::int64_t seconds_now() const;
  SipHops hops(const SipClient& client, const SipCore* core) const;

  // Answers of our own.
  void send(SipClient& client, const sip::Message& message);
  void refuse(SipClient& client, const sip::Message& request, const SipRefusal& refusal);
  void unavailable(SipClient& client, const sip::Message& request, std::string_view reason);
  void note(const SipClient& client, base::Level level, std::string_view event,
            std::string_view reason);
  void answer_options(SipClient& client, const sip::Message& request);

  // sip_register.cc: REGISTER, from the challenge to the core.
  void on_register(SipClient& client, sip::Message request, bool asked);
  void challenge(SipClient& client, const sip::Message& request, bool stale,
                 std::string_view reason);
  std::optional<Proof> read_proof(SipClient& client, const sip::Message& request);
  bool is_doubtful(const SipClient& client);
  void ask(SipClient& client, sip::Message request, const Proof& proof);
  void on_answer(SipWaiter waiter, const SipAnswer& answer) override;
  bool verify(SipClient& client, const sip::Message& request, const Proof& proof,
              const AssociationPtr& association);
  void on_wrong_digest(SipClient& client, const sip::Message& request, const Proof& proof);
  void forward_register(SipClient& client, sip::Message request, const AssociationPtr& association);

  // sip_relay.cc: what passes.
  SipCore* choose(SipClient& client, sip::Message& request, const sip::Association& association);
  void send_inside(SipClient& client, SipCore& core, const sip::Message& message);
  void forward(SipClient& client, sip::Message request);
  void on_client_response(SipClient& client, sip::Message response);
  void on_core_message(SipCore& core, sip::Message message, std::string_view text) override;
  void on_core_found(SipCore& core) override;
  void on_core_lost(SipCore& core, const base::Error& why) override;
  void on_core_request(SipCore& core, sip::Message request, std::string_view flow_id);
  void on_core_response(SipCore& core, sip::Message response, std::string_view flow_id);
  void finish_register(SipClient& client, std::string_view branch, const sip::Message& response);
  void answer_core(SipCore& core, const sip::Message& request, int status, std::string_view flow_id,
                   std::string_view reason);

  Context context_;
  std::shared_ptr<const SipSettings> settings_;
  sip::NonceKey nonces_;
  BranchKey branches_;
  Associations associations_;
  SipChannels channels_;
  SipQuestions questions_;
  policy::RateControl guesses_{{kMaxGuesses, kGuessWindow}};
  policy::RateControl strangers_{{kMaxStrangers, kStrangerWindow}};
  Deadlines deadlines_;
  Clients clients_;
  std::size_t registered_count_ = 0;
  std::function<void()> drained_;
  bool draining_ = false;
  net::Timer tick_;
};

}  // namespace edge
