#include "certs/credentials.h"

#include <openssl/pem.h>

#include "certs/openssl.h"
#include "tests/certs/forge.h"
#include "tests/certs/scratch.h"

namespace certs {
namespace {

struct Pair {
  std::unique_ptr<const Authority> root = make_root();
  Issued issued;

  Pair() {
    auto made = root->issue(wanted("edge", {dns_name("edge.lab.example")}), "ec:p256");
    REQUIRE(made);
    issued = *std::move(made);
  }
};

TEST_CASE("a chain with its key is loaded, with the names of the leaf") {
  const Pair pair;
  const auto credentials = Credentials::from_pem(
      pair.issued.chain_pem + to_pem(pair.root->certificate()), pair.issued.key_pem);
  REQUIRE(credentials);
  CHECK((*credentials)->chain().size() == 2);
  CHECK((*credentials)->identity().dns_names.front() == "edge.lab.example");
  CHECK(X509_check_private_key((*credentials)->leaf(), (*credentials)->key()) == 1);
}

TEST_CASE("chain and key may stand in one file, in any order") {
  const Pair pair;
  const Scratch scratch;
  for (const std::string& text :
       {pair.issued.key_pem + pair.issued.chain_pem, pair.issued.chain_pem + pair.issued.key_pem}) {
    const std::string file = scratch.write("both.pem", text);
    CHECK(Credentials::load(file, file));
  }
}

TEST_CASE("a key of another certificate is refused") {
  const Pair pair;
  const std::string stranger = to_pem(make_key().get());
  const auto wrong = Credentials::from_pem(pair.issued.chain_pem, stranger);
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().code == base::Errc::Refused);
  // The usual slip: the authority stands first.
  const auto turned = Credentials::from_pem(
      to_pem(pair.root->certificate()) + pair.issued.chain_pem, pair.issued.key_pem);
  REQUIRE_FALSE(turned);
  CHECK(turned.error().detail.find("certificate 2 of the chain") != std::string::npos);
}

TEST_CASE("an encrypted key is refused and nobody is asked for a passphrase") {
  const Pair pair;
  const Key key = make_key();
  const Bio memory(BIO_new(BIO_s_mem()));
  REQUIRE(PEM_write_bio_PKCS8PrivateKey(memory.get(), key.get(), EVP_aes_128_cbc(), "secret", 6,
                                        nullptr, nullptr) == 1);
  const auto refused = Credentials::from_pem(pair.issued.chain_pem, text_in(memory.get()));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == base::Errc::Refused);
  CHECK(refused.error().detail.find("encrypted") != std::string::npos);
}

TEST_CASE("a certificate whose names cannot be read is no credential") {
  const auto root = make_root();
  const Key key = make_key();
  const auto leaf = root->certify(wanted("x"), key.get());
  REQUIRE(leaf);
  add_extension(leaf->get(), NID_subject_alt_name,
                der(0x30, general_dns(std::string_view("a\0b", 3))));
  resign(leaf->get(), root->key());
  const auto refused = Credentials::from_pem(to_pem(leaf->get()), to_pem(key.get()));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == base::Errc::Malformed);
}

TEST_CASE("errors of loading name the file") {
  const Pair pair;
  const Scratch scratch;
  const std::string chain = scratch.write("chain.pem", pair.issued.chain_pem);
  const std::string key = scratch.write("key.pem", pair.issued.key_pem);
  const std::string junk = scratch.write("junk.pem", "junk");
  REQUIRE(Credentials::load(chain, key));
  struct Case {
    std::string chain;
    std::string key;
    std::string named;
    base::Errc code;
  };
  const Case cases[] = {
      {scratch.path("absent"), key, scratch.path("absent"), base::Errc::NotFound},
      {chain, scratch.path("absent"), scratch.path("absent"), base::Errc::NotFound},
      {junk, key, junk, base::Errc::Malformed},
      {chain, junk, junk, base::Errc::Malformed},
      {scratch.path(""), key, scratch.path(""), base::Errc::System},
  };
  for (const Case& c : cases) {
    CAPTURE(c.named);
    const auto loaded = Credentials::load(c.chain, c.key);
    REQUIRE_FALSE(loaded);
    CHECK(loaded.error().code == c.code);
    CHECK(loaded.error().detail.starts_with(c.named));
  }
}

TEST_CASE("trust takes any number of authorities and nothing malformed") {
  const Pair pair;
  std::string pem;
  for (std::size_t i = 0; i < kMaxChain + 2; ++i)
    pem += to_pem(pair.root->certificate());
  CHECK(Trust::from_pem(pem));
  CHECK_FALSE(Trust::from_pem(""));
  CHECK_FALSE(Trust::from_pem("junk"));
  CHECK_FALSE(Trust::from_pem(pem.substr(0, pem.size() - 40)));
  const auto absent = Trust::load("/nonexistent/ca.pem");
  REQUIRE_FALSE(absent);
  CHECK(absent.error().detail.starts_with("/nonexistent/ca.pem"));
}

}  // namespace
}  // namespace certs
