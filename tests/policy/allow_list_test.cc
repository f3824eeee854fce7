#include "policy/allow_list.h"

#include <doctest/doctest.h>

#include <chrono>

namespace policy {
namespace {

constexpr std::string_view kHost = "ucm.lab.example";

Rule rule(std::string path, Rule::Match match, std::vector<std::string> methods = {"GET", "HEAD"}) {
  Rule made;
  made.name = path;
  made.host = kHost;
  made.path = std::move(path);
  made.match = match;
  made.methods = std::move(methods);
  return made;
}

AllowList compiled(const std::vector<Rule>& rules) {
  auto list = AllowList::compile(rules);
  REQUIRE(list);
  return std::move(*list);
}

AllowRequest get(std::string_view target, std::string_view method = "GET") {
  return {Scheme::Https, kHost, 8443, method, target};
}

TEST_CASE("path and method decide on a host that is known") {
  const AllowList list = compiled({
      rule("/cucm-uds/", Rule::Match::Prefix),
      rule("/cucm-uds/user", Rule::Match::Prefix, {"GET", "PUT"}),
      rule("/exact.xml", Rule::Match::Exact),
      rule("/", Rule::Match::File, {"HEAD"}),
      rule("/CUPC/", Rule::Match::File),
  });
  struct Case {
    const char* target;
    const char* method;
    AllowReason reason;
    const char* rule;
  };
  constexpr auto kAllowed = AllowReason::Allowed;
  constexpr auto kPath = AllowReason::PathNotAllowed;
  constexpr auto kMethod = AllowReason::MethodNotAllowed;
  constexpr auto kForm = AllowReason::PathNotCanonical;
  const Case cases[] = {
      {"/cucm-uds/version", "GET", kAllowed, "/cucm-uds/"},
      {"/cucm-uds/version?a=/../b;c", "GET", kAllowed, "/cucm-uds/"},
      {"/cucm-uds/", "HEAD", kAllowed, "/cucm-uds/"},
      {"/cucm-uds", "GET", kAllowed, "/cucm-uds/"},
      {"/cucm-uds/version", "POST", kMethod, "/cucm-uds/"},
      {"/cucm-uds/version", "get", kMethod, "/cucm-uds/"},
      {"/cucm-uds/version", "BREW", kMethod, "/cucm-uds/"},
      {"/cucm-uds/version", "", kMethod, "/cucm-uds/"},
      {"/cucm-uds/user/x/y", "PUT", kAllowed, "/cucm-uds/user"},
      {"/cucm-uds/user/x/y", "HEAD", kAllowed, "/cucm-uds/"},
      {"/cucm-uds/user/x/y", "DELETE", kMethod, "/cucm-uds/user"},
      {"/cucm-uds/users", "PUT", kMethod, "/cucm-uds/"},
      {"/cucm-udsx/version", "GET", kPath, ""},
      {"/CUCM-UDS/version", "GET", kPath, ""},
      {"/exact.xml", "GET", kAllowed, "/exact.xml"},
      {"/exact.xml?x", "GET", kAllowed, "/exact.xml"},
      {"/exact.xml/", "GET", kPath, ""},
      {"/other.xml", "GET", kMethod, "/"},
      {"/other.xml", "HEAD", kAllowed, "/"},
      {"/CUPC/AppDialRules.xml", "GET", kAllowed, "/CUPC/"},
      {"/CUPC/x/AppDialRules.xml", "GET", kPath, ""},
      {"/CUPC/", "GET", kPath, ""},
      {"/", "HEAD", kPath, ""},
      {"", "GET", kForm, ""},
      {"*", "GET", kForm, ""},
      {"/cucm-uds/../admin", "GET", kForm, ""},
      {"/cucm-uds/%2e%2e/admin", "GET", kForm, ""},
      {"/cucm-uds/..%2fadmin", "GET", kForm, ""},
      {"/cucm-uds/..%5cadmin", "GET", kForm, ""},
      {"/cucm-uds/..\\admin", "GET", kForm, ""},
      {"/cucm-uds/%252e%252e/admin", "GET", kForm, ""},
      {"/cucm-uds/..;x/admin", "GET", kForm, ""},
      {"/cucm-uds/;/../admin", "GET", kForm, ""},
      {"//cucm-uds/version", "GET", kForm, ""},
      {"/cucm-uds//version", "GET", kForm, ""},
      {"/cucm-uds%2fversion", "GET", kForm, ""},
  };
  for (const Case& c : cases) {
    CAPTURE(c.target);
    CAPTURE(c.method);
    const AllowVerdict verdict = list.check(get(c.target, c.method));
    CHECK(verdict.reason == c.reason);
    CHECK(verdict.rule == c.rule);
  }
}

TEST_CASE("scheme, host and port must be those of a rule") {
  const AllowList list = compiled({rule("/", Rule::Match::Prefix)});
  struct Case {
    Scheme scheme;
    const char* host;
    std::uint16_t port;
    bool known;
  };
  const Case cases[] = {
      {Scheme::Https, "ucm.lab.example", 8443, true},
      {Scheme::Http, "ucm.lab.example", 8443, false},
      {Scheme::Https, "ucm.lab.example", 8444, false},
      {Scheme::Https, "UCM.lab.example", 8443, false},
      {Scheme::Https, "ucm", 8443, false},
      {Scheme::Https, "ucm.lab.example.", 8443, false},
      {Scheme::Https, "x.ucm.lab.example", 8443, false},
      {Scheme::Https, "127.0.0.1", 8443, false},
      {Scheme::Https, "", 8443, false},
  };
  for (const Case& c : cases) {
    CAPTURE(c.host);
    CHECK(list.knows_host(c.scheme, c.host, c.port) == c.known);
    const AllowVerdict verdict = list.check({c.scheme, c.host, c.port, "GET", "/a/b/c"});
    CHECK(verdict.allowed() == c.known);
    if (!c.known) CHECK(verdict.reason == AllowReason::HostNotAllowed);
  }
  CHECK_FALSE(AllowList().check(get("/")).allowed());
}

TEST_CASE("an address is allowed only where a rule names it") {
  Rule address = rule("/", Rule::Match::Prefix);
  address.host = "2001:db8::1";
  const AllowList list = compiled({address});
  CHECK(list.check({Scheme::Https, "2001:db8::1", 8443, "GET", "/"}).allowed());
  CHECK_FALSE(list.check({Scheme::Https, "2001:db8::2", 8443, "GET", "/"}).allowed());
}

TEST_CASE("a rule that cannot mean what it says is an error with its name") {
  struct Case {
    const char* what;
    std::function<void(Rule&)> spoil;
  };
  const Case cases[] = {
      {"upper-case host", [](Rule& r) { r.host = "UCM"; }},
      {"no host", [](Rule& r) { r.host.clear(); }},
      {"address in brackets", [](Rule& r) { r.host = "[2001:db8::1]"; }},
      {"half an address", [](Rule& r) { r.host = "127.1"; }},
      {"no port", [](Rule& r) { r.port = 0; }},
      {"path with a query", [](Rule& r) { r.path = "/a?b"; }},
      {"path that climbs", [](Rule& r) { r.path = "/a/../b"; }},
      {"relative path", [](Rule& r) { r.path = "a"; }},
      {"unknown method", [](Rule& r) { r.methods = {"BREW"}; }},
      {"no method", [](Rule& r) { r.methods.clear(); }},
  };
  for (const Case& c : cases) {
    CAPTURE(c.what);
    Rule bad = rule("/", Rule::Match::Prefix);
    bad.name = "my rule";
    c.spoil(bad);
    const auto list = AllowList::compile(std::vector<Rule>{bad});
    REQUIRE_FALSE(list);
    CHECK(list.error().detail.find("my rule") != std::string::npos);
  }
}

TEST_CASE("nodes that discovery found get their rules") {
  const std::vector<Node> nodes = {{Node::Kind::Uds, "ucm.lab.example", 0},
                                   {Node::Kind::Tftp, "ucm.lab.example", 0},
                                   {Node::Kind::Uds, "other.lab.example", 443}};
  const AllowList list = compiled(rules_for_nodes(nodes));
  CHECK(list.check(get("/cucm-uds/version")).allowed());
  CHECK(list.check(get("/cucm-uds/user/a/speedDials", "PUT")).allowed());
  CHECK_FALSE(list.check(get("/cucm-uds/version", "PUT")).allowed());
  CHECK_FALSE(list.check(get("/ccmadmin/")).allowed());
  CHECK(list.knows_host(Scheme::Https, "other.lab.example", 443));
  const auto file = [&](std::string_view target, std::string_view method = "GET") {
    return list.check({Scheme::Http, kHost, 6970, method, target}).allowed();
  };
  CHECK(file("/MDonald.cnf.xml"));
  CHECK(file("/CUPC/AppDialRules.xml"));
  CHECK_FALSE(file("/CUPC/AppDialRules.xml", "PUT"));
  CHECK_FALSE(file("/other/AppDialRules.xml"));
  CHECK_FALSE(file("/"));
}

TEST_CASE("ten thousand rules and a path of a thousand segments are judged in no time") {
  std::vector<Rule> rules;
  for (int i = 0; i < 10'000; ++i) {
    Rule one = rule("/a/b" + std::to_string(i), Rule::Match::Prefix);
    if (i % 2 == 0) one.host = "h" + std::to_string(i) + ".lab.example";
    rules.push_back(std::move(one));
  }
  const AllowList list = compiled(rules);
  CHECK(list.check(get("/a/b9999/x")).rule == "/a/b9999");
  std::string deep;
  for (int i = 0; i < 4000; ++i)
    deep += "/x";
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 100; ++i)
    CHECK_FALSE(list.check(get(deep)).allowed());
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds{5});
}

}  // namespace
}  // namespace policy
