#pragma once
// The core's configuration file. deploy/sample/core.yaml shows every key with a comment.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/config.h"
#include "policy/access.h"
#include "policy/allow_list.h"
#include "service/logs.h"

namespace core {

struct EdgeEntry {
  std::string name;                       // what its certificate must hold; given to clients
  std::optional<base::Endpoint> address;  // where to dial; none: the name's, port 7001

  bool operator==(const EdgeEntry&) const = default;
};

struct TunnelConfig {
  std::string certificate;
  std::string key;
  std::string trust;                      // authorities of edges
  std::optional<base::IpAddress> source;  // address to dial from
};

struct DnsConfig {
  std::vector<base::Endpoint> servers;  // empty: those of /etc/resolv.conf
  std::chrono::milliseconds timeout{1'500};
};

// The longest session a configuration may ask for.
inline constexpr std::chrono::hours kMaxSessionLifetime{24 * 30};

struct SessionConfig {
  std::string key;  // Ed25519, PEM; made when it is not there
  std::chrono::milliseconds lifetime{std::chrono::hours{8}};
  std::string cookie_domain;  // empty: a host-only cookie
};

struct UpstreamConfig {
  std::string trust;                      // authorities of the servers inside; empty: the system's
  std::optional<base::IpAddress> source;  // address to dial from
  std::chrono::milliseconds connect{5'000};
  std::chrono::milliseconds first_byte{30'000};
  std::chrono::milliseconds idle{60'000};
  std::uint32_t connections = 1024;
};

struct NodesConfig {
  std::vector<std::string> uds;
  std::vector<std::string> tftp;
};

struct RateConfig {
  std::uint32_t authorizations = 8;
  std::chrono::milliseconds period{300'000};
};

// How requests reach call managers.
enum class SipTransport { Tcp, Tls };

struct SipConfig {
  std::vector<std::string> routes;  // hosts of cores, for clients' Route; empty: this core's name
  std::vector<base::Endpoint> listen;  // for call managers; empty: no SIP but SERVICE
  std::string advertise;               // HOST:PORT in Contact and Via; empty: the first of listen
  std::string trust;                   // authorities of SERVICE; empty: those of the tunnel
  SipTransport transport = SipTransport::Tcp;
  std::uint16_t port = 5060;            // of call managers
  std::vector<std::string> registrars;  // host[:port]; empty: the discovered call managers
  bool path_headers = false;            // Path to the registrar, instead of a Contact of ours
};

// What presence nodes know of signing in.
enum class PresenceSasl {
  Native,     // CISCO-VTG-TOKEN too: it passes as it is
  PlainOnly,  // PLAIN at most: the token is put in terms of that
};

struct PresenceConfig {
  std::vector<std::string> nodes;  // host[:port]; empty: those the DNS announces
  PresenceSasl sasl = PresenceSasl::Native;
  std::string trust;  // authorities of the nodes; empty: those of upstream
};

struct Config {
  std::string name;
  std::vector<std::string> domains;
  std::uint32_t workers = 0;
  base::Endpoint admin{base::IpAddress::v4({127, 0, 0, 1}), 9443};
  std::vector<EdgeEntry> edges;
  TunnelConfig tunnel;
  DnsConfig dns;
  SessionConfig session;
  UpstreamConfig upstream;
  NodesConfig nodes;
  std::vector<policy::Rule> allow;
  std::vector<std::string> shared_files;  // beyond those every client asks for
  policy::AccessRules access;
  RateConfig rate_control;
  SipConfig sip;
  PresenceConfig presence;
  service::LogSettings log;
  service::TrafficLogSettings traffic_log;
};

base::config::Section<Config> config_schema();

// Reads and cross-checks the file; all that is wrong is in `report`.
Config load_config(base::config::Report& report);

// The part of its checks that is about the name and the link's certificate. A reload, which keeps
// the name, asks again.
void check_certificate(const Config& config, base::config::Report& report);

// What call managers are told of this core: sip.advertise or the first of sip.listen; empty when
// there is neither, and then SIP is off.
std::string sip_address(const SipConfig& sip);

}  // namespace core
