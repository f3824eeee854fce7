#include "core/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <system_error>

#include "base/domain.h"
#include "certs/credentials.h"
#include "certs/identity.h"
#include "policy/rate.h"
#include "policy/session.h"
#include "policy/user.h"
#include "service/listen_check.h"
#include "sip/uri.h"

namespace core {

namespace config = base::config;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

config::Section<EdgeEntry> edge_schema() {
  config::Section<EdgeEntry> schema;
  schema.require("name", &EdgeEntry::name, config::host_name(),
                 "the edge's public name; its certificate must hold it");
  schema.add("address", &EdgeEntry::address, config::endpoint(),
             "where to dial; left out: the addresses of the name, port 7001");
  return schema;
}

config::Section<TunnelConfig> tunnel_schema() {
  config::Section<TunnelConfig> schema;
  schema.require("certificate", &TunnelConfig::certificate, config::path(),
                 "PEM chain shown to edges, leaf first");
  schema.require("key", &TunnelConfig::key, config::path(), "its private key, PEM");
  schema.require("trust", &TunnelConfig::trust, config::path(),
                 "PEM authorities that edges' certificates must come from");
  schema.add("source", &TunnelConfig::source, config::ip_address(), "address to dial from");
  return schema;
}

config::Section<DnsConfig> dns_schema() {
  config::Section<DnsConfig> schema;
  schema.add("servers", &DnsConfig::servers, config::list(config::endpoint()),
             "inside DNS servers; left out: those of /etc/resolv.conf");
  schema.add("timeout", &DnsConfig::timeout, config::duration(milliseconds{50}, seconds{30}),
             "longest wait for the first try of a question");
  return schema;
}

config::Section<SessionConfig> session_schema() {
  config::Section<SessionConfig> schema;
  schema.require("key", &SessionConfig::key, config::path(),
                 "Ed25519 key that signs sessions; made when it is not there; cores that serve the "
                 "same users share it");
  schema
      .add("lifetime", &SessionConfig::lifetime, config::duration(seconds{60}, kMaxSessionLifetime),
           "how long a sign-in is good for")
      .reloaded();
  schema
      .add("cookie_domain", &SessionConfig::cookie_domain, config::host_name(),
           "Domain of the session cookie, for several edges that share sign-ins")
      .reloaded();
  return schema;
}

config::Section<UpstreamConfig> upstream_schema() {
  const auto wait = config::duration(milliseconds{100}, hours{1});
  config::Section<UpstreamConfig> schema;
  schema.add("trust", &UpstreamConfig::trust, config::path(),
             "PEM authorities of the servers inside; left out: those of the system");
  schema.add("source", &UpstreamConfig::source, config::ip_address(), "address to dial from");
  schema.add("connect", &UpstreamConfig::connect, wait, "longest wait for a connection");
  schema.add("first_byte", &UpstreamConfig::first_byte, wait, "longest wait for an answer");
  schema.add("idle", &UpstreamConfig::idle, wait, "longest wait without progress in a body");
  schema.add("connections", &UpstreamConfig::connections, config::integer<std::uint32_t>(1, 10'000),
             "connections of a worker to one server");
  return schema;
}

config::Section<NodesConfig> nodes_schema() {
  config::Section<NodesConfig> schema;
  schema.add("uds", &NodesConfig::uds, config::list(config::host_name()),
             "call managers, where the DNS does not announce them");
  schema.add("tftp", &NodesConfig::tftp, config::list(config::host_name()),
             "TFTP servers, where the DNS does not announce them");
  return schema;
}

config::Section<policy::Rule> rule_schema() {
  using policy::Rule;
  config::Section<Rule> schema;
  schema.require("name", &Rule::name, config::text(), "what the log calls the rule");
  schema.require("scheme", &Rule::scheme,
                 config::choice<policy::Scheme>(
                     {{"https", policy::Scheme::Https}, {"http", policy::Scheme::Http}}),
                 "https or http");
  schema.require("host", &Rule::host, config::host(),
                 "full name of the server, or its address when clients name it so");
  schema.require("port", &Rule::port, config::port(), "its port");
  schema.require("path", &Rule::path, config::text(), "path, without a query");
  schema.add("match", &Rule::match,
             config::choice<Rule::Match>({{"exact", Rule::Match::Exact},
                                          {"prefix", Rule::Match::Prefix},
                                          {"file", Rule::Match::File}}),
             "exact: this path; prefix: it and all below it; file: one name directly below it");
  schema.add("methods", &Rule::methods, config::list(config::text()), "methods that are allowed");
  return schema;
}

config::Section<policy::AccessRules> access_schema() {
  using policy::AccessRules;
  config::Section<AccessRules> schema;
  schema.add("by_default", &AccessRules::by_default, config::boolean(),
             "whether users in neither list may sign in from outside");
  schema.add("allowed", &AccessRules::allowed, config::list(config::text()),
             "users who may, when by_default is false");
  schema.add("denied", &AccessRules::denied, config::list(config::text()), "users who may not");
  return schema;
}

config::Section<RateConfig> rate_schema() {
  config::Section<RateConfig> schema;
  schema.add("authorizations", &RateConfig::authorizations,
             config::integer<std::uint32_t>(1, policy::RateOptions::kMaxLimit),
             "sign-ins of one user within the period; more are answered 429");
  schema.add("period", &RateConfig::period, config::duration(seconds{1}, hours{24}),
             "length of the period");
  return schema;
}

config::Section<SipConfig> sip_schema() {
  config::Section<SipConfig> schema;
  schema
      .add("routes", &SipConfig::routes, config::list(config::host()),
           "hosts of cores that clients put into Route; left out: this core's name")
      .reloaded();
  schema.add("listen", &SipConfig::listen, config::list(config::endpoint()),
             "addresses inside where call managers reach clients; left out: no registrations");
  schema.add("advertise", &SipConfig::advertise, config::text(),
             "HOST:PORT that call managers are told; left out: the first of listen");
  schema
      .add("trust", &SipConfig::trust, config::path(),
           "PEM authorities of the certificate that edges prove credential checks with; left out: "
           "tunnel.trust")
      .reloaded();
  schema.add("transport", &SipConfig::transport,
             config::choice<SipTransport>({{"tcp", SipTransport::Tcp}, {"tls", SipTransport::Tls}}),
             "how call managers are reached: tcp or tls");
  schema.add("port", &SipConfig::port, config::port(), "SIP port of call managers");
  schema.add("registrars", &SipConfig::registrars, config::list(config::text()),
             "HOST or HOST:PORT of call managers, in order; left out: those discovered");
  schema.add("path_headers", &SipConfig::path_headers, config::boolean(),
             "send Path (RFC 3327) and the client's own Contact, for registrars that support it");
  return schema;
}

config::Section<PresenceConfig> presence_schema() {
  config::Section<PresenceConfig> schema;
  schema.add("nodes", &PresenceConfig::nodes, config::list(config::text()),
             "HOST or HOST:PORT of presence nodes, in order; left out: those discovered");
  schema.add("sasl", &PresenceConfig::sasl,
             config::choice<PresenceSasl>(
                 {{"native", PresenceSasl::Native}, {"plain_only", PresenceSasl::PlainOnly}}),
             "native: nodes know CISCO-VTG-TOKEN; plain_only: it is put in terms of PLAIN");
  schema.add("trust", &PresenceConfig::trust, config::path(),
             "PEM authorities of presence nodes; left out: upstream.trust");
  return schema;
}

void check_tunnel(const Config& config, config::Report& report) {
  if (const auto trust = certs::Trust::load(config.tunnel.trust); !trust) {
    report.add("tunnel.trust", trust.error().detail);
  }
  if (!config.upstream.trust.empty()) {
    if (const auto trust = certs::Trust::load(config.upstream.trust); !trust) {
      report.add("upstream.trust", trust.error().detail);
    }
  }
}

void check_session(const Config& config, config::Report& report) {
  const auto key = policy::SessionSigner::load(config.session.key);
  if (!key && key.error().code != base::Errc::NotFound) {
    report.add("session.key", key.error().detail);
  }
  const std::string folder = std::filesystem::path(config.session.key).parent_path();
  std::error_code none;
  if (!key && !folder.empty() && !std::filesystem::is_directory(folder, none)) {
    report.add("session.key", folder + " is no folder that it could be made in");
  }
  const std::string& domain = config.session.cookie_domain;
  if (domain.empty()) return;
  for (const EdgeEntry& edge : config.edges) {
    if (base::is_in_domain(edge.name, domain)) continue;
    report.add("session.cookie_domain",
               edge.name + " is not in " + domain + ", so clients would drop its cookie");
  }
}

void check_lists(const Config& config, config::Report& report) {
  if (config.domains.empty()) report.add("domains", "at least one domain is needed");
  if (config.edges.empty()) report.add("edges", "at least one edge is needed");
  std::set<std::string> names;
  for (std::size_t i = 0; i < config.edges.size(); ++i) {
    if (!names.insert(config.edges[i].name).second) {
      report.add(config::item_path("edges", i) + ".name",
                 config.edges[i].name + " is in the list twice");
    }
  }
  // A name that matches nobody would silently let in whom it was meant to keep out.
  const auto check_users = [&](const std::string& key, const std::vector<std::string>& users) {
    for (std::size_t i = 0; i < users.size(); ++i) {
      if (policy::is_user_name(users[i])) continue;
      report.add(config::item_path(key, i),
                 "expected a user name without its domain, such as mac.donald");
    }
  };
  check_users("access.allowed", config.access.allowed);
  check_users("access.denied", config.access.denied);
  for (std::size_t i = 0; i < config.shared_files.size(); ++i) {
    if (config.shared_files[i].starts_with('/')) continue;
    report.add(config::item_path("shared_files", i), "expected a path such as /ringlist.xml");
  }
  for (std::size_t i = 0; i < config.allow.size(); ++i) {
    const auto compiled = policy::AllowList::compile({&config.allow[i], 1});
    if (!compiled) report.add(config::item_path("allow", i), compiled.error().detail);
  }
}

void check_listeners(const Config& config, config::Report& report) {
  service::ListenCheck check(report);
  check.add("admin", config.admin);
  check.add("sip.listen", config.sip.listen);
}

void check_sip(const Config& config, config::Report& report) {
  const SipConfig& sip = config.sip;
  if (!sip.trust.empty()) {
    if (const auto trust = certs::Trust::load(sip.trust); !trust) {
      report.add("sip.trust", trust.error().detail);
    }
  }
  for (std::size_t i = 0; i < sip.routes.size(); ++i) {
    if (sip.routes[i].find(':') == std::string::npos) continue;
    report.add(config::item_path("sip.routes", i), "expected a host name or an IPv4 address");
  }
  const auto advertise = sip::parse_host_port(sip.advertise);
  if (!sip.advertise.empty() && (!advertise || !advertise->port)) {
    report.add("sip.advertise", "expected HOST:PORT, such as core.lab.example:5060");
  }
  if (sip.advertise.empty() && !sip.listen.empty() &&
      sip.listen.front().address.bytes().find_first_not_of('\0') == std::string_view::npos) {
    report.add("sip.advertise", "is needed where sip.listen names no address of its own");
  }
  for (std::size_t i = 0; i < sip.registrars.size(); ++i) {
    if (sip::parse_host_port(sip.registrars[i])) continue;
    report.add(config::item_path("sip.registrars", i), "expected HOST or HOST:PORT");
  }
}

void check_presence(const Config& config, config::Report& report) {
  const PresenceConfig& presence = config.presence;
  if (!presence.trust.empty()) {
    if (const auto trust = certs::Trust::load(presence.trust); !trust) {
      report.add("presence.trust", trust.error().detail);
    }
  }
  for (std::size_t i = 0; i < presence.nodes.size(); ++i) {
    if (sip::parse_host_port(presence.nodes[i])) continue;
    report.add(config::item_path("presence.nodes", i), "expected HOST or HOST:PORT");
  }
}

}  // namespace

std::string sip_address(const SipConfig& sip) {
  if (!sip.advertise.empty()) return sip.advertise;
  return sip.listen.empty() ? std::string() : base::to_string(sip.listen.front());
}

config::Section<Config> config_schema() {
  config::Section<Config> schema;
  schema
      .require("name", &Config::name, config::host_name(),
               "this core's name, as its certificate holds it")
      .require("domains", &Config::domains, config::list(config::host_name()),
               "the domains whose users sign in")
      .add("workers", &Config::workers, config::integer<std::uint32_t>(0, 1024),
           "threads that serve; 0: one for each processor")
      .add("admin", &Config::admin, config::endpoint(),
           "address of the status page; reachable by administrators only")
      .sections("edges", &Config::edges, edge_schema(), "the edges to dial")
      .section("tunnel", &Config::tunnel, tunnel_schema(), "the link to the edges")
      .reloaded()
      .section("dns", &Config::dns, dns_schema(), "how servers inside are found")
      .section("session", &Config::session, session_schema(), "sign-ins")
      .section("upstream", &Config::upstream, upstream_schema(), "the servers inside")
      .section("nodes", &Config::nodes, nodes_schema(), "servers that are not discovered")
      .sections("allow", &Config::allow, rule_schema(),
                "what clients may ask of other servers inside")
      .reloaded()
      .add("shared_files", &Config::shared_files, config::list(config::text()),
           "paths of configuration files that every user may fetch")
      .reloaded()
      .section("access", &Config::access, access_schema(), "who may sign in from outside")
      .reloaded()
      .section("rate_control", &Config::rate_control, rate_schema(), "how often")
      .section("sip", &Config::sip, sip_schema(), "registration of phones")
      .section("presence", &Config::presence, presence_schema(), "chat and presence")
      .section("log", &Config::log, service::log_schema(), "the process's own log")
      .section("traffic_log", &Config::traffic_log, service::traffic_log_schema(),
               "a line for every message that passes");
  return schema;
}

void check_certificate(const Config& config, config::Report& report) {
  const auto own = certs::Credentials::load(config.tunnel.certificate, config.tunnel.key);
  if (!own) {
    report.add("tunnel.certificate", own.error().detail);
  } else if (!certs::holds((*own)->identity(), certs::dns_name(config.name))) {
    report.add("tunnel.certificate",
               "does not hold DNS:" + config.name + ", so no edge will take the link");
  }
}

Config load_config(config::Report& report) {
  Config config = config::load(config_schema(), report);
  if (!report.ok()) return config;  // what is not there cannot be compared
  check_lists(config, report);
  check_session(config, report);
  check_certificate(config, report);
  check_tunnel(config, report);
  check_listeners(config, report);
  check_sip(config, report);
  check_presence(config, report);
  return config;
}

}  // namespace core
