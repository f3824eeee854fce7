#include "base/config.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace base::config {
namespace {

using namespace std::chrono_literals;

enum class Match { Exact, Prefix };

struct Rule {
  std::string host;
  Match match = Match::Exact;
  bool operator==(const Rule&) const = default;
};

struct Tls {
  std::string certificate;
  std::string log = "-";
};

struct Admin {
  std::uint16_t port = 9443;
  bool operator==(const Admin&) const = default;
};

struct Sample {
  std::vector<std::string> domains = {"default.example"};
  std::optional<std::string> name;
  std::vector<Endpoint> listen;
  Tls tls;
  std::optional<Admin> admin;
  std::vector<Rule> allow;
  Duration timeout = 5s;
  std::uint64_t body_bytes = 0;
  bool strict = true;
  int workers = 2;
  Level level = Level::Info;
};

Section<Sample> sample_schema() {
  Section<Tls> tls;
  tls.require("certificate", &Tls::certificate, path(), "the chain")
      .add("log", &Tls::log, path_or_dash(), "the log");
  Section<Admin> admin;
  admin.require("port", &Admin::port, port(), "the port");
  Section<Rule> rule;
  rule.require("host", &Rule::host, host_name(), "the host")
      .add("match", &Rule::match,
           choice<Match>({{"exact", Match::Exact}, {"prefix", Match::Prefix}}), "how");
  Section<Sample> schema;
  schema.add("domains", &Sample::domains, list(host_name()), "our domains")
      .add("name", &Sample::name, text(), "a name")
      .add("listen", &Sample::listen, list(endpoint()), "where")
      .section("tls", &Sample::tls, tls, "TLS")
      .section("admin", &Sample::admin, admin, "the admin port")
      .sections("allow", &Sample::allow, rule, "the rules")
      .add("timeout", &Sample::timeout, duration(1s, 1h), "how long")
      .add("body", &Sample::body_bytes, size_bytes(1024, 1024 * 1024), "how much")
      .add("strict", &Sample::strict, boolean(), "whether")
      .add("workers", &Sample::workers, integer(1, 64), "how many")
      .add("level", &Sample::level, log_level(), "how loud");
  return schema;
}

constexpr std::string_view kTls = "tls: {certificate: c.pem}\n";  // the only required key

struct Loaded {
  Sample config;
  Report report{"edge.yaml"};
};

Loaded load_sample(std::string_view text) {
  Loaded loaded;
  loaded.config = load_text(text, "/etc/sallyport", sample_schema(), loaded.report);
  return loaded;
}

TEST_CASE("a full file fills the struct") {
  const Loaded loaded = load_sample(R"(# comment
domains: [Example.com, uclab.com]
name: edge one
listen:
  - 127.0.0.1:8443
  - "[::1]:8443"
tls:
  certificate: certs/edge.pem
  log: /var/log/edge.log
admin:
  port: 9000
allow:
  - host: ucm.example.com
  - {host: imp.example.com, match: prefix}
timeout: 90s
body: 64KiB
strict: false
workers: 8
level: debug
)");
  CHECK(loaded.report.to_string() == "");
  const Sample& config = loaded.config;
  CHECK(config.domains == std::vector<std::string>{"example.com", "uclab.com"});
  CHECK(config.name == "edge one");
  CHECK(config.listen ==
        std::vector{*parse_endpoint("127.0.0.1:8443"), *parse_endpoint("[::1]:8443")});
  CHECK(config.tls.certificate == "/etc/sallyport/certs/edge.pem");
  CHECK(config.tls.log == "/var/log/edge.log");
  REQUIRE(config.admin);
  CHECK(config.admin->port == 9000);
  CHECK(config.allow ==
        std::vector<Rule>{{"ucm.example.com", Match::Exact}, {"imp.example.com", Match::Prefix}});
  CHECK(config.timeout == 90s);
  CHECK(config.body_bytes == 65536);
  CHECK_FALSE(config.strict);
  CHECK(config.workers == 8);
  CHECK(config.level == Level::Debug);
}

TEST_CASE("what is absent keeps its default") {
  const Loaded loaded = load_sample(kTls);
  CHECK(loaded.report.ok());
  CHECK(loaded.config.domains == std::vector<std::string>{"default.example"});
  CHECK_FALSE(loaded.config.name);
  CHECK_FALSE(loaded.config.admin);
  CHECK(loaded.config.tls.log == "-");
  CHECK(loaded.config.timeout == 5s);
  CHECK(loaded.config.level == Level::Info);
}

TEST_CASE("all problems are found at once, in the order of the file") {
  const Loaded loaded = load_sample(R"(domans: [a.example]
listen: [127.0.0.1:8443, 127.0.0.1:99999]
tls:
  certificat: x
admin: {}
allow:
  - host: a b
    match: regex
workers: "8"
workers: 9
)");
  CHECK(loaded.report.to_string() ==
        R"(edge.yaml:1:1: domans: unknown key, did you mean "domains"?
edge.yaml:2:26: listen[1]: expected an address with a port, such as 127.0.0.1:8443 or "[::1]:8443", found "127.0.0.1:99999"
edge.yaml:4:3: tls.certificat: unknown key, did you mean "certificate"?
edge.yaml:4:3: tls.certificate: is missing
edge.yaml:5:8: admin.port: is missing
edge.yaml:7:11: allow[0].host: expected a host name, such as edge.example.com, found "a b"
edge.yaml:8:12: allow[0].match: expected one of exact, prefix, found "regex"
edge.yaml:9:10: workers: expected a whole number from 1 to 64, found "8" in quotes
edge.yaml:10:1: workers: stands twice, first in line 9
)");
}

TEST_CASE("every kind of value refuses what it is not") {
  struct Case {
    std::string_view text;
    std::string_view problem;  // a part of it
  };
  const Case cases[] = {
      {"domains: a.example", "1:10: domains: expected a list, each a host name, such as "},
      {"domains: [[a]]",
       "domains[0]: expected a host name, such as edge.example.com, found a list"},
      {"domains: [127.0.0.1]", "domains[0]"},
      {"domains:",
       "domains: expected a list, each a host name, such as edge.example.com, found no"},
      {"name: ~", "name: expected a text of one line, found nothing"},
      {"name: null", "found nothing"},
      {"name: ''", "name: expected a text of one line, found \"\" in quotes"},
      {"name: \"a\\nb\"", "found \"a\\x0ab\" in quotes"},
      {"name: {a: b}", "found a section"},
      {"listen: ['127.0.0.1:0']", "listen[0]"},
      {"listen: ['localhost:80']", "listen[0]"},
      {"tls: [a]", "tls: expected a section of keys, found a list"},
      {"tls:", "tls.certificate: is missing"},
      {"admin: {port: 0}", "admin.port: expected a port (1 to 65535), found \"0\""},
      {"admin: {port: '80'}", "admin.port"},
      {"admin: {port: 80.0}", "admin.port"},
      {"admin: {port: 0x50}", "admin.port"},
      {"allow: {host: a}", "allow: expected a list of sections, found a section"},
      {"allow: [a]", "allow[0]: expected a section of keys, found \"a\""},
      {"timeout: 5", "timeout: expected a time from 1s to 1h (units: ms, s, m, h, d), found \"5\""},
      {"timeout: 999ms", "timeout"},
      {"timeout: 61m", "timeout"},
      {"timeout: -5s", "timeout"},
      {"timeout: 5 s", "timeout"},
      {"timeout: 1.5s", "timeout"},
      {"timeout: s", "timeout"},
      {"timeout: 99999999999999999999d", "timeout"},
      {"timeout: 18446744073709551d", "timeout"},
      {"body: 1023", "body: expected a size from 1KiB to 1MiB (units: KiB, MiB, GiB; none: bytes)"},
      {"body: 1025KiB", "body"},
      {"body: 64kb", "body"},
      {"body: 17179869185GiB", "body"},
      {"strict: yes", "strict: expected true or false, found \"yes\""},
      {"strict: 'true'", "strict"},
      {"strict: True", "strict"},
      {"workers: 0", "workers"},
      {"workers: 65", "workers"},
      {"workers: 1_0", "workers"},
      {"workers: 010", "workers"},
      {"workers: -1", "workers"},
      {"level: INFO", "level: expected one of error, warn, info, debug, found \"INFO\""},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    const std::string text = std::string(c.text) + "\n";
    const Loaded loaded = load_sample(c.text.starts_with("tls") ? text : text + std::string(kTls));
    CHECK_FALSE(loaded.report.ok());
    const std::string problems = loaded.report.to_string();
    CAPTURE(problems);
    CHECK(problems.find(c.problem) != std::string::npos);
    CHECK(problems.starts_with("edge.yaml:1:"));
  }
}

TEST_CASE("the limits themselves are taken") {
  const Loaded low = load_sample("timeout: 1000ms\nbody: 1024\nworkers: 1\n" + std::string(kTls));
  CHECK(low.report.ok());
  CHECK(low.config.timeout == 1s);
  CHECK(low.config.body_bytes == 1024);
  const Loaded high = load_sample("timeout: 60m\nbody: 1MiB\nworkers: 64\n" + std::string(kTls));
  CHECK(high.report.ok());
  CHECK(high.config.timeout == 1h);
  CHECK(high.config.body_bytes == 1024 * 1024);
}

TEST_CASE("an empty file is an empty section") {
  for (const std::string_view text : {"", "\n", "# only a comment\n", "---\n", "{}"}) {
    CAPTURE(text);
    CHECK(load_sample(text).report.to_string() == "edge.yaml:1:1: tls.certificate: is missing\n");
  }
}

TEST_CASE("a key without a near one gets no suggestion") {
  const Loaded loaded = load_sample("zebra: 1\n" + std::string(kTls));
  CHECK(loaded.report.to_string() == "edge.yaml:1:1: zebra: unknown key\n");
  const std::string longest(100, 'd');
  CHECK(load_sample(longest + ": 1\n" + std::string(kTls)).report.to_string() ==
        "edge.yaml:1:1: " + longest.substr(0, kMaxShownBytes) + ": unknown key\n");
}

TEST_CASE("a program adds its own problems at the place of a key") {
  Loaded loaded = load_sample("listen:\n  - 127.0.0.1:80\n  - 127.0.0.1:80\n" + std::string(kTls));
  Report& report = loaded.report;
  REQUIRE(report.ok());
  report.add("listen[1]", "is the same as listen[0]");
  report.add("tls.certificate", "does not name default.example");
  report.add("tls.log", "is not in the file");
  report.add("nothing", "at all");
  CHECK_FALSE(report.ok());
  CHECK(report.has("tls.certificate"));
  CHECK_FALSE(report.has("tls.log"));
  CHECK(report.to_string() ==
        "edge.yaml:1:1: nothing: at all\n"
        "edge.yaml:3:5: listen[1]: is the same as listen[0]\n"
        "edge.yaml:4:1: tls.log: is not in the file\n"
        "edge.yaml:4:7: tls.certificate: does not name default.example\n");
}

TEST_CASE("relative paths begin at the folder of the file") {
  namespace fs = std::filesystem;
  std::string folder = (fs::temp_directory_path() / "sallyport-config-XXXXXX").string();
  REQUIRE(mkdtemp(folder.data()) != nullptr);
  const std::string file = folder + "/edge.yaml";
  std::ofstream(file) << "tls: {certificate: edge.pem, log: '-'}\n";
  Report report(file);
  const Sample config = load(sample_schema(), report);
  fs::remove_all(folder);
  CHECK(report.to_string() == "");
  CHECK(config.tls.certificate == folder + "/edge.pem");
  CHECK(config.tls.log == "-");
}

TEST_CASE("a file that cannot be read is a problem too") {
  Report report("/nowhere/edge.yaml");
  load(sample_schema(), report);
  CHECK(report.to_string() ==
        "/nowhere/edge.yaml:1:1: cannot be read: /nowhere/edge.yaml: No such file or directory\n");
  Report folder("/tmp");
  load(sample_schema(), folder);
  CHECK(folder.to_string() == "/tmp:1:1: cannot be read: /tmp: Is a directory\n");
}

TEST_CASE("reading stops at the limit") {
  const auto endless = read_file("/dev/zero", 4096);
  REQUIRE_FALSE(endless);
  CHECK(endless.error().code == Errc::TooLarge);
  CHECK(read_file("/dev/null"));
}

TEST_CASE("what only a restart changes is kept, and named") {
  Section<Tls> tls;
  tls.require("certificate", &Tls::certificate, path(), "the chain")
      .reloaded()
      .add("log", &Tls::log, path_or_dash(), "the log");
  Section<Sample> schema;
  schema.add("name", &Sample::name, text(), "a name")
      .section("tls", &Sample::tls, tls, "TLS")
      .sections("allow", &Sample::allow, Section<Rule>(), "the rules")
      .add("workers", &Sample::workers, integer(1, 64), "how many")
      .add("level", &Sample::level, log_level(), "how loud")
      .reloaded();
  const Sample running;
  Sample same;
  CHECK(schema.keep(same, running).empty());
  Sample loaded;
  loaded.name = "new";
  loaded.tls = {"new.pem", "new.log"};
  loaded.allow = {{"new.example", Match::Exact}};
  loaded.level = Level::Debug;
  CHECK(schema.keep(loaded, running) == std::vector<std::string>{"name", "tls.log", "allow"});
  CHECK_FALSE(loaded.name);
  CHECK(loaded.tls.certificate == "new.pem");
  CHECK(loaded.tls.log == "-");
  CHECK(loaded.allow.empty());
  CHECK(loaded.level == Level::Debug);
}

TEST_CASE("every key is documented, with its path") {
  std::string paths;
  for (const Key& key : sample_schema().keys()) {
    paths += key.path + (key.required ? "! " : " ");
    CHECK_FALSE(key.help.empty());
    CHECK_FALSE(key.expected.empty());
  }
  CHECK(paths ==
        "domains name listen tls tls.certificate! tls.log admin admin.port! allow allow[].host! "
        "allow[].match timeout body strict workers level ");
}

}  // namespace
}  // namespace base::config
