#include "certs/strength.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/pem.h>

#include "certs/openssl.h"
#include "tests/certs/forge.h"

namespace certs {
namespace {

const Name kEdge = dns_name("edge.lab.example");

TEST_CASE("keys below RSA 2048 and P-256 are refused, by their kind and size") {
  struct Case {
    const char* kind;
    std::string_view reason;  // empty: accepted
  };
  const Case cases[] = {
      {"rsa:1024", "has RSA 1024 bits, less than the 2048 that are required"},
      {"rsa:2047", "has RSA 2047 bits, less than"},
      {"rsa:2048", ""},
      {"ec:p192", "has EC P-192, less than the P-256 that is required"},
      {"ec:p224", "has EC P-224, less than"},
      {"ec:p256", ""},
      {"ec:p384", ""},
      {"ec:p521", ""},
      {"ed25519", ""},
      {"ed448", ""},
  };
  const auto root = make_root();
  const auto trust = trust_in(*root);
  for (const Case& c : cases) {
    CAPTURE(c.kind);
    const Certificate leaf = certify(*root, wanted("edge", {kEdge}), c.kind);
    const Verdict verdict = verify({leaf.get()}, *trust, expecting({kEdge}));
    CAPTURE(verdict.reason);
    CHECK(verdict.accepted == c.reason.empty());
    CHECK(verdict.rule == (c.reason.empty() ? "ok" : "key-strength"));
    if (!c.reason.empty()) CHECK(verdict.reason.starts_with(c.reason));
  }
}

TEST_CASE("kinds of keys that prove nothing here are refused") {
  CHECK(weakness_of_key(nullptr));
  const Key exchange(EVP_PKEY_Q_keygen(nullptr, nullptr, "X25519"));
  const auto weakness = weakness_of_key(exchange.get());
  REQUIRE(weakness);
  CHECK(weakness->find("a kind of key that is not accepted") != std::string::npos);
}

TEST_CASE("DSA is refused") {
  EVP_PKEY_CTX* context = EVP_PKEY_CTX_new_from_name(nullptr, "DSA", nullptr);
  EVP_PKEY* parameters = nullptr;
  REQUIRE(EVP_PKEY_paramgen_init(context) == 1);
  std::size_t bits = 1024;  // more takes seconds, and it is not refused for its size
  OSSL_PARAM sizes[] = {OSSL_PARAM_construct_size_t(OSSL_PKEY_PARAM_FFC_PBITS, &bits),
                        OSSL_PARAM_construct_end()};
  REQUIRE(EVP_PKEY_CTX_set_params(context, sizes) == 1);
  REQUIRE(EVP_PKEY_generate(context, &parameters) == 1);
  EVP_PKEY_CTX_free(context);
  const Key owned(parameters);
  context = EVP_PKEY_CTX_new_from_pkey(nullptr, parameters, nullptr);
  EVP_PKEY* made = nullptr;
  REQUIRE(EVP_PKEY_keygen_init(context) == 1);
  REQUIRE(EVP_PKEY_generate(context, &made) == 1);
  EVP_PKEY_CTX_free(context);
  const Key key(made);
  const auto root = make_root();
  const auto leaf = root->certify(wanted("edge", {kEdge}), key.get());
  REQUIRE(leaf);
  const Verdict verdict = verify({leaf->get()}, *trust_in(*root), expecting({kEdge}));
  CHECK(verdict.rule == "key-strength");
  CHECK(verdict.reason.starts_with("has DSA "));
}

TEST_CASE("an EC key on a curve that is written out is refused") {
  const Key key = make_key("ec:p256");
  REQUIRE(EVP_PKEY_set_utf8_string_param(key.get(), OSSL_PKEY_PARAM_EC_ENCODING,
                                         OSSL_PKEY_EC_ENCODING_EXPLICIT) == 1);
  const auto root = make_root();
  const auto made = root->certify(wanted("edge", {kEdge}), key.get());
  REQUIRE(made);
  const Certificate leaf = reread(*made);
  const Verdict verdict = verify({leaf.get()}, *trust_in(*root), expecting({kEdge}));
  CHECK(verdict.rule == "key-strength");
  CHECK(verdict.reason.find("written out") != std::string::npos);
}

TEST_CASE("a weak root or intermediate key is refused and named") {
  const auto weak_root = make_root("Weak CA", "rsa:1024");
  const Certificate leaf = certify(*weak_root, wanted("edge", {kEdge}));
  const Verdict verdict = verify({leaf.get()}, *trust_in(*weak_root), expecting({kEdge}));
  CHECK(verdict.rule == "key-strength");
  CHECK(verdict.reason.starts_with("CN=Weak CA: has RSA 1024 bits"));
}

TEST_CASE("MD5, SHA-1 and older hashes are refused under every kind of key") {
  struct Case {
    const char* key;
    const char* digest;
    std::string_view reason;  // empty: accepted
  };
  const Case cases[] = {
      {"rsa:2048", "md5", "signed with md5WithRSAEncryption, which is not accepted"},
      {"rsa:2048", "sha1", "signed with sha1WithRSAEncryption, which is not accepted"},
      {"rsa:2048", "ripemd160", "signed with ripemd160WithRSA, which is not accepted"},
      {"rsa:2048", "sha256", ""},
      {"rsa:2048", "sha384", ""},
      {"rsa:2048", "sha512", ""},
      {"ec:p256", "sha1", "signed with ecdsa-with-SHA1, which is not accepted"},
      {"ec:p256", "sha256", ""},
      {"ec:p384", "sha384", ""},
      {"ec:p521", "sha512", ""},
      {"ed25519", "sha1", ""},  // the digest is part of the algorithm
      {"ed448", "sha256", ""},
  };
  for (const Case& c : cases) {
    CAPTURE(c.key);
    CAPTURE(c.digest);
    const auto root = make_root("Test CA", c.key);
    Template what = wanted("edge", {kEdge});
    what.digest = c.digest;
    const auto leaf = root->certify(what, make_key().get());
    REQUIRE(leaf);
    const Verdict verdict = verify({leaf->get()}, *trust_in(*root), expecting({kEdge}));
    CAPTURE(verdict.reason);
    CHECK(verdict.accepted == c.reason.empty());
    CHECK(verdict.rule == (c.reason.empty() ? "ok" : "signature"));
    if (!c.reason.empty()) CHECK(verdict.reason == c.reason);
  }
}

TEST_CASE("both hashes of RSASSA-PSS count") {
  struct Case {
    const EVP_MD* message;
    const EVP_MD* mask;
    std::string_view shown;
    bool accepted;
  };
  const Case cases[] = {
      {EVP_sha256(), EVP_sha256(), "rsassaPss (sha256)", true},
      {EVP_sha384(), EVP_sha256(), "rsassaPss (sha384, mask by sha256)", true},
      {EVP_sha1(), EVP_sha1(), "rsassaPss (sha1)", false},
      {EVP_sha1(), EVP_sha256(), "rsassaPss (sha1, mask by sha256)", false},
      {EVP_sha256(), EVP_sha1(), "rsassaPss (sha256, mask by sha1)", false},
  };
  const auto root = make_root("Test CA", "rsa:2048");
  const auto trust = trust_in(*root);
  for (const Case& c : cases) {
    CAPTURE(c.shown);
    const Certificate signed_by_pss = certify(*root, wanted("edge", {kEdge}));
    resign_pss(signed_by_pss.get(), root->key(), c.message, c.mask);
    const Certificate leaf = reread(signed_by_pss);
    CHECK(describe_signature(leaf.get()) == c.shown);
    const Verdict verdict = verify({leaf.get()}, *trust, expecting({kEdge}));
    CHECK(verdict.accepted == c.accepted);
    CHECK(verdict.rule == (c.accepted ? "ok" : "signature"));
  }
}

TEST_CASE("the signature of a trusted root does not matter, that of every other does") {
  Template old = wanted_authority("Old CA");
  old.digest = "sha1";
  const auto root = Authority::create(old, "ec:p256");
  REQUIRE(root);
  const auto trust = trust_in(**root);
  const Certificate leaf = certify(**root, wanted("edge", {kEdge}));
  CHECK(verify({leaf.get()}, *trust, expecting({kEdge})).accepted);
  CHECK(verify({leaf.get(), (*root)->certificate()}, *trust, expecting({kEdge})).accepted);
  // Shown as a leaf, it is judged as one.
  CHECK(verify({(*root)->certificate()}, *trust, expecting()).rule == "signature");

  Template weak = wanted_authority("Weak CA");
  weak.digest = "md5";
  const auto rsa_root = make_root("RSA CA", "rsa:2048");
  const auto middle = Authority::create_below(*rsa_root, weak, "ec:p256");
  REQUIRE(middle);
  const Certificate far = certify(**middle, wanted("edge", {kEdge}));
  const Verdict verdict =
      verify({far.get(), (*middle)->certificate()}, *trust_in(*rsa_root), expecting({kEdge}));
  CHECK(verdict.rule == "signature");
  CHECK(verdict.reason == "CN=Weak CA: signed with md5WithRSAEncryption, which is not accepted");
}

TEST_CASE("a weak certificate beside a strong path does no harm, whichever comes first") {
  const auto root = make_root("Test CA", "rsa:2048");
  const Key key = make_key();
  Template weak = wanted_authority("Middle CA");
  weak.digest = "sha1";
  const auto weak_middle = root->certify(weak, key.get());
  const auto strong_middle = root->certify(wanted_authority("Middle CA"), key.get());
  REQUIRE(weak_middle);
  REQUIRE(strong_middle);
  const auto leaf =
      build(wanted("edge", {kEdge}), make_key().get(), strong_middle->get(), key.get());
  REQUIRE(leaf);
  const auto trust = trust_in(*root);
  X509* weak_one = weak_middle->get();
  X509* strong_one = strong_middle->get();
  CHECK(verify({leaf->get(), weak_one, strong_one}, *trust, expecting({kEdge})).accepted);
  CHECK(verify({leaf->get(), strong_one, weak_one}, *trust, expecting({kEdge})).accepted);
  CHECK(verify({leaf->get(), weak_one}, *trust, expecting({kEdge})).rule == "signature");
}

}  // namespace
}  // namespace certs
