#include "home/config.h"

#include <algorithm>
#include <chrono>
#include <optional>

#include "certs/credentials.h"
#include "service/listen_check.h"

namespace home {
namespace {

using base::config::Section;

// As config::endpoint(), but port 0 is allowed: the kernel gives one and the log says which.
base::config::Value<base::Endpoint> listen_endpoint() {
  return base::config::scalar<base::Endpoint>(
      "an address and port such as 10.1.2.3:8443 or [2001:db8::1]:8443",
      [](const base::config::Node& node) -> std::optional<base::Endpoint> {
        auto endpoint = base::parse_endpoint(node.text);
        if (!endpoint) return std::nullopt;
        return *endpoint;
      });
}

Section<Cluster> cluster_schema() {
  namespace config = base::config;
  Section<Cluster> schema;
  schema
      .require("nodes", &Cluster::nodes, config::list(config::host_name()),
               "names by which clients reach this cluster; the first is the publisher")
      .add("domains", &Cluster::domains, config::list(config::host_name()),
           "domains of the users (user@domain); none: the domains that the nodes are in")
      .add("presence", &Cluster::presence, config::list(config::host_name()),
           "presence nodes that the service profile names")
      .add("version", &Cluster::version, config::text(),
           "the call manager version that documents show")
      .add("files_port", &Cluster::files_port, config::port(),
           "port of the configuration files, as documents show it")
      .add("sip_port", &Cluster::sip_port, config::port(),
           "port of the registrar, as device files show it")
      .add("registration_seconds", &Cluster::registration_seconds,
           config::integer<std::int64_t>(60, 86'400),
           "how long a registration lasts at most, in seconds: device files show it and the "
           "registrar grants no more");
  return schema;
}

Section<SipConfig> sip_schema() {
  namespace config = base::config;
  Section<SipConfig> schema;
  schema
      .add("listen", &SipConfig::listen, config::list(listen_endpoint()),
           "where phones register, SIP over TCP; none: there is no registrar")
      .add("domains", &SipConfig::domains, config::list(config::host_name()),
           "domains of the lines, beside the nodes; none: the domains that the nodes are in")
      .add("min_expires", &SipConfig::min_expires,
           config::duration(std::chrono::seconds(1), std::chrono::hours(1)),
           "a registration that asks for less is refused (423)")
      .add("probe", &SipConfig::probe,
           config::duration(std::chrono::seconds(0), std::chrono::hours(1)),
           "time between two OPTIONS to each registered phone; 0s: none are sent");
  return schema;
}

Section<Config> make_schema() {
  namespace config = base::config;
  const auto endpoints = config::list(listen_endpoint());
  Section<UdsConfig> uds;
  uds.require("listen", &UdsConfig::listen, endpoints, "where UDS is served over HTTPS")
      .require("certificate", &UdsConfig::certificate, config::path(),
               "PEM file: the certificate that names the nodes, then its intermediates")
      .reloaded()
      .require("key", &UdsConfig::key, config::path(), "PEM file: its private key")
      .reloaded();
  Section<FilesConfig> files;
  files.require("listen", &FilesConfig::listen, endpoints, "where files are served over HTTP")
      .add(
          "folder", &FilesConfig::folder, config::path(),
          "folder of further files, such as jabber-config.xml; none: only what the database knows");
  Section<DatabaseConfig> database;
  database.require("file", &DatabaseConfig::file, config::path(), "the SQLite file")
      .add("seed", &DatabaseConfig::seed, config::path(),
           "users and devices that are added at the start if they are absent");
  Section<Config> schema;
  schema.section("cluster", &Config::cluster, cluster_schema(), "how the cluster shows itself")
      .section("uds", &Config::uds, uds, "the User Data Service")
      .section("files", &Config::files, files, "the configuration files")
      .section("sip", &Config::sip, sip_schema(), "the registrar")
      .section("database", &Config::database, database, "users, devices and lines")
      .section("log", &Config::log, service::log_schema(), "the process's own log")
      .section("traffic_log", &Config::traffic_log, service::traffic_log_schema(),
               "a line for every message that passes")
      .add("admin", &Config::admin, config::endpoint(),
           "where status and commands are served over HTTP; none: nowhere")
      .add("workers", &Config::workers, config::integer<std::size_t>(0, 256),
           "threads that serve; 0: one for each processor");
  return schema;
}

void check_listeners(const Config& config, base::config::Report& report) {
  if (config.uds.listen.empty()) report.add("uds.listen", "expected at least one address");
  if (config.files.listen.empty()) report.add("files.listen", "expected at least one address");
  service::ListenCheck check(report);
  check.add("uds.listen", config.uds.listen);
  check.add("files.listen", config.files.listen);
  check.add("sip.listen", config.sip.listen);
  if (config.admin) check.add("admin", *config.admin);
}

void check_certificate(const Config& config, base::config::Report& report) {
  const auto credentials = certs::Credentials::load(config.uds.certificate, config.uds.key);
  if (!credentials) return report.add("uds.certificate", credentials.error().detail);
  for (std::size_t i = 0; i < config.cluster.nodes.size(); ++i) {
    const std::string& node = config.cluster.nodes[i];
    if (certs::holds((*credentials)->identity(), certs::dns_name(node))) continue;
    report.add(base::config::item_path("cluster.nodes", i),
               "the certificate of uds.certificate does not name " + node);
  }
}

Config load(base::config::Report& report) {
  Config config = base::config::load(config_schema(), report);
  if (!report.ok()) return config;
  if (config.cluster.nodes.empty()) report.add("cluster.nodes", "expected at least one name");
  check_listeners(config, report);
  check_certificate(config, report);
  if (config.sip.min_expires > std::chrono::seconds(config.cluster.registration_seconds)) {
    report.add("sip.min_expires", "expected no more than cluster.registration_seconds");
  }
  return config;
}

}  // namespace

const Section<Config>& config_schema() {
  static const Section<Config> schema = make_schema();
  return schema;
}

base::Result<Config> load_config(const std::string& file) {
  base::config::Report report(file);
  Config config = load(report);
  if (!report.ok()) return base::Error{base::Errc::Malformed, report.to_string()};
  return config;
}

base::Result<Config> reload_config(const std::string& file, const Config& running,
                                   std::vector<std::string>& kept) {
  base::config::Report report(file);
  Config config = load(report);
  kept = config_schema().keep(config, running);
  // The certificate is the file's, the names are not.
  if (report.ok() && !kept.empty()) check_certificate(config, report);
  if (!report.ok()) return base::Error{base::Errc::Malformed, report.to_string()};
  return config;
}

}  // namespace home
