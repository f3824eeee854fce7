#include "certs/csr.h"

#include <openssl/pem.h>

#include "certs/openssl.h"
#include "tests/certs/forge.h"

namespace certs {
namespace {

TEST_CASE("a request is read back for every kind of key") {
  for (const char* kind : {"ec:p256", "rsa:2048", "ed25519"}) {
    CAPTURE(kind);
    const Key key = make_key(kind);
    const std::vector<Name> names = {dns_name("edge.lab.example"),
                                     {Name::Kind::Srv, "_collab-edge._tls.lab.example"}};
    const auto pem = make_request(key.get(), "edge", names);
    REQUIRE(pem);
    const auto content = parse_request(*pem);
    REQUIRE(content);
    CHECK(content->names == names);
  }
}

TEST_CASE("a request without names is read, and cannot be signed by itself") {
  const Key key = make_key();
  const auto pem = make_request(key.get(), "edge", {});
  REQUIRE(pem);
  const auto content = parse_request(*pem);
  REQUIRE(content);
  CHECK(content->names.empty());
  const auto root = make_root();
  CHECK_FALSE(root->sign_request(wanted(""), *pem));
  CHECK(root->sign_request(wanted("", {dns_name("edge.lab.example")}), *pem));
}

TEST_CASE("a request cut at any length is malformed") {
  const Key key = make_key();
  const auto pem = make_request(key.get(), "edge", {dns_name("edge.lab.example")});
  REQUIRE(pem);
  for (std::size_t cut = 0; cut + 1 < pem->size(); ++cut) {
    CAPTURE(cut);
    const auto content = parse_request(pem->substr(0, cut));
    REQUIRE_FALSE(content);
    CHECK(content.error().code == base::Errc::Malformed);
  }
}

TEST_CASE("a request that is not signed with its own key is refused") {
  const Key key = make_key();
  const Key stranger = make_key();
  const auto pem = make_request(key.get(), "edge", {dns_name("edge.lab.example")});
  REQUIRE(pem);
  const Bio input = reader_of(*pem);
  const Request request(PEM_read_bio_X509_REQ(input.get(), nullptr, nullptr, nullptr));
  REQUIRE(X509_REQ_sign(request.get(), stranger.get(), EVP_sha256()) > 0);
  const Bio memory(BIO_new(BIO_s_mem()));
  REQUIRE(PEM_write_bio_X509_REQ(memory.get(), request.get()) == 1);
  const auto content = parse_request(text_in(memory.get()));
  REQUIRE_FALSE(content);
  CHECK(content.error().code == base::Errc::Refused);
}

TEST_CASE("names that no certificate may hold are not signed") {
  const Key key = make_key();
  const std::string odd("a\0b.example", 11);
  for (const std::string& name :
       {odd, std::string("e*.lab.example"), std::string("a b"), std::string("10.0.0.1")}) {
    CAPTURE(name);
    const auto pem = make_request(key.get(), "edge", {dns_name(name)});
    REQUIRE(pem);
    const auto content = parse_request(*pem);
    REQUIRE_FALSE(content);
    CHECK(content.error().code == base::Errc::Malformed);
  }
}

}  // namespace
}  // namespace certs
