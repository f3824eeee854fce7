#include "certs/verify.h"

#include "tests/certs/forge.h"

namespace certs {
namespace {

const Name kEdge = dns_name("edge.lab.example");

// A root, an intermediate below it and one edge certificate of each.
struct Lab {
  std::unique_ptr<const Authority> root = make_root();
  std::unique_ptr<const Authority> middle;
  std::shared_ptr<const Trust> trust = trust_in(*root);
  Certificate leaf = certify(*root, wanted("edge", {kEdge}));
  Certificate far_leaf;

  Lab() {
    auto made = Authority::create_below(*root, wanted_authority("Middle CA"), "ec:p256");
    REQUIRE(made);
    middle = *std::move(made);
    far_leaf = certify(*middle, wanted("edge", {kEdge}));
  }
};

void check_refused(const Verdict& verdict, std::string_view rule, std::string_view reason) {
  CAPTURE(verdict.rule);
  CAPTURE(verdict.reason);
  CHECK_FALSE(verdict.accepted);
  CHECK(verdict.rule == rule);
  CHECK(verdict.reason.find(reason) != std::string::npos);
}

void check_accepted(const Verdict& verdict) {
  CAPTURE(verdict.rule);
  CAPTURE(verdict.reason);
  CHECK(verdict.accepted);
  CHECK(verdict.rule == "ok");
  CHECK_FALSE(verdict.identity.empty());
}

TEST_CASE("a good chain is accepted and says who it is") {
  const Lab lab;
  const Verdict verdict = verify({lab.leaf.get()}, *lab.trust, expecting({kEdge}));
  check_accepted(verdict);
  CHECK(verdict.identity.subject == "CN=edge");
  CHECK(verdict.identity.issuer == "CN=Test CA");
  CHECK(verdict.identity.fingerprint.size() == 64);
  CHECK(verdict.identity.dns_names == std::vector<std::string>{"edge.lab.example"});
}

TEST_CASE("no certificate is the rule empty") {
  const Lab lab;
  check_refused(verify({}, *lab.trust, expecting()), "empty", "no certificate");
  check_refused(verify({nullptr}, *lab.trust, expecting()), "empty", "no certificate");
  check_refused(verify({lab.leaf.get(), nullptr}, *lab.trust, expecting()), "empty", "");
}

TEST_CASE("the chain may come out of order and with a surplus") {
  const Lab lab;
  const auto other = make_root("Other CA");
  X509* leaf = lab.far_leaf.get();
  X509* middle = lab.middle->certificate();
  X509* root = lab.root->certificate();
  const std::vector<std::vector<X509*>> chains = {
      {leaf, middle},       {leaf, middle, root},
      {leaf, root, middle}, {leaf, other->certificate(), lab.leaf.get(), root, middle, middle},
      {leaf, leaf, middle},
  };
  for (const auto& chain : chains) {
    CAPTURE(chain.size());
    check_accepted(verify(chain, *lab.trust, expecting({kEdge})));
  }
}

TEST_CASE("a chain that does not end in a trusted root is refused") {
  const Lab lab;
  const auto other = make_root("Other CA");
  X509* leaf = lab.far_leaf.get();
  X509* middle = lab.middle->certificate();
  check_refused(verify({leaf}, *lab.trust, expecting()), "chain",
                "issued by CN=Middle CA, which is neither in the chain nor trusted");
  check_refused(verify({lab.leaf.get()}, *trust_in(*other), expecting()), "chain", "CN=Test CA");
  check_refused(verify({leaf, middle, lab.root->certificate()}, *trust_in(*other), expecting()),
                "chain", "CN=Test CA: the chain ends in this authority, which is not trusted");
  check_refused(verify({middle, leaf}, *trust_in(*other), expecting()), "chain", "");
  // A root of the same name with another key.
  const auto double_ganger = make_root("Test CA");
  check_refused(verify({lab.leaf.get()}, *trust_in(*double_ganger), expecting()), "chain", "");
  // An intermediate alone ends no path, even when it is in the trust file.
  check_refused(verify({leaf}, *trust_in(*lab.middle), expecting()), "chain", "");
}

TEST_CASE("a self-signed certificate is accepted only when it is trusted itself") {
  const Key key = make_key();
  const auto self = build(wanted("edge", {kEdge}), key.get(), nullptr, nullptr);
  REQUIRE(self);
  const Lab lab;
  check_refused(verify({self->get()}, *lab.trust, expecting({kEdge})), "chain",
                "self-signed and not trusted");
  const auto trust = Trust::from_pem(to_pem(self->get()));
  REQUIRE(trust);
  check_accepted(verify({self->get()}, **trust, expecting({kEdge})));
  // A leaf that an authority signed is not its own root.
  const auto leaf_trust = Trust::from_pem(to_pem(lab.leaf.get()));
  REQUIRE(leaf_trust);
  check_refused(verify({lab.leaf.get()}, **leaf_trust, expecting({kEdge})), "chain", "");
}

TEST_CASE("a signature that is not the issuer's is refused") {
  const Lab lab;
  const Key stranger = make_key();
  const Certificate forged = reread(lab.leaf);
  resign(forged.get(), stranger.get());
  check_refused(verify({reread(forged).get()}, *lab.trust, expecting({kEdge})), "chain",
                "its signature is not its issuer's");
}

TEST_CASE("more certificates than kMaxChain are refused unread") {
  const Lab lab;
  std::vector<X509*> chain(kMaxChain, lab.leaf.get());
  check_accepted(verify(chain, *lab.trust, expecting({kEdge})));
  chain.push_back(lab.leaf.get());
  check_refused(verify(chain, *lab.trust, expecting({kEdge})), "chain", "11 certificates");
}

TEST_CASE("only an authority may issue, and no deeper than it is allowed") {
  const Lab lab;
  const Key key = make_key();
  const auto false_middle = lab.root->certify(wanted("Not a CA", {kEdge}), key.get());
  REQUIRE(false_middle);
  const auto leaf =
      build(wanted("edge", {kEdge}), make_key().get(), false_middle->get(), key.get());
  REQUIRE(leaf);
  check_refused(verify({leaf->get(), false_middle->get()}, *lab.trust, expecting({kEdge})), "chain",
                "");

  Template shallow = wanted_authority("Shallow CA");
  shallow.path_length = 0;
  const auto upper = Authority::create_below(*lab.root, shallow, "ec:p256");
  REQUIRE(upper);
  const auto lower = Authority::create_below(**upper, wanted_authority("Lower CA"), "ec:p256");
  REQUIRE(lower);
  const Certificate direct = certify(**upper, wanted("edge", {kEdge}));
  const Certificate deep = certify(**lower, wanted("edge", {kEdge}));
  check_accepted(verify({direct.get(), (*upper)->certificate()}, *lab.trust, expecting({kEdge})));
  check_refused(verify({deep.get(), (*lower)->certificate(), (*upper)->certificate()}, *lab.trust,
                       expecting({kEdge})),
                "chain", "CN=Shallow CA: has more authorities below it");
}

TEST_CASE("basic constraints decide even where the key may sign certificates") {
  const Lab lab;
  const Key key = make_key();
  for (const bool is_false : {true, false}) {
    CAPTURE(is_false);
    const auto middle = lab.root->certify(wanted_authority("Odd CA"), key.get());
    REQUIRE(middle);
    remove_extension(middle->get(), NID_basic_constraints);
    if (is_false) add_written(middle->get(), NID_basic_constraints, "critical,CA:FALSE");
    resign(middle->get(), lab.root->key());
    const Certificate odd = reread(*middle);
    const auto leaf = build(wanted("edge", {kEdge}), make_key().get(), odd.get(), key.get());
    REQUIRE(leaf);
    check_refused(verify({leaf->get(), odd.get()}, *lab.trust, expecting({kEdge})), "chain",
                  "CN=Odd CA: has issued a certificate, but is no authority");
  }
}

TEST_CASE("name constraints of an authority bind the names below it") {
  const Lab lab;
  const Key key = make_key();
  const auto middle = lab.root->certify(wanted_authority("Bound CA"), key.get());
  REQUIRE(middle);
  add_written(middle->get(), NID_name_constraints,
              "critical,permitted;DNS:lab.example,excluded;DNS:core.lab.example");
  resign(middle->get(), lab.root->key());
  const Certificate bound = reread(*middle);
  struct Case {
    const char* name;
    std::string_view reason;
  };
  for (const Case& c : {Case{"edge.lab.example", ""}, Case{"edge.evil.test", "permitted"},
                        Case{"core.lab.example", "denied"}}) {
    CAPTURE(c.name);
    const Name name = dns_name(c.name);
    const auto leaf = build(wanted("x", {name}), make_key().get(), bound.get(), key.get());
    REQUIRE(leaf);
    const Verdict verdict = verify({leaf->get(), bound.get()}, *lab.trust, expecting({name}));
    if (c.reason.empty()) check_accepted(verdict);
    if (!c.reason.empty()) check_refused(verdict, "chain", c.reason);
  }
}

TEST_CASE("an authority bound to a domain cannot name services of another") {
  const Lab lab;
  const Key key = make_key();
  const auto middle = lab.root->certify(wanted_authority("Bound CA"), key.get());
  REQUIRE(middle);
  add_written(middle->get(), NID_name_constraints, "critical,permitted;DNS:lab.example");
  resign(middle->get(), lab.root->key());
  const Certificate bound = reread(*middle);
  const Name own{Name::Kind::Srv, "_collab-edge._tls.lab.example"};
  for (const char* text : {"_collab-edge._tls.lab.example", "_collab-edge._tls.evil.test",
                           "_sip.badlab.example", "_collab-edge"}) {
    CAPTURE(text);
    const Name service{Name::Kind::Srv, text};
    const auto leaf =
        build(wanted("x", {kEdge, service}), make_key().get(), bound.get(), key.get());
    REQUIRE(leaf);
    const Verdict verdict = verify({leaf->get(), bound.get()}, *lab.trust, expecting({kEdge}));
    if (service == own) check_accepted(verdict);
    if (service != own) {
      check_refused(verdict, "chain", "CN=Bound CA: may not issue for the domain of a service");
    }
  }
}

TEST_CASE("an unknown critical extension refuses the chain") {
  const Lab lab;
  const Certificate leaf = reread(lab.leaf);
  add_extension(leaf.get(), NID_netscape_comment, der(0x16, "?"), true);
  resign(leaf.get(), lab.root->key());
  check_refused(verify({reread(leaf).get()}, *lab.trust, expecting({kEdge})), "chain", "critical");
}

TEST_CASE("every certificate must be valid at the time of the question") {
  const Lab lab;
  Expectation expected = expecting({kEdge});
  expected.at = kNow - std::chrono::days(11);
  check_refused(verify({lab.leaf.get()}, *lab.trust, expected), "time",
                "not valid before 2026-11-10 00:00:00 UTC");
  expected.at = kNow + std::chrono::days(101);
  check_refused(verify({lab.leaf.get()}, *lab.trust, expected), "time",
                "expired on 2027-02-28 00:00:00 UTC");
  expected.at = kNow - std::chrono::days(10);
  check_accepted(verify({lab.leaf.get()}, *lab.trust, expected));
  expected.at = kNow + std::chrono::days(100) - std::chrono::seconds(1);
  check_accepted(verify({lab.leaf.get()}, *lab.trust, expected));
  CHECK_FALSE(verify({lab.leaf.get()}, *lab.trust, {Role::Server, {kEdge}, {}}).accepted);

  Template short_lived = wanted_authority("Old CA");
  short_lived.not_after = kNow - std::chrono::days(1);
  const auto old = Authority::create_below(*lab.root, short_lived, "ec:p256");
  REQUIRE(old);
  const Certificate leaf = certify(**old, wanted("edge", {kEdge}));
  check_refused(verify({leaf.get(), (*old)->certificate()}, *lab.trust, expecting({kEdge})), "time",
                "CN=Old CA: expired on 2026-11-19 00:00:00 UTC");
}

TEST_CASE("a fault of the chain is named before one of time") {
  const Lab lab;
  Expectation expected = expecting({kEdge});
  expected.at = kNow + std::chrono::days(1000);
  check_refused(verify({lab.far_leaf.get()}, *lab.trust, expected), "chain", "neither");
}

TEST_CASE("extended key usage decides what the peer may be") {
  const Lab lab;
  struct Case {
    std::vector<Role> roles;
    Role asked;
    bool accepted;
  };
  const Case cases[] = {
      {{}, Role::Server, true},
      {{}, Role::Client, true},
      {{Role::Server}, Role::Server, true},
      {{Role::Server}, Role::Client, false},
      {{Role::Client}, Role::Client, true},
      {{Role::Client}, Role::Server, false},
      {{Role::Server, Role::Client}, Role::Client, true},
  };
  for (const Case& c : cases) {
    CAPTURE(c.roles.size());
    CAPTURE(static_cast<int>(c.asked));
    Template what = wanted("edge", {kEdge});
    what.roles = c.roles;
    const Certificate leaf = certify(*lab.root, what);
    const Verdict verdict = verify({leaf.get()}, *lab.trust, expecting({kEdge}, c.asked));
    if (c.accepted) check_accepted(verdict);
    if (!c.accepted) check_refused(verdict, "usage", "extended key usage");
  }
}

TEST_CASE("other usages and key usage count too") {
  const Lab lab;
  struct Case {
    int nid;
    const char* value;
    bool accepted;
  };
  const Case cases[] = {
      {NID_ext_key_usage, "anyExtendedKeyUsage", true},
      {NID_ext_key_usage, "emailProtection,codeSigning", false},
      {NID_key_usage, "critical,keyCertSign,cRLSign", false},
      {NID_key_usage, "critical,digitalSignature", true},
      {NID_key_usage, "critical,keyEncipherment", true},
  };
  for (const Case& c : cases) {
    CAPTURE(c.value);
    const Certificate leaf = certify(*lab.root, wanted("edge", {kEdge}));
    if (c.nid == NID_key_usage) remove_extension(leaf.get(), NID_key_usage);
    add_written(leaf.get(), c.nid, c.value);
    resign(leaf.get(), lab.root->key());
    const Verdict verdict = verify({reread(leaf).get()}, *lab.trust, expecting({kEdge}));
    if (c.accepted) check_accepted(verdict);
    if (!c.accepted) check_refused(verdict, "usage", "not to be used as TLS server");
  }
}

TEST_CASE("extended key usage of an intermediate binds those below it") {
  const Lab lab;
  const Key key = make_key();
  const auto middle = lab.root->certify(wanted_authority("Client CA"), key.get());
  REQUIRE(middle);
  add_written(middle->get(), NID_ext_key_usage, "clientAuth");
  resign(middle->get(), lab.root->key());
  const Certificate bound = reread(*middle);
  const auto leaf = build(wanted("edge", {kEdge}), make_key().get(), bound.get(), key.get());
  REQUIRE(leaf);
  const std::vector<X509*> chain = {leaf->get(), bound.get()};
  check_accepted(verify(chain, *lab.trust, expecting({kEdge}, Role::Client)));
  check_refused(verify(chain, *lab.trust, expecting({kEdge})), "usage", "CN=Client CA: ");
}

TEST_CASE("one of the expected names must be in the certificate") {
  const Lab lab;
  const Name core = dns_name("core.lab.example");
  const Name service{Name::Kind::Srv, "_collab-edge._tls.lab.example"};
  const Name address{Name::Kind::Ip, "10.1.2.3"};
  const Certificate leaf = certify(*lab.root, wanted("cn.lab.example", {kEdge, service, address}));
  const std::vector<X509*> chain = {leaf.get()};
  check_accepted(verify(chain, *lab.trust, expecting()));
  check_accepted(verify(chain, *lab.trust, expecting({service})));
  check_accepted(verify(chain, *lab.trust, expecting({address})));
  check_accepted(verify(chain, *lab.trust, expecting({core, kEdge})));
  check_refused(verify(chain, *lab.trust, expecting({core})), "name",
                "issued for DNS:edge.lab.example, IP:10.1.2.3, SRV:_collab-edge._tls.lab.example, "
                "not for DNS:core.lab.example");
  check_refused(verify(chain, *lab.trust, expecting({dns_name("cn.lab.example")})), "name", "");
}

TEST_CASE("the common name is never a name") {
  const Lab lab;
  const Certificate leaf = certify(*lab.root, wanted("edge.lab.example"));
  check_refused(verify({leaf.get()}, *lab.trust, expecting({kEdge})), "name",
                "issued for no name (no subject alternative name), not for DNS:edge.lab.example");
}

TEST_CASE("a long list of names is cut in the reason") {
  const Lab lab;
  std::vector<Name> names;
  for (int i = 0; i < 20; ++i)
    names.push_back(dns_name("n" + std::to_string(i) + ".example"));
  const Certificate leaf = certify(*lab.root, wanted("many", names));
  check_refused(verify({leaf.get()}, *lab.trust, expecting({kEdge})), "name",
                "DNS:n7.example and 12 more, not for");
}

}  // namespace
}  // namespace certs
