#include "certs/identity.h"

#include <doctest/doctest.h>

namespace certs {
namespace {

TEST_CASE("a name is read with its kind and written back") {
  struct Case {
    std::string_view text;
    Name name;
  };
  const Case cases[] = {
      {"DNS:edge.lab.example", {Name::Kind::Dns, "edge.lab.example"}},
      {"dns:Edge.LAB.example", {Name::Kind::Dns, "edge.lab.example"}},
      {"DNS:edge.lab.example.", {Name::Kind::Dns, "edge.lab.example"}},
      {"DNS:xn--bcher-kva.example", {Name::Kind::Dns, "xn--bcher-kva.example"}},
      {"DNS:localhost", {Name::Kind::Dns, "localhost"}},
      {"IP:10.1.2.3", {Name::Kind::Ip, "10.1.2.3"}},
      {"IP:2001:DB8:0::1", {Name::Kind::Ip, "2001:db8::1"}},
      {"SRV:_collab-edge._tls.Lab.example", {Name::Kind::Srv, "_collab-edge._tls.lab.example"}},
      {"SRV:_xmpp-client.lab.example", {Name::Kind::Srv, "_xmpp-client.lab.example"}},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    const auto name = parse_name(c.text);
    REQUIRE(name);
    CHECK(*name == c.name);
    const auto again = parse_name(to_string(*name));
    REQUIRE(again);
    CHECK(*again == *name);
  }
}

TEST_CASE("what is no name is refused with what is wrong") {
  struct Case {
    std::string_view text;
    std::string_view why;
  };
  const Case cases[] = {
      {"", "kind"},
      {"edge.lab.example", "kind"},
      {"10.1.2.3", "kind"},
      {"2001:db8::1", "kind"},
      {"URI:https://edge", "kind"},
      {"DNS", "kind"},
      {"DNS:", "not a DNS name"},
      {"DNS:.", "not a DNS name"},
      {"DNS:edge..example", "not a DNS name"},
      {"DNS:edge.example..", "not a DNS name"},
      {"DNS:-edge.example", "not a DNS name"},
      {"DNS:edge lab.example", "not a DNS name"},
      {"DNS:b\xc3\xbc"
       "cher.example",
       "xn--"},
      {std::string_view("DNS:a\0.example", 14), "not a DNS name"},
      {"DNS:10.1.2.3", "IP:"},
      {"DNS:*.lab.example", "one name"},
      {"DNS:*", "one name"},
      {"IP:10.1.2", "address"},
      {"IP:", "address"},
      {"IP:edge.lab.example", "address"},
      {"SRV:lab.example", "service"},
      {"SRV:_collab-edge", "service"},
      {"SRV:_collab-edge._tls.*", "service"},
      {"SRV:_.lab.example", "service"},
      {"SRV:", "service"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    const auto name = parse_name(c.text);
    REQUIRE_FALSE(name);
    CHECK(name.error().code == base::Errc::Malformed);
    CHECK(name.error().detail.find(c.why) != std::string::npos);
  }
}

TEST_CASE("a DNS name has at most 253 bytes and a label 63") {
  std::string longest;
  while (longest.size() < 247)
    longest += "abcde.";
  longest.resize(247);
  longest += "abcdef";
  REQUIRE(longest.size() == 253);
  CHECK(parse_name("DNS:" + longest));
  CHECK(parse_name("DNS:" + longest + "."));
  CHECK_FALSE(parse_name("DNS:a" + longest));
  CHECK(parse_name("DNS:" + std::string(63, 'a') + ".example"));
  CHECK_FALSE(parse_name("DNS:" + std::string(64, 'a') + ".example"));
}

TEST_CASE("a wildcard can be presented as the whole first label only") {
  CHECK(parse_presented_name("DNS:*.lab.example"));
  CHECK(parse_presented_name("DNS:edge.lab.example"));
  for (const std::string_view text :
       {"DNS:*", "DNS:*.", "DNS:e*.lab.example", "DNS:*e.lab.example", "DNS:xn--*.example",
        "DNS:edge.*.example", "DNS:*.*.example", "SRV:*.lab.example", "IP:*"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_presented_name(text));
  }
}

TEST_CASE("DNS names match by RFC 9525 section 6.3") {
  struct Case {
    std::string presented;
    std::string_view reference;
    bool matches;
  };
  const Case cases[] = {
      {"edge.lab.example", "edge.lab.example", true},
      {"EDGE.lab.example", "edge.LAB.example", true},
      {"edge.lab.example", "edge.lab.example.", true},
      {"edge.lab.example.", "edge.lab.example", false},
      {"edge.lab.example", "core.lab.example", false},
      {"lab.example", "edge.lab.example", false},
      {"edge.lab.example", "lab.example", false},
      {"edge.lab.example", "edge.lab.example.evil.test", false},
      {"*.lab.example", "edge.lab.example", true},
      {"*.Lab.example", "EDGE.lab.EXAMPLE.", true},
      {"*.lab.example", "xn--bcher-kva.lab.example", true},
      {"*.lab.example", "lab.example", false},
      {"*.lab.example", ".lab.example", false},
      {"*.lab.example", "a.edge.lab.example", false},
      {"*.lab.example", "edge.lab.example.evil.test", false},
      {"*.example", "lab.example", false},
      {"*.example.", "lab.example", false},
      {"*.", "example", false},
      {"*", "example", false},
      {"*", "*", false},
      {"*.lab.example", "*.lab.example", false},
      {"*.*.example", "edge.lab.example", false},
      {"edge.*.example", "edge.lab.example", false},
      {"e*.lab.example", "edge.lab.example", false},
      {"*e.lab.example", "edge.lab.example", false},
      {"e*e.lab.example", "edge.lab.example", false},
      {"xn--*.lab.example", "xn--bcher-kva.lab.example", false},
      {"**.lab.example", "edge.lab.example", false},
      {"10.0.0.1", "10.0.0.1", false},
      {"*.0.0.1", "10.0.0.1", false},
      {"", "", false},
      {"lab", "lab", true},
  };
  for (const Case& c : cases) {
    CAPTURE(c.presented);
    CAPTURE(c.reference);
    Identity identity;
    identity.dns_names = {"other.example", c.presented};
    CHECK(holds(identity, dns_name(c.reference)) == c.matches);
  }
}

TEST_CASE("an address is held as address only, a service as service only") {
  Identity identity;
  identity.dns_names = {"10.0.0.1", "2001:db8::1", "_collab-edge._tls.lab.example"};
  CHECK_FALSE(holds(identity, {Name::Kind::Ip, "10.0.0.1"}));
  CHECK_FALSE(holds(identity, {Name::Kind::Ip, "2001:db8::1"}));
  CHECK_FALSE(holds(identity, {Name::Kind::Srv, "_collab-edge._tls.lab.example"}));
  identity.addresses = {base::IpAddress::v4({10, 0, 0, 1})};
  CHECK(holds(identity, {Name::Kind::Ip, "10.0.0.1"}));
  CHECK_FALSE(holds(identity, {Name::Kind::Ip, "10.0.0.2"}));
  CHECK_FALSE(holds(identity, {Name::Kind::Ip, "edge.lab.example"}));
  CHECK_FALSE(holds(identity, dns_name("10.0.0.1")));
  identity.srv_names = {"_collab-edge._tls.lab.example", "*.lab.example"};
  CHECK(holds(identity, {Name::Kind::Srv, "_Collab-Edge._tls.lab.example."}));
  CHECK_FALSE(holds(identity, {Name::Kind::Srv, "_sip._tls.lab.example"}));
  CHECK_FALSE(holds(identity, {Name::Kind::Srv, "lab.example"}));
}

TEST_CASE("an empty identity holds nothing") {
  CHECK(Identity().empty());
  CHECK_FALSE(holds(Identity(), dns_name("edge.lab.example")));
  CHECK(names_of(Identity()).empty());
}

}  // namespace
}  // namespace certs
