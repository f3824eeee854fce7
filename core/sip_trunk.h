#pragma once
// The connections that a worker keeps to call managers: one to each, dialled when it is first
// wanted, pinged (RFC 5626 section 4.4.1), dialled again when it is lost.
//
//   Idle --> Resolving --> Dialling --> Up --> Resting --> Resolving ...
//   (a failure leads from Resolving and Dialling to Resting, too, and after many back to Idle)

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/sip_inside.h"
#include "core/sip_nodes.h"
#include "dns/failed_targets.h"
#include "dns/resolver.h"
#include "net/loop.h"
#include "net/timer.h"
#include "net/tls_context.h"

namespace core {

struct SipTrunkSettings {
  std::shared_ptr<const net::TlsContext> tls;  // null: plain TCP
  std::optional<base::IpAddress> source;       // the address we dial from
  std::chrono::milliseconds connect{5'000};
};

class SipTrunks;

// A message with where it may go: tried in this order until one takes it.
struct SipOutgoing {
  sip::Message message;
  std::vector<SipTarget> targets;
  std::string flow_id = {};  // of the client it is from, for the log
  std::string text = message.to_string();
};

class SipTrunk final : private sip::transport::ConnectionHandler {
 public:
  static constexpr std::chrono::seconds kPing{30};
  static constexpr std::chrono::seconds kPong{10};  // the longest wait for its answer
  static constexpr std::chrono::milliseconds kFirstRest{500};
  static constexpr std::chrono::milliseconds kMaxRest{15'000};
  // After so many failures in a row it is dialled again only when it is wanted: not every node that
  // a client may name is a registrar.
  static constexpr int kGiveUp = 20;
  // What waits for a connection: the REGISTERs of some seconds after a restart. Of text: a message
  // that waits has as much again.
  static constexpr std::size_t kMaxWaitingBytes = 4 * 1024 * 1024;

  SipTrunk(SipTrunks& owner, SipTarget target);
  ~SipTrunk();

  // Sends it, or keeps it until the connection stands. False: no room; `out` is as it was then.
  bool offer(SipOutgoing& out);
  bool is_up() const { return state_ == State::Up; }
  bool has_address(const base::IpAddress& address) const;
  const SipTarget& target() const { return target_; }
  sip::transport::Connection* connection() { return connection_.get(); }
  std::uint32_t number() const { return number_; }

 private:
  enum class State { Idle, Resolving, Dialling, Up, Resting };

  void on_open(sip::transport::Connection& connection) override;
  void on_message(sip::transport::Connection& connection, sip::Message message,
                  std::string_view text) override;
  void on_bad(sip::transport::Connection& connection, std::string_view head,
              const base::Error& why) override;
  void on_keep_alive(sip::transport::Connection& connection) override;
  void on_closed(sip::transport::Connection& connection, const base::Error& why) override;

  void resolve();
  void on_addresses(const dns::AddressAnswer& answer);
  void dial_next();
  void rest(const base::Error& why);
  void on_timer();
  void write(const SipOutgoing& out);

  SipTrunks& owner_;
  const SipTarget target_;
  State state_ = State::Idle;
  std::uint32_t number_ = 0;  // of the connection
  int failures_ = 0;          // in a row
  bool answers_pings_ = false;
  bool pinged_ = false;  // and no answer yet
  std::vector<base::IpAddress> addresses_;
  std::size_t next_address_ = 0;
  std::deque<SipOutgoing> waiting_;
  std::size_t waiting_bytes_ = 0;
  std::unique_ptr<dns::Query> query_;
  std::unique_ptr<sip::transport::Connection> connection_;
  net::Timer timer_;  // Up: pings; Resting: the end of it
};

class SipTrunks final {
 public:
  // `loop`, `resolver` and `handler` must outlive it.
  SipTrunks(net::Loop& loop, dns::Resolver& resolver, InsideHandler& handler,
            SipTrunkSettings settings);
  ~SipTrunks();

  // Each target once; those that failed lately are tried last. What nobody takes comes back as
  // on_unsent(), from the loop.
  void send(SipOutgoing out);
  // The connection of this number, open or not; null when it is gone.
  sip::transport::Connection* find(std::uint32_t number);
  // The node that was found at this address.
  std::optional<std::string> host_of(const base::IpAddress& address) const;
  std::size_t up_count() const;

 private:
  friend class SipTrunk;
  SipTrunk& at(const SipTarget& target);
  void try_next(SipOutgoing out, base::Error why);
  void tell_unsent();

  net::Loop& loop_;
  dns::Resolver& resolver_;
  InsideHandler& handler_;
  const SipTrunkSettings settings_;
  dns::FailedTargets failed_;
  std::map<SipTarget, std::unique_ptr<SipTrunk>> trunks_;  // no more than there are nodes
  std::vector<std::pair<SipOutgoing, base::Error>> unsent_;
  net::Timer unsent_timer_;
};

}  // namespace core
