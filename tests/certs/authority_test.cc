#include "certs/authority.h"

#include <sys/stat.h>

#include "certs/csr.h"
#include "tests/certs/forge.h"
#include "tests/certs/scratch.h"

namespace certs {
namespace {

const std::vector<Name> kNames = {
    dns_name("edge.lab.example"),
    dns_name("*.lab.example"),
    {Name::Kind::Ip, "127.0.10.81"},
    {Name::Kind::Ip, "2001:db8::1"},
    {Name::Kind::Srv, "_collab-edge._tls.lab.example"},
};

// Judges an issued chain against a root as a server of every name that is not a wildcard.
void check_serves(const Issued& issued, const Authority& root) {
  const auto chain = parse_chain(issued.chain_pem);
  REQUIRE(chain);
  std::vector<X509*> raw;
  for (const Certificate& certificate : *chain)
    raw.push_back(certificate.get());
  for (const Name& name : kNames) {
    if (name.text.starts_with('*')) continue;
    CAPTURE(to_string(name));
    const Verdict verdict = verify(raw, *trust_in(root), expecting({name}));
    CAPTURE(verdict.reason);
    CHECK(verdict.accepted);
  }
}

TEST_CASE("every name that is asked for is in the certificate") {
  const auto root = make_root();
  for (const char* kind : {"ec:p256", "rsa:2048", "ed25519"}) {
    CAPTURE(kind);
    const auto issued = root->issue(wanted("edge", kNames), kind);
    REQUIRE(issued);
    check_serves(*issued, *root);
    const auto credentials = Credentials::from_pem(issued->chain_pem, issued->key_pem);
    REQUIRE(credentials);
    CHECK(names_of((*credentials)->identity()).size() == kNames.size());
  }
}

TEST_CASE("an intermediate issues with its own certificate behind the leaf") {
  const auto root = make_root();
  const auto middle = Authority::create_below(*root, wanted_authority("Middle CA"), "rsa:2048");
  REQUIRE(middle);
  const auto issued = (*middle)->issue(wanted("edge", kNames), "ec:p256");
  REQUIRE(issued);
  const auto chain = parse_chain(issued->chain_pem);
  REQUIRE(chain);
  CHECK(chain->size() == 2);  // the root is not shown
  check_serves(*issued, *root);
}

TEST_CASE("an authority is saved with a secret key and loaded again") {
  const Scratch scratch;
  const auto root = make_root();
  REQUIRE(root->save(scratch.path(""), Existing::Keep));
  struct stat status {};
  REQUIRE(::stat(scratch.path("ca.key").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
  const auto again = Authority::load(scratch.path(""));
  REQUIRE(again);
  const auto issued = (*again)->issue(wanted("edge", kNames), "ec:p256");
  REQUIRE(issued);
  check_serves(*issued, *root);
  CHECK_FALSE(root->save(scratch.path(""), Existing::Keep));
  CHECK(root->save(scratch.path(""), Existing::Replace));
}

TEST_CASE("a folder without a proper authority is refused, and the file is named") {
  const Scratch scratch;
  const auto absent = Authority::load(scratch.path(""));
  REQUIRE_FALSE(absent);
  CHECK(absent.error().code == base::Errc::NotFound);
  const auto root = make_root();
  const auto leaf = root->issue(wanted("edge", kNames), "ec:p256");
  REQUIRE(leaf);
  scratch.write("ca.pem", leaf->chain_pem);
  scratch.write("ca.key", leaf->key_pem);
  const auto no_authority = Authority::load(scratch.path(""));
  REQUIRE_FALSE(no_authority);
  CHECK(no_authority.error().detail.find("ca.pem: is not an authority's") != std::string::npos);
  scratch.write("ca.pem", to_pem(root->certificate()));
  const auto misfit = Authority::load(scratch.path(""));
  REQUIRE_FALSE(misfit);
  CHECK(misfit.error().detail.find("ca.key: is not the key of") != std::string::npos);
}

TEST_CASE("a request is signed for the names it asks for, or for others") {
  const auto root = make_root();
  const Key key = make_key();
  const auto request = make_request(key.get(), "edge", kNames);
  REQUIRE(request);
  const auto content = parse_request(*request);
  REQUIRE(content);
  CHECK(content->names.size() == kNames.size());
  CHECK(EVP_PKEY_eq(content->key.get(), key.get()) == 1);
  const auto issued = root->sign_request(wanted(""), *request);
  REQUIRE(issued);
  CHECK(issued->key_pem.empty());
  check_serves(*issued, *root);
  CHECK(Credentials::from_pem(issued->chain_pem, to_pem(key.get())));
  const auto other = root->sign_request(wanted("", {dns_name("core.lab.example")}), *request);
  REQUIRE(other);
  const auto leaf = parse_chain(other->chain_pem);
  REQUIRE(leaf);
  CHECK(identity_of(leaf->front().get())->dns_names ==
        std::vector<std::string>{"core.lab.example"});
}

TEST_CASE("two certificates never share a serial number, and it is positive") {
  const auto root = make_root();
  const Certificate one = certify(*root, wanted("one"));
  const Certificate two = certify(*root, wanted("two"));
  const ASN1_INTEGER* first = X509_get0_serialNumber(one.get());
  CHECK(ASN1_INTEGER_cmp(first, X509_get0_serialNumber(two.get())) != 0);
  CHECK(ASN1_STRING_type(first) == V_ASN1_INTEGER);
  CHECK(ASN1_STRING_length(first) > 8);
}

TEST_CASE("a certificate that cannot be made says why") {
  const auto root = make_root();
  const Key key = make_key();
  Template backwards = wanted("x");
  backwards.not_after = backwards.not_before - std::chrono::seconds(1);
  Template no_digest = wanted("x");
  no_digest.digest = "sha257";
  const Template long_name = wanted(std::string(65, 'x'));
  const Template no_address = wanted("x", {{Name::Kind::Ip, "edge"}});
  for (const Template& what : {backwards, no_digest, long_name, no_address}) {
    CAPTURE(what.digest);
    const auto made = root->certify(what, key.get());
    REQUIRE_FALSE(made);
    CHECK(made.error().code == base::Errc::Malformed);
  }
  CHECK(root->certify(wanted(std::string(64, 'x')), key.get()));
  CHECK(fitting_common_name(std::string(65, 'x')).empty());
}

TEST_CASE("without a common name the names are critical and a peer still reads them") {
  const auto root = make_root();
  const auto issued = root->issue(wanted("", kNames), "ec:p256");
  REQUIRE(issued);
  check_serves(*issued, *root);
}

}  // namespace
}  // namespace certs
