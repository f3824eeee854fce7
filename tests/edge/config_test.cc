#include "edge/config.h"

#include <doctest/doctest.h>

#include "tests/certs/scratch.h"
#include "tests/fakes/test_certs.h"

namespace edge {
namespace {

constexpr std::string_view kGood =
    "name: edge.lab.example\n"
    "domains: [lab.example]\n"
    "listen: {https: [\"127.0.0.1:8443\"], tunnel: [\"127.0.0.1:7001\"]}\n"
    "tls: {certificate: edge.pem, key: edge.key}\n"
    "tunnel: {trust: ca.pem, cores: [core.lab.example]}\n";

struct Folder {
  certs::Scratch scratch;
  fakes::TestCa ca;

  Folder() {
    scratch.write("ca.pem", ca.pem());
    issue("edge", {"DNS:edge.lab.example"});
    issue("other", {"DNS:other.lab.example"});
    issue("cn", {"DNS:x.lab.example"}, "edge.lab.example");
    issue("srv", {"DNS:edge.lab.example",
                  "otherName:1.3.6.1.5.5.7.8.7;IA5STRING:_collab-edge._tls.far.example"});
  }
  void issue(const std::string& name, std::vector<std::string> names,
             std::string common_name = "leaf") {
    fakes::LeafSpec spec;
    spec.names = std::move(names);
    spec.common_name = std::move(common_name);
    const fakes::PemPair pair = ca.issue(spec);
    scratch.write(name + ".pem", pair.chain);
    scratch.write(name + ".key", pair.key);
  }
  // What is wrong with the text, nothing if it is good.
  std::string load(std::string_view text, Config* config = nullptr) {
    base::config::Report report(scratch.write("edge.yaml", text));
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
  CHECK(config.name == "edge.lab.example");
  CHECK(config.tls.certificate == folder.scratch.path("edge.pem"));
  CHECK(base::to_string(config.listen.admin) == "127.0.0.1:9443");
  CHECK(config.limits.idle == std::chrono::seconds{60});
  CHECK(config.log.file == "-");
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
      {"cores: [core.lab.example]", "cores: []", "tunnel.cores", "at least one core"},
      {"certificate: edge.pem, key: edge.key", "certificate: none.pem, key: edge.key",
       "tls.certificate", "none.pem"},
      {"key: edge.key", "key: other.key", "tls.certificate", ""},
      {"certificate: edge.pem, key: edge.key", "certificate: other.pem, key: other.key", "name",
       "does not hold DNS:edge.lab.example"},
      {"certificate: edge.pem, key: edge.key", "certificate: cn.pem, key: cn.key", "name",
       "does not hold DNS:edge.lab.example"},
      {"domains: [lab.example]", "domains: [lab.example, far.example]", "domains",
       "SRV:_collab-edge._tls.far.example"},
      {"domains: [lab.example]", "domains: [b.example]", "domains", "neither"},
      {"trust: ca.pem", "trust: none.pem", "tunnel.trust", "none.pem"},
      {"trust: ca.pem", "trust: edge.key", "tunnel.trust", ""},
      {"trust: ca.pem", "trust: ca.pem, certificate: edge.pem", "tunnel.certificate",
       "go together"},
      {"trust: ca.pem", "trust: ca.pem, key: edge.key", "tunnel.certificate", "go together"},
      {"trust: ca.pem", "trust: ca.pem, certificate: other.pem, key: other.key",
       "tunnel.certificate", "does not hold"},
      {"trust: ca.pem", "trust: ca.pem, certificate: edge.pem, key: other.key",
       "tunnel.certificate", ""},
      {"[\"127.0.0.1:7001\"]", "[\"127.0.0.1:8443\"]", "listen.tunnel[0]", "another listener"},
      {"[\"127.0.0.1:8443\"]", "[\"127.0.0.1:8443\", \"127.0.0.1:8443\"]", "listen.https[1]",
       "another listener"},
      {"[\"127.0.0.1:8443\"]", "[\"127.0.0.1:9443\"]", "listen.https[0]", "another listener"},
      {"[\"127.0.0.1:8443\"]", "[\"0.0.0.0:9443\"]", "listen.https[0]", "too: listen.admin"},
      {"[\"127.0.0.1:8443\"]", "[]", "listen.https", "at least one address"},
      {"[\"127.0.0.1:7001\"]", "[]", "listen.tunnel", "at least one address"},
      {"[\"127.0.0.1:7001\"]", "[\"127.0.0.1:7001\"], sip: [\"127.0.0.1:7001\"]", "listen.sip[0]",
       "another listener"},
      {"[\"127.0.0.1:7001\"]", "[\"127.0.0.1:7001\"], xmpp: [\"127.0.0.1:8443\"]", "listen.xmpp[0]",
       "another listener"},
      {"domains: [lab.example]\n", "domains: [lab.example]\nsip: {algorithms: []}\n",
       "sip.algorithms", "at least one"},
      {"domains: [lab.example]\n", "domains: [lab.example]\nsip: {algorithms: [MD5, MD5]}\n",
       "sip.algorithms", "twice"},
      {"domains: [lab.example]\n", "domains: [lab.example]\nsip: {algorithms: [SHA-1]}\n",
       "sip.algorithms[0]", "SHA-256"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.with);
    const std::string report = folder.load(replaced(c.what, c.with));
    CAPTURE(report);
    CHECK(report.find(": " + std::string(c.key) + ": ") != std::string::npos);
    CHECK(report.find(c.words) != std::string::npos);
  }
}

TEST_CASE("a domain elsewhere is good with the service name in the certificate") {
  Folder folder;
  std::string text =
      replaced("certificate: edge.pem, key: edge.key", "certificate: srv.pem, key: srv.key");
  text.replace(text.find("[lab.example]"), 13, "[lab.example, far.example]");
  CHECK(folder.load(text) == "");
}

TEST_CASE("the tunnel may show another certificate") {
  Folder folder;
  CHECK(folder.load(
            replaced("trust: ca.pem", "trust: ca.pem, certificate: srv.pem, key: srv.key")) == "");
}

TEST_CASE("with a certificate of its own for the tunnel the names in the other are no error") {
  Folder folder;
  folder.issue("wrong", {"DNS:wrong.far.example"});
  std::string text =
      replaced("certificate: edge.pem, key: edge.key", "certificate: wrong.pem, key: wrong.key");
  CHECK(folder.load(text) != "");
  text.replace(text.find("trust: ca.pem"), 13,
               "trust: ca.pem, certificate: edge.pem, key: edge.key");
  CHECK(folder.load(text) == "");
}

TEST_CASE("SIP is off unless it listens, and is read in full") {
  Folder folder;
  Config config;
  CHECK(folder.load(kGood, &config) == "");
  CHECK(config.listen.sip.empty());
  CHECK(config.sip.algorithms == std::vector{sip::DigestAlgorithm::Md5});
  CHECK(config.limits.registering == std::chrono::seconds{30});
  std::string text = replaced("listen: {", "listen: {sip: [\"127.0.0.1:5061\"], ");
  text += "sip: {algorithms: [SHA-256, MD5]}\nlimits: {register: 5s, sip_idle: 1h}\n";
  CHECK(folder.load(text, &config) == "");
  CHECK(config.listen.sip.size() == 1);
  CHECK(config.sip.algorithms ==
        std::vector{sip::DigestAlgorithm::Sha256, sip::DigestAlgorithm::Md5});
  CHECK(config.limits.registering == std::chrono::seconds{5});
  CHECK(config.limits.sip_idle == std::chrono::hours{1});
}

TEST_CASE("a TLS handshake has a limit of its own") {
  Folder folder;
  Config config;
  CHECK(folder.load(kGood, &config) == "");
  CHECK(config.limits.handshake == std::chrono::seconds{20});
  CHECK(folder.load(std::string(kGood) + "limits: {handshake: 5s}\n", &config) == "");
  CHECK(config.limits.handshake == std::chrono::seconds{5});
}

TEST_CASE("XMPP is off unless it listens, and is read in full") {
  Folder folder;
  Config config;
  CHECK(folder.load(kGood, &config) == "");
  CHECK(config.listen.xmpp.empty());
  CHECK(config.limits.xmpp_secure == std::chrono::seconds{10});
  CHECK(config.limits.xmpp_sign_in == std::chrono::seconds{30});
  std::string text = replaced("listen: {", "listen: {xmpp: [\"127.0.0.1:5222\"], ");
  text += "limits: {xmpp_secure: 5s, xmpp_sign_in: 1m, xmpp_strangers: 7}\n";
  CHECK(folder.load(text, &config) == "");
  CHECK(config.listen.xmpp.size() == 1);
  CHECK(config.limits.xmpp_secure == std::chrono::seconds{5});
  CHECK(config.limits.xmpp_sign_in == std::chrono::minutes{1});
  CHECK(config.limits.xmpp_strangers == 7);
}

TEST_CASE("all mistakes are told at once") {
  Folder folder;
  std::string text =
      replaced("certificate: edge.pem, key: edge.key", "certificate: other.pem, key: other.key");
  text.replace(text.find("ca.pem"), 6, "no.pem");
  text.replace(text.find(":7001"), 5, ":8443");
  const std::string report = folder.load(text);
  for (const char* key : {": name: ", ": tunnel.trust: ", ": listen.tunnel[0]: "})
    CHECK(report.find(key) != std::string::npos);
}

}  // namespace
}  // namespace edge
