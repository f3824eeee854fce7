#include "edge/config.h"

#include <fmt/format.h>

#include <chrono>
#include <set>
#include <utility>

#include "base/domain.h"
#include "certs/credentials.h"
#include "certs/identity.h"
#include "service/listen_check.h"

namespace edge {

namespace config = base::config;
using std::chrono::hours;
using std::chrono::milliseconds;

namespace {

config::Section<ListenConfig> listen_schema() {
  config::Section<ListenConfig> schema;
  schema.require("https", &ListenConfig::https, config::list(config::endpoint()),
                 "addresses for clients; the port is 8443");
  schema.require("tunnel", &ListenConfig::tunnel, config::list(config::endpoint()),
                 "addresses for the cores that dial in; the port is 7001");
  schema.add("sip", &ListenConfig::sip, config::list(config::endpoint()),
             "addresses for SIP clients; the port is 5061; left out: no SIP");
  schema.add("xmpp", &ListenConfig::xmpp, config::list(config::endpoint()),
             "addresses for XMPP clients; the port is 5222; left out: no XMPP");
  schema.add("admin", &ListenConfig::admin, config::endpoint(),
             "address of the status page; reachable by administrators only");
  return schema;
}

config::Section<CertificateConfig> tls_schema() {
  config::Section<CertificateConfig> schema;
  schema.require("certificate", &CertificateConfig::certificate, config::path(),
                 "PEM chain shown to clients, leaf first");
  schema.require("key", &CertificateConfig::key, config::path(), "its private key, PEM");
  return schema;
}

config::Section<TunnelConfig> tunnel_schema() {
  config::Section<TunnelConfig> schema;
  schema.add("certificate", &TunnelConfig::certificate, config::path(),
             "PEM chain shown to cores; left out: that of tls");
  schema.add("key", &TunnelConfig::key, config::path(), "its private key");
  schema.require("trust", &TunnelConfig::trust, config::path(),
                 "PEM authorities that cores' certificates must come from");
  schema.require("cores", &TunnelConfig::cores, config::list(config::host_name()),
                 "names of the cores that may dial in");
  return schema;
}

config::Section<SipConfig> sip_schema() {
  config::Section<SipConfig> schema;
  schema.add("algorithms", &SipConfig::algorithms,
             config::list(config::choice<sip::DigestAlgorithm>(
                 {{"MD5", sip::DigestAlgorithm::Md5}, {"SHA-256", sip::DigestAlgorithm::Sha256}})),
             "what clients are challenged with, in order of preference: MD5, SHA-256");
  return schema;
}

config::Section<LimitsConfig> limits_schema() {
  const auto wait = config::duration(milliseconds{100}, hours{1});
  config::Section<LimitsConfig> schema;
  schema.add("handshake", &LimitsConfig::handshake, wait,
             "longest time for a client's TLS handshake");
  schema.add("head", &LimitsConfig::head, wait, "longest time for a request's head");
  schema.add("idle", &LimitsConfig::idle, wait, "longest wait between two requests");
  schema.add("body", &LimitsConfig::body, wait, "longest wait without progress in a body");
  schema.add("connections", &LimitsConfig::connections,
             config::integer<std::uint64_t>(1, 10'000'000), "client connections of each worker");
  schema.add("register", &LimitsConfig::registering, wait,
             "longest time until a SIP connection has registered something");
  schema.add("sip_idle", &LimitsConfig::sip_idle, config::duration(milliseconds{100}, hours{24}),
             "longest time without a byte from a SIP connection");
  schema.add("xmpp_secure", &LimitsConfig::xmpp_secure, wait,
             "longest time until TLS is up on an XMPP connection");
  schema.add("xmpp_sign_in", &LimitsConfig::xmpp_sign_in, wait,
             "longest time until somebody has signed in on an XMPP connection");
  schema.add("xmpp_strangers", &LimitsConfig::xmpp_strangers,
             config::integer<std::uint64_t>(1, 10'000'000),
             "XMPP connections of one address on which nobody has signed in, of each worker");
  return schema;
}

void check_certificate(const Config& config, config::Report& report) {
  const auto credentials = certs::Credentials::load(config.tls.certificate, config.tls.key);
  if (!credentials) {
    report.add("tls.certificate", credentials.error().detail);
    return;
  }
  // Links do not depend on it then, so UDS goes on and the names are a matter of warnings.
  if (!config.tunnel.certificate.empty()) return;
  const certs::Identity& identity = (*credentials)->identity();
  if (!certs::holds(identity, certs::dns_name(config.name))) {
    report.add("name", "the certificate does not hold DNS:" + config.name +
                           ", so every client will refuse it");
  }
  for (const std::string& domain : config.domains) {
    // A client checks for the name it dialled or for the service of its domain (wire.md 7): with
    // the first in place the second is not needed, but a domain that has neither is a mistake.
    const certs::Name service{certs::Name::Kind::Srv, "_collab-edge._tls." + domain};
    const bool same_zone = base::is_in_domain(config.name, domain);
    if (!same_zone && !certs::holds(identity, service)) {
      report.add("domains", fmt::format("the certificate holds neither a name in {} nor SRV:{}",
                                        domain, service.text));
    }
  }
}

void check_tunnel(const Config& config, config::Report& report) {
  if (config.tunnel.certificate.empty() != config.tunnel.key.empty()) {
    report.add("tunnel.certificate", "certificate and key go together: give both or neither");
  } else if (!config.tunnel.certificate.empty()) {
    const auto own = certs::Credentials::load(config.tunnel.certificate, config.tunnel.key);
    if (!own) {
      report.add("tunnel.certificate", own.error().detail);
    } else if (!certs::holds((*own)->identity(), certs::dns_name(config.name))) {
      report.add("tunnel.certificate", "does not hold DNS:" + config.name);
    }
  }
  if (const auto trust = certs::Trust::load(config.tunnel.trust); !trust) {
    report.add("tunnel.trust", trust.error().detail);
  }
}

void check_listeners(const Config& config, config::Report& report) {
  service::ListenCheck check(report);
  check.add("listen.admin", config.listen.admin);
  check.add("listen.https", config.listen.https);
  check.add("listen.tunnel", config.listen.tunnel);
  check.add("listen.sip", config.listen.sip);
  check.add("listen.xmpp", config.listen.xmpp);
  for (const auto& [endpoints, key] : {std::pair{&config.listen.https, "listen.https"},
                                       std::pair{&config.listen.tunnel, "listen.tunnel"}}) {
    if (endpoints->empty()) report.add(key, "at least one address is needed");
  }
}

void check_sip(const Config& config, config::Report& report) {
  const auto& algorithms = config.sip.algorithms;
  if (algorithms.empty()) report.add("sip.algorithms", "at least one is needed");
  const std::set<sip::DigestAlgorithm> distinct(algorithms.begin(), algorithms.end());
  if (distinct.size() != algorithms.size()) report.add("sip.algorithms", "one is there twice");
}

}  // namespace

config::Section<Config> config_schema() {
  config::Section<Config> schema;
  schema
      .require("name", &Config::name, config::host_name(),
               "this edge's public name, as clients dial it")
      .require("domains", &Config::domains, config::list(config::host_name()),
               "the domains whose users sign in here")
      .reloaded()
      .add("workers", &Config::workers, config::integer<std::uint32_t>(0, 1024),
           "threads that serve; 0: one for each processor")
      .section("listen", &Config::listen, listen_schema(), "where it listens")
      .section("tls", &Config::tls, tls_schema(), "what clients are shown")
      .reloaded()
      .section("tunnel", &Config::tunnel, tunnel_schema(), "the link to the cores")
      .reloaded()
      .section("sip", &Config::sip, sip_schema(), "SIP towards clients")
      .reloaded()
      .section("limits", &Config::limits, limits_schema(), "how long and how much")
      .reloaded()
      .section("log", &Config::log, service::log_schema(), "the process's own log")
      .section("traffic_log", &Config::traffic_log, service::traffic_log_schema(),
               "a line for every message that passes");
  return schema;
}

void check_certificates(const Config& config, config::Report& report) {
  check_certificate(config, report);
  check_tunnel(config, report);
}

Config load_config(config::Report& report) {
  Config config = config::load(config_schema(), report);
  if (!report.ok()) return config;  // what is not there cannot be compared
  if (config.domains.empty()) report.add("domains", "at least one domain is needed");
  if (config.tunnel.cores.empty()) report.add("tunnel.cores", "at least one core is needed");
  check_certificates(config, report);
  check_listeners(config, report);
  check_sip(config, report);
  return config;
}

}  // namespace edge
