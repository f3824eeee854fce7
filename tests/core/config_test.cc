#include "core/config.h"

#include <doctest/doctest.h>

#include "tests/certs/scratch.h"
#include "tests/fakes/test_certs.h"

namespace core {
namespace {

constexpr std::string_view kGood =
    "name: core.lab.example\n"
    "domains: [lab.example]\n"
    "edges: [{name: edge.lab.example}]\n"
    "tunnel: {certificate: core.pem, key: core.key, trust: ca.pem}\n"
    "session: {key: session.key}\n"
    "upstream: {trust: ca.pem}\n";

struct Folder {
  certs::Scratch scratch;
  fakes::TestCa ca;

  Folder() {
    scratch.write("ca.pem", ca.pem());
    for (const char* name : {"core", "other"}) {
      fakes::LeafSpec spec;
      spec.names = {std::string("DNS:") + name + ".lab.example"};
      const fakes::PemPair pair = ca.issue(spec);
      scratch.write(std::string(name) + ".pem", pair.chain);
      scratch.write(std::string(name) + ".key", pair.key);
    }
  }
  // What is wrong with the text, nothing if it is good.
  std::string load(std::string_view text, Config* config = nullptr) {
    base::config::Report report(scratch.write("core.yaml", text));
    Config loaded = load_config(report);
    if (config) *config = loaded;
    return report.to_string();
  }
};

std::string replaced(std::string_view what, std::string_view with) {
  std::string text(kGood);
  const std::size_t at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), with);
}

TEST_CASE("a short configuration is filled with defaults") {
  Folder folder;
  Config config;
  CHECK(folder.load(kGood, &config) == "");
  CHECK(config.session.key == folder.scratch.path("session.key"));
  CHECK(config.session.lifetime == std::chrono::hours{8});
  CHECK(config.rate_control.authorizations == 8);
  CHECK(config.rate_control.period == std::chrono::seconds{300});
  CHECK(config.upstream.first_byte == std::chrono::seconds{30});
  CHECK_FALSE(config.edges[0].address);
  CHECK(sip_address(config.sip) == "");
  config.sip.listen = {{base::IpAddress::v4({10, 106, 4, 85}), 5060}};
  CHECK(sip_address(config.sip) == "10.106.4.85:5060");
  config.sip.advertise = "core.lab.example:5060";
  CHECK(sip_address(config.sip) == "core.lab.example:5060");
}

TEST_CASE("everything that can be said is understood") {
  Folder folder;
  Config config;
  const std::string more =
      "allow: [{name: em, scheme: http, host: EM.lab.example, port: 8080, path: /em/,\n"
      "  match: prefix, methods: [GET, POST]}]\n"
      "access: {by_default: false, allowed: [mac.donald]}\n"
      "shared_files: [/ringlist.xml]\n"
      "sip: {routes: [10.1.2.3]}\n"
      "dns: {servers: [\"127.0.0.1:53\"], timeout: 500ms}\n";
  CHECK(folder.load(std::string(kGood) + more, &config) == "");
  REQUIRE(config.allow.size() == 1);
  CHECK(config.allow[0].scheme == policy::Scheme::Http);
  CHECK(config.allow[0].host == "em.lab.example");
  CHECK(config.allow[0].methods == std::vector<std::string>{"GET", "POST"});
  CHECK_FALSE(config.access.by_default);
  CHECK(config.dns.timeout == std::chrono::milliseconds{500});
}

TEST_CASE("every cross check names its key") {
  Folder folder;
  struct Case {
    const char* what;
    const char* with;
    const char* key;
    const char* words;
  };
  const Case cases[] = {
      {"domains: [lab.example]", "domains: []", "domains", "at least one domain"},
      {"edges: [{name: edge.lab.example}]", "edges: []", "edges", "at least one edge"},
      {"[{name: edge.lab.example}]", "[{name: edge.lab.example}, {name: edge.lab.example}]",
       "edges[1].name", "twice"},
      {"certificate: core.pem", "certificate: none.pem", "tunnel.certificate", "none.pem"},
      {"key: core.key", "key: other.key", "tunnel.certificate", ""},
      {"certificate: core.pem, key: core.key", "certificate: other.pem, key: other.key",
       "tunnel.certificate", "does not hold DNS:core.lab.example"},
      {"core.key, trust: ca.pem", "core.key, trust: none.pem", "tunnel.trust", "none.pem"},
      {"upstream: {trust: ca.pem}", "upstream: {trust: none.pem}", "upstream.trust", "none.pem"},
      {"session:", "sip: {trust: none.pem}\nsession:", "sip.trust", "none.pem"},
      {"session:", "sip: {advertise: core.lab.example}\nsession:", "sip.advertise", "HOST:PORT"},
      {"session:", "sip: {listen: [\"0.0.0.0:5060\"]}\nsession:", "sip.advertise", "is needed"},
      {"session:", "sip: {listen: [\"127.0.0.1:5060\", \"127.0.0.1:9443\"]}\nsession:",
       "sip.listen[1]", "another listener too: admin"},
      {"session:", "sip: {registrars: [\"a b\"]}\nsession:", "sip.registrars[0]", "HOST"},
      {"session:", "presence: {trust: none.pem}\nsession:", "presence.trust", "none.pem"},
      {"session:", "presence: {nodes: [imp, \"a b\"]}\nsession:", "presence.nodes[1]", "HOST"},
      {"session:", "presence: {sasl: digest}\nsession:", "presence.sasl", "plain_only"},
      {"session:", "sip: {transport: udp}\nsession:", "sip.transport", "tls"},
      {"session: {key: session.key}", "session: {key: session.key, lifetime: 721h}",
       "session.lifetime", ""},
      {"session:", "rate_control: {authorizations: 65}\nsession:", "rate_control.authorizations",
       ""},
      {"session:", "allow: [{name: a, scheme: https, host: a.b, port: 1, path: /../x}]\nsession:",
       "allow[0]", ""},
      {"session:",
       "allow: [{name: a, scheme: https, host: a.b, port: 1, path: /, methods: [get]}]\nsession:",
       "allow[0]", ""},
      {"session:", "allow: [{name: a, scheme: https, host: a/b, port: 1, path: /}]\nsession:",
       "allow[0].host", "a host name or an IP address"},
      {"session:", "sip: {routes: [\"a b\"]}\nsession:", "sip.routes[0]", "a host name"},
      {"session:", "sip: {routes: [\"2001:db8::1\"]}\nsession:", "sip.routes[0]", "IPv4"},
      {"session:", "shared_files: [/a.xml, b.xml]\nsession:", "shared_files[1]", "/ringlist.xml"},
      {"session.key", "session.key, cookie_domain: other.example", "session.cookie_domain",
       "edge.lab.example is not in other.example"},
      {"session.key", "core.key", "session.key", "others may use it"},
      {"session.key", "none/session.key", "session.key", "is no folder"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.with);
    const std::string report = folder.load(replaced(c.what, c.with));
    CAPTURE(report);
    CHECK(report.find(": " + std::string(c.key) + ": ") != std::string::npos);
    CHECK(report.find(c.words) != std::string::npos);
  }
}

}  // namespace
}  // namespace core
