#include "home/config.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "tests/fakes/test_certs.h"
#include "tests/home/scratch.h"

namespace home {
namespace {

constexpr std::string_view kGood =
    "cluster: {nodes: [ucm-pub.lab.example, ucm-sub.lab.example]}\n"
    "uds: {listen: [\"127.0.0.1:8443\"], certificate: home.pem, key: home.key}\n"
    "files: {listen: [\"127.0.0.1:6970\", \"[::1]:6970\"]}\n"
    "database: {file: home.db}\n";

struct Folder {
  Scratch scratch;
  Folder() {
    const fakes::TestCa ca;
    fakes::LeafSpec spec;
    spec.names = {"DNS:ucm-pub.lab.example", "DNS:ucm-sub.lab.example"};
    const fakes::PemPair pair = ca.issue(spec);
    scratch.file("home.pem", pair.chain);
    scratch.file("home.key", pair.key);
  }
  base::Result<Config> load(std::string_view text) {
    return load_config(scratch.file("home.yaml", text));
  }
};

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  const std::size_t at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), with);
}

TEST_CASE("a short configuration is filled with defaults, paths begin at its folder") {
  Folder folder;
  const auto config = folder.load(kGood);
  REQUIRE(config);
  CHECK(config->cluster.version == "9.1.2");
  CHECK(config->cluster.files_port == 6970);
  CHECK(config->database.file == folder.scratch.path("home.db"));
  CHECK(config->files.listen.size() == 2);
  CHECK(config->sip.listen.empty());
  CHECK(config->sip.probe == std::chrono::seconds(30));
  CHECK_FALSE(config->admin);
  CHECK(config->log.file == "-");
}

TEST_CASE("what is wrong is named with its key") {
  Folder folder;
  struct Case {
    const char* what;
    const char* with;
    const char* key;
  };
  const Case cases[] = {
      {"nodes: [ucm-pub.lab.example, ucm-sub.lab.example]", "nodes: []", "cluster.nodes"},
      {"ucm-sub.lab.example", "other.lab.example", "cluster.nodes[1]"},
      {"ucm-sub.lab.example", "bad_name", "cluster.nodes[1]"},
      {"127.0.0.1:8443", "127.0.0.1:6970", "files.listen[0]"},
      {"127.0.0.1:8443", "0.0.0.0:6970", "files.listen[0]"},
      {"127.0.0.1:8443", "8443", "uds.listen[0]"},
      {"[\"127.0.0.1:8443\"]", "[]", "uds.listen"},
      {"key: home.key", "key: none.key", "uds.certificate"},
      {"key: home.key", "key: home.pem", "uds.certificate"},
      {"file: home.db", "fil: home.db", "database"},
      {"database:", "sip: {listen: [\"127.0.0.1:8443\"]}\ndatabase:", "sip.listen[0]"},
      {"database:", "admin: \"127.0.0.1:8443\"\ndatabase:", "admin"},
      {"database:", "sip: {domains: [a_b]}\ndatabase:", "sip.domains[0]"},
      {"database:", "sip: {min_expires: 121s}\ndatabase:", "sip.min_expires"},
      {"database:", "sip: {min_expires: 0s}\ndatabase:", "sip.min_expires"},
      {"database:", "sip: {probe: 2h}\ndatabase:", "sip.probe"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.with);
    const auto config = folder.load(replaced(std::string(kGood), c.what, c.with));
    REQUIRE_FALSE(config);
    CAPTURE(config.error().detail);
    CHECK(config.error().detail.find("home.yaml:") != std::string::npos);
    CHECK(config.error().detail.find(c.key) != std::string::npos);
  }
}

TEST_CASE("the sample file is good and shows every key") {
  Folder folder;
  std::ifstream file(std::string(TEST_DATA) + "/../../deploy/sample/home.yaml");
  const std::string sample((std::istreambuf_iterator<char>(file)), {});
  const auto config = folder.load(sample);
  if (!config) FAIL(config.error().detail);
  for (const auto& key : config_schema().keys()) {
    CAPTURE(key.path);
    const std::string last = key.path.substr(key.path.rfind('.') + 1);
    CHECK(sample.find(last + ":") != std::string::npos);
  }
}

}  // namespace
}  // namespace home
