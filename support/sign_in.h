#pragma once
// What the steps of one sign-in share: the account, the ways to the DNS and the edge, and what was
// learned so far. Built by login_command.cc (and tests); every step holds a reference to it.

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "dns/resolver.h"
#include "dns/selection.h"
#include "net/http/message.h"
#include "support/device_file.h"
#include "support/edge_config.h"
#include "support/uds.h"

namespace support {

class EdgeConnection;

inline constexpr std::size_t kMaxUserBytes = 128;  // the call manager's own limit
inline constexpr std::size_t kMaxPasswordBytes = 1024;

struct Account {
  std::string user;    // without the domain: what is sent as user name
  std::string domain;  // lower case
  std::string password;
  std::string device;  // the device to use; empty: the first with a configuration file
};

// Reads USER and --domain (may be empty). Malformed, with a text for the person at the keyboard,
// when there is no domain or two different ones, or when either cannot be one.
base::Result<Account> parse_account(std::string_view user, std::string_view domain);

struct SignIn {
  Account account;
  dns::Resolver& resolver;
  EdgeConnection& edge;
  dns::Dice dice;  // chooses among equal edges (RFC 2782)

  std::deque<dns::SrvTarget> targets;       // edges still to be tried, the next one first
  dns::SrvTarget target;                    // the edge being tried
  std::deque<base::IpAddress> addresses{};  // its addresses still to be tried
  std::string cookie{};                     // the value of X-Auth
  EdgeConfig config{};
  std::optional<UdsDevice> device{};     // empty: the user has none with a configuration file
  std::optional<PhoneSettings> phone{};  // empty: no device, or its file could not be used
  std::vector<std::string> cluster{};    // the nodes that /cucm-uds/servers names

  bool has_other_edge() const { return !addresses.empty() || !targets.empty(); }
};

// "/<base64>/…": the target on the edge that stands for `location` inside (wire.md section 3).
std::string host_path(std::string_view domain, const Location& location);
// "/<base64>/get_edge_config?service_name=_cisco-uds&service_name=_cuplogin"
std::string edge_config_path(std::string_view domain);

// `edges`, those for SIP or XMPP that the configuration lists, in the order in which they are
// tried: the one that took the sign-in first, since it has a core.
std::deque<dns::SrvTarget> edges_to_try(const SignIn& sign_in,
                                        const std::vector<EdgeServer>& edges);

// A request as the client sends it: the cookie where there is one, Basic credentials (RFC 7617)
// where they are asked for.
net::http::RequestHead client_request(const SignIn& sign_in, std::string target, bool credentials);

// Everything but unreserved characters as %XX (RFC 3986 section 2.1).
std::string percent_encode(std::string_view text);

}  // namespace support
