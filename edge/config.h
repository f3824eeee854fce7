#pragma once
// The edge's configuration file. deploy/sample/edge.yaml shows every key with a comment.

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/config.h"
#include "service/logs.h"
#include "sip/digest.h"

namespace edge {

struct ListenConfig {
  std::vector<base::Endpoint> https;   // clients
  std::vector<base::Endpoint> tunnel;  // cores
  std::vector<base::Endpoint> sip;     // clients; none: no SIP
  std::vector<base::Endpoint> xmpp;    // clients; none: no XMPP
  base::Endpoint admin{base::IpAddress::v4({127, 0, 0, 1}), 9443};
};

struct CertificateConfig {
  std::string certificate;  // PEM chain, leaf first
  std::string key;          // PEM
};

struct TunnelConfig {
  std::string certificate;         // empty: that of `tls`
  std::string key;                 // likewise
  std::string trust;               // PEM, the authorities of cores
  std::vector<std::string> cores;  // names, one of which a core's certificate must hold
};

struct SipConfig {
  // Of the challenge, in order of preference (RFC 8760).
  std::vector<sip::DigestAlgorithm> algorithms{sip::DigestAlgorithm::Md5};
};

struct LimitsConfig {
  std::chrono::milliseconds handshake{20'000};
  std::chrono::milliseconds head{10'000};
  std::chrono::milliseconds idle{60'000};
  std::chrono::milliseconds body{60'000};
  std::uint64_t connections = 200'000;             // of each worker, for each protocol
  std::chrono::milliseconds registering{30'000};   // SIP: until something is registered
  std::chrono::milliseconds sip_idle{900'000};     // SIP: nothing received
  std::chrono::milliseconds xmpp_secure{10'000};   // XMPP: until TLS is up
  std::chrono::milliseconds xmpp_sign_in{30'000};  // XMPP: until SASL has succeeded, TLS included
  std::uint64_t xmpp_strangers = 2'000;  // XMPP: of one network, not signed in, of each worker
};

struct Config {
  std::string name;                  // the name clients dial, and what cores call us
  std::vector<std::string> domains;  // lower case
  std::uint32_t workers = 0;         // 0: one for each processor
  ListenConfig listen;
  CertificateConfig tls;
  TunnelConfig tunnel;
  SipConfig sip;
  LimitsConfig limits;
  service::LogSettings log;
  service::TrafficLogSettings traffic_log;
};

base::config::Section<Config> config_schema();

// Reads and cross-checks the file: certificates load, fit their keys and hold the names that
// clients will look for; no two listeners share an address. All that is wrong is in `report`. With
// a certificate of its own for the tunnel, the names in the other are no error: the links work, and
// public_certificate.h warns of what clients and cores will say.
Config load_config(base::config::Report& report);

// The part of its checks that is about the name and the certificates. A reload, which keeps the
// name, asks again.
void check_certificates(const Config& config, base::config::Report& report);

}  // namespace edge
