#pragma once
// What the chat steps of a sign-in share (sign_in.h has what the HTTPS steps do).

#include <deque>
#include <string>

#include "dns/resolver.h"
#include "support/edge_dialer.h"
#include "support/xmpp_client.h"

namespace support {

struct XmppSession {
  XmppClient& client;  // must outlive the session
  std::string token;   // a one-time password; empty: the account's password signs in

  std::deque<dns::SrvTarget> targets{};  // XMPP edges still to be tried
  dns::SrvTarget target{};
  std::deque<base::IpAddress> addresses{};
  bool is_listed = false;         // `targets` was filled once
  bool is_authenticated = false;  // SASL succeeded on the connection that is there
  std::string jid{};              // once bound: "mac.donald@lab.example/sallyport-1f2e"
  bool is_present = false;        // presence was sent

  EdgeChoice choice() { return {targets, target, addresses}; }
  bool has_other_edge() const { return !targets.empty() || !addresses.empty(); }
  bool is_bound() const { return !jid.empty() && client.is_open(); }
};

}  // namespace support
