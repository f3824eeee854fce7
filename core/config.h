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
  std::uint32_t connections = 64;
};

struct NodesConfig {
  std::vector<std::string> uds;
  std::vector<std::string> tftp;
};

struct RateConfig {
  std::uint32_t authorizations = 8;
  std::chrono::milliseconds period{300'000};
};

struct SipConfig {
  std::vector<std::string> routes;  // hosts of cores, for clients' Route; empty: this core's name
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
  service::LogSettings log;
  service::TrafficLogSettings traffic_log;
};

base::config::Section<Config> config_schema();

// Reads and cross-checks the file; all that is wrong is in `report`.
Config load_config(base::config::Report& report);

}  // namespace core
