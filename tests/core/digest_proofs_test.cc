#include "core/digest_proofs.h"

#include <doctest/doctest.h>

#include "base/hex.h"
#include "sip/digest.h"
#include "tests/core/inside.h"

namespace core {
namespace {

constexpr char kRealm[] = "edge.lab.example";
constexpr char kOtherRealm[] = "edge2.lab.example";

struct Lab : Inside {
  Discovery& domain = discover();
  DigestProofs proofs{
      store, base::kSystemClock, log, {kRealm, kOtherRealm}, std::chrono::seconds{3600}};
  policy::Associations associations{store};
  std::vector<policy::Revocation> revoked;
  policy::Store::Token watch = store.watch([this](const policy::Revocation& one) {
    revoked.push_back(one);
    proofs.on_revoked(one);
  });

  Lab() { authorizer.set_proofs(&proofs); }

  int sign_in(std::string typed = kUser, std::string password = kPassword) {
    int status = 0;
    auto token = authorizer.authorize(domain, {std::move(typed), kUser}, std::move(password),
                                      [&](const Account* account, const Refusal* refusal) {
                                        status = account ? 200 : refusal->status;
                                      });
    fakes::run_until(loop, [&] { return status != 0; });
    fakes::run_turns(loop);
    return status;
  }
  std::optional<policy::Association> association(std::string_view realm = kRealm) {
    std::optional<policy::Association> found;
    bool over = false;
    auto token = associations.get({kUser, kDomain, realm},
                                  [&](base::Result<std::optional<policy::Association>> one) {
                                    REQUIRE(one);
                                    found = *one;
                                    over = true;
                                  });
    fakes::run_until(loop, [&] { return over; });
    return found;
  }
};

TEST_CASE("a client may give the name in every way in which it signed in") {
  using Names = std::vector<std::string>;
  struct Case {
    const char* typed;
    Names names;
  };
  const Case cases[] = {
      {"mac.donald", {"mac.donald", "mac.donald@lab.example"}},
      {"Mac.Donald",
       {"mac.donald", "mac.donald@lab.example", "Mac.Donald", "Mac.Donald@lab.example"}},
      {"Mac.Donald@LAB.example",
       {"mac.donald", "mac.donald@lab.example", "Mac.Donald", "Mac.Donald@lab.example",
        "Mac.Donald@LAB.example"}},
      {"", {"mac.donald", "mac.donald@lab.example"}},
  };
  for (const Case& c : cases) {
    CAPTURE(c.typed);
    CHECK(spellings_of("mac.donald", "lab.example", c.typed) == c.names);
  }
}

TEST_CASE("a password that was accepted leaves proofs for every edge, and no password") {
  Lab lab;
  CHECK(lab.sign_in("Mac.Donald") == 200);
  for (const char* realm : {kRealm, kOtherRealm}) {
    CAPTURE(realm);
    const auto found = lab.association(realm);
    REQUIRE(found);
    CHECK(found->devices == std::vector<std::string>{"MDonald"});
    CHECK(found->expires - found->issued == std::chrono::seconds{3600});
    for (const char* name : {"mac.donald", "Mac.Donald", "Mac.Donald@lab.example"}) {
      const policy::DigestProof* proof = found->proof(name);
      REQUIRE(proof != nullptr);
      const std::string md5(reinterpret_cast<const char*>(proof->md5.data()), proof->md5.size());
      CHECK(base::encode_hex(md5) ==
            sip::digest_ha1(sip::DigestAlgorithm::Md5, name, realm, kPassword));
    }
    CHECK(policy::encode_association(*found).find(kPassword) == std::string::npos);
  }
  CHECK(lab.revoked.empty());
  CHECK(lab.sink.text().find(kPassword) == std::string::npos);
}

TEST_CASE("another client's spelling is kept beside") {
  Lab lab;
  CHECK(lab.sign_in("Mac.Donald") == 200);
  CHECK(lab.sign_in("MAC.donald") == 200);
  const auto found = lab.association();
  REQUIRE(found);
  CHECK(found->proof("Mac.Donald") != nullptr);
  CHECK(found->proof("MAC.donald") != nullptr);
  CHECK(lab.revoked.empty());
}

TEST_CASE("a refused guess leaves everything as it is") {
  Lab lab;
  CHECK(lab.sign_in() == 200);
  CHECK(lab.sign_in(kUser, "guess") == 401);
  CHECK(lab.revoked.empty());
  CHECK(lab.association());
}

TEST_CASE("the accepted password, once refused, ends the user's sessions and associations") {
  for (const bool remembered : {true, false}) {
    CAPTURE(remembered);
    Lab lab;
    CHECK(lab.sign_in() == 200);
    if (!remembered) lab.accounts.forget(kUser, kDomain);
    lab.right_password = "new";
    CHECK(lab.sign_in() == 401);
    REQUIRE(lab.revoked.size() == 1);
    CHECK(lab.revoked[0].user == kUser);
    CHECK_FALSE(lab.association());
    CHECK_FALSE(lab.association(kOtherRealm));
  }
}

TEST_CASE("another accepted password ends what came before and lets the new association live") {
  for (const bool remembered : {true, false}) {
    CAPTURE(remembered);
    Lab lab;
    CHECK(lab.sign_in() == 200);
    if (!remembered) lab.accounts.forget(kUser, kDomain);
    lab.right_password = "new";
    CHECK(lab.sign_in(kUser, "new") == 200);
    REQUIRE(lab.revoked.size() == 1);
    const auto found = lab.association();
    REQUIRE(found);
    CHECK(found->issued > lab.revoked[0].before);
    CHECK(*found->proof(kUser) == make_proof(kUser, kRealm, "new"));
  }
}

}  // namespace
}  // namespace core
