#pragma once
// The requests we sent and whose answers are awaited (RFC 3261 section 17.1.2; over TCP nothing is
// repeated). Pure: told what time it is, asked what is overdue.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "home/bindings.h"
#include "home/sip_peers.h"
#include "sip/message.h"

namespace home {

// What a phone is sent.
struct PhoneRequest {
  std::string method;      // "OPTIONS", "NOTIFY"
  std::string event = {};  // of NOTIFY
  std::string body = {};   // text/plain
};

// Who sends.
struct SipSender {
  std::string host;    // our name, for From, Call-ID and the phone's address-of-record
  std::string via;     // host:port where we listen
  std::string branch;  // without the magic cookie; its own for each request
};
sip::Message make_request(const PhoneRequest& what, const Binding& binding,
                          const SipSender& sender);

// Where a binding's requests go first (RFC 3261 section 8.1.2, RFC 3327 section 5.4): the first of
// its Path, or its Contact.
struct NextHop {
  std::optional<base::Endpoint> endpoint;  // none: it is a name
  bool tls = false;
  std::string text;  // for the log
};
NextHop next_hop(const Binding& binding);

struct SipCall {
  PhoneRequest what;
  std::int64_t binding = 0;
  PeerId peer = 0;
  bool may_retry = false;  // on another connection, should this one not come about
  std::chrono::steady_clock::time_point sent;
};

class SipCalls final {
 public:
  using Moment = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::seconds kLimit{32};  // timer F: 64 * T1
  // Some three probes for each binding of a large lab; beyond it nothing is sent.
  static constexpr std::size_t kMaxCalls = 16'384;

  bool is_full() const { return calls_.size() >= kMaxCalls; }
  // `branch` is new.
  void add(const std::string& branch, SipCall call);
  // The call that a final response answers, taken out. Nothing for provisional ones and for what
  // answers no call of ours.
  std::optional<SipCall> take(const sip::Message& response);
  // The same for a connection that is gone, and for those sent kLimit ago.
  std::vector<SipCall> take_of(PeerId peer);
  std::vector<SipCall> take_overdue(Moment now);
  // One that was not sent after all.
  void drop(const std::string& branch) { (void)take_branch(branch); }

 private:
  std::optional<SipCall> take_branch(const std::string& branch);

  std::unordered_map<std::string, SipCall> calls_;
  std::unordered_map<PeerId, std::unordered_set<std::string>> by_peer_;
  std::deque<std::pair<Moment, std::string>> in_order_;  // those that are answered stay until due
};

}  // namespace home
