#pragma once
// The configuration of sallyport-home. Loaded once, never changed; deploy/sample/home.yaml shows
// every key.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/config.h"
#include "base/result.h"
#include "home/cluster.h"
#include "service/logs.h"

namespace home {

struct UdsConfig {
  std::vector<base::Endpoint> listen;
  std::string certificate;  // PEM chain, leaf first
  std::string key;          // PEM
};

struct FilesConfig {
  std::vector<base::Endpoint> listen;
  std::string folder;  // empty: only what the store knows
};

struct SipConfig {
  std::vector<base::Endpoint> listen;  // none: there is no registrar
  std::vector<std::string> domains;    // none: the domains that the nodes are in
  std::chrono::milliseconds min_expires{10'000};
  std::chrono::milliseconds probe{30'000};  // between two OPTIONS to a phone; 0: none are sent
};

struct DatabaseConfig {
  std::string file;
  std::string seed;  // users and devices to begin with; empty: none
};

struct Config {
  Cluster cluster;
  UdsConfig uds;
  FilesConfig files;
  SipConfig sip;
  DatabaseConfig database;
  service::LogSettings log;
  service::TrafficLogSettings traffic_log;
  std::optional<base::Endpoint> admin;
  std::size_t workers = 0;  // 0: one for each processor
};

// The keys and their help, for loading and for the test that compares them with the sample.
const base::config::Section<Config>& config_schema();

// Loads and cross-checks a file; the detail of a failure is the report, a line for each problem.
base::Result<Config> load_config(const std::string& file);
// The same for a program that runs: it keeps what only a restart changes, whose keys `kept` names.
base::Result<Config> reload_config(const std::string& file, const Config& running,
                                   std::vector<std::string>& kept);

}  // namespace home
