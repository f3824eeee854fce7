#include "certs/pem.h"

#include <sys/stat.h>

#include "tests/certs/forge.h"
#include "tests/certs/scratch.h"

namespace certs {
namespace {

TEST_CASE("a chain is read in its order, with text and other blocks between") {
  const auto root = make_root();
  const Certificate leaf = certify(*root, wanted("edge"));
  const std::string pem = "subject=edge\n" + to_pem(leaf.get()) + to_pem(make_key().get()) +
                          "\r\nissuer\r\n" + to_pem(root->certificate()) + "the end";
  const auto chain = parse_chain(pem);
  REQUIRE(chain);
  REQUIRE(chain->size() == 2);
  CHECK(X509_cmp((*chain)[0].get(), leaf.get()) == 0);
  CHECK(X509_cmp((*chain)[1].get(), root->certificate()) == 0);
}

TEST_CASE("a text cut at any length is a shorter chain or malformed, never a wrong one") {
  const auto root = make_root();
  const std::string one = to_pem(root->certificate());
  const std::string two = one + one;
  for (std::size_t cut = 0; cut <= two.size(); ++cut) {
    CAPTURE(cut);
    const auto chain = parse_chain(two.substr(0, cut));
    // The last line end is not needed.
    const std::size_t whole = (cut + 1) / one.size();
    if (chain) CHECK(chain->size() == whole);
    if (!chain) CHECK(chain.error().code == base::Errc::Malformed);
    if (cut + 1 < one.size()) CHECK_FALSE(chain);
  }
}

TEST_CASE("what is no certificate is malformed") {
  const std::string good = to_pem(make_root()->certificate());
  std::string damaged = good;
  damaged[60] = '!';
  const std::string_view begin = "-----BEGIN CERTIFICATE-----\n";
  const std::string_view end = "-----END CERTIFICATE-----\n";
  const std::string cases[] = {
      "",
      "junk",
      std::string(1, '\0'),
      damaged,
      good + std::string(begin) + "AAAA\n" + std::string(end),
      std::string(begin) + std::string(end),
      std::string(begin) + "MAA=\n" + std::string(end),
      std::string(begin) + std::string(begin) + std::string(end),
      to_pem(make_key().get()),
  };
  for (const std::string& pem : cases) {
    CAPTURE(pem);
    const auto chain = parse_chain(pem);
    REQUIRE_FALSE(chain);
    CHECK(chain.error().code == base::Errc::Malformed);
  }
}

TEST_CASE("a chain of more than kMaxChain certificates is too large") {
  const std::string one = to_pem(make_root()->certificate());
  std::string pem;
  for (std::size_t i = 0; i < kMaxChain; ++i)
    pem += one;
  REQUIRE(parse_chain(pem));
  const auto chain = parse_chain(pem + one);
  REQUIRE_FALSE(chain);
  CHECK(chain.error().code == base::Errc::TooLarge);
}

TEST_CASE("a text of more than kMaxPemBytes is too large") {
  const std::string one = to_pem(make_root()->certificate());
  const std::string most = one + std::string(kMaxPemBytes - one.size(), '\n');
  CHECK(parse_chain(most));
  const auto chain = parse_chain(most + "\n");
  REQUIRE_FALSE(chain);
  CHECK(chain.error().code == base::Errc::TooLarge);
  const Scratch scratch;
  CHECK(read_file(scratch.write("most", most)));
  const auto file = read_file(scratch.write("more", most + "\n"));
  REQUIRE_FALSE(file);
  CHECK(file.error().code == base::Errc::TooLarge);
}

TEST_CASE("a key is written and read back; what is no key is malformed") {
  for (const char* kind : {"ec:p256", "rsa:2048", "ed25519"}) {
    CAPTURE(kind);
    const Key key = make_key(kind);
    const auto again = parse_key(to_pem(key.get()));
    REQUIRE(again);
    CHECK(EVP_PKEY_eq(again->get(), key.get()) == 1);
  }
  for (const std::string& text :
       {std::string(), std::string("junk"), to_pem(make_root()->certificate())}) {
    const auto key = parse_key(text);
    REQUIRE_FALSE(key);
    CHECK(key.error().code == base::Errc::Malformed);
  }
}

TEST_CASE("a file is written with its mode and is not overwritten unless that is asked for") {
  const Scratch scratch;
  const std::string path = scratch.path("secret.key");
  REQUIRE(write_file(path, "one", 0600, Existing::Keep));
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
  const auto kept = write_file(path, "two", 0600, Existing::Keep);
  REQUIRE_FALSE(kept);
  CHECK(kept.error().code == base::Errc::Refused);
  CHECK(*read_file(path) == "one");
  REQUIRE(write_file(path, "two", 0644, Existing::Replace));
  CHECK(*read_file(path) == "two");
  REQUIRE(::stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0644);
  CHECK_FALSE(write_file(scratch.path("no/such/folder"), "x", 0600, Existing::Keep));
  CHECK_FALSE(write_file(scratch.path("no/such/folder"), "x", 0600, Existing::Replace));
}

}  // namespace
}  // namespace certs
