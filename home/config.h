#pragma once
// The configuration of sallyport-home. Loaded once, never changed; deploy/sample/home.yaml shows
// every key.

#include <cstddef>
#include <cstdint>
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

struct DatabaseConfig {
  std::string file;
  std::string seed;  // users and devices to begin with; empty: none
};

struct Config {
  Cluster cluster;
  UdsConfig uds;
  FilesConfig files;
  DatabaseConfig database;
  service::LogSettings log;
  service::TrafficLogSettings traffic_log;
  std::size_t workers = 0;  // 0: one for each processor
};

// The keys and their help, for loading and for the test that compares them with the sample.
const base::config::Section<Config>& config_schema();

// Loads and cross-checks a file; the detail of a failure is the report, a line for each problem.
base::Result<Config> load_config(const std::string& file);

}  // namespace home
