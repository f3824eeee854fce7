#include "sip/digest.h"

#include <doctest/doctest.h>

#include <string>

namespace sip {
namespace {

// RFC 7616 section 3.9.1.
DigestCredentials mufasa(DigestAlgorithm algorithm) {
  DigestCredentials credentials;
  credentials.username = "Mufasa";
  credentials.realm = "http-auth@example.org";
  credentials.nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
  credentials.uri = "/dir/index.html";
  credentials.cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
  credentials.nonce_count = 1;
  credentials.algorithm = algorithm;
  return credentials;
}

constexpr const char* kHead =
    "Digest username=\"mac.donald\", realm=\"edge.lab.example\", nonce=\"abc\", "
    "uri=\"sip:ucm-pub.lab.example\", cnonce=\"0a4f113b\", nc=00000001, qop=auth";

std::string with(const std::string& rest) {
  return kHead + rest;
}

const std::string kMd5 = ", response=\"0123456789abcdef0123456789ABCDEF\"";

TEST_CASE("the examples of RFC 7616 and RFC 2617 give their responses") {
  const std::string password = "Circle of Life";
  struct Case {
    DigestAlgorithm algorithm;
    const char* response;
  };
  const Case cases[] = {
      {DigestAlgorithm::Md5, "8ca523f5e9506fed4657c9700eebdbec"},
      {DigestAlgorithm::Sha256, "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.response);
    DigestCredentials credentials = mufasa(c.algorithm);
    const std::string ha1 =
        digest_ha1(c.algorithm, credentials.username, credentials.realm, password);
    CHECK(digest_response(credentials, ha1, "GET") == c.response);
    credentials.response = c.response;
    CHECK(digest_matches(credentials, ha1, "GET"));
    CHECK_FALSE(digest_matches(credentials, ha1, "POST"));
  }
  DigestCredentials old = mufasa(DigestAlgorithm::Md5);
  old.realm = "testrealm@host.com";
  old.nonce = "dcd98b7102dd2f0e8b11d0f600bfb0c093";
  old.cnonce = "0a4f113b";
  const std::string ha1 = digest_ha1(old.algorithm, "Mufasa", old.realm, "Circle Of Life");
  CHECK(ha1 == "939e7578ed9e3c518a452acee763bce9");
  CHECK(digest_response(old, ha1, "GET") == "6629fae49393a05397450978507c4ef1");
}

TEST_CASE("the session forms hash the nonces into HA1") {
  // Computed with Python's hashlib.
  DigestCredentials md5 = mufasa(DigestAlgorithm::Md5Sess);
  std::string ha1 = digest_ha1(md5.algorithm, "Mufasa", md5.realm, "Circle of Life");
  CHECK(ha1 == digest_ha1(DigestAlgorithm::Md5, "Mufasa", md5.realm, "Circle of Life"));
  CHECK(digest_response(md5, ha1, "GET") == "e783283f46242139c486a698fec7211d");
  DigestCredentials sha = mufasa(DigestAlgorithm::Sha256Sess);
  ha1 = digest_ha1(sha.algorithm, "Mufasa", sha.realm, "Circle of Life");
  CHECK(digest_response(sha, ha1, "GET") ==
        "2fd51b3a77ad75bad6afad6003e818d767133c46d9e2749e7f5232ae1ea3efd7");
}

TEST_CASE("whatever is hashed changes the response") {
  DigestCredentials good = mufasa(DigestAlgorithm::Sha256);
  const std::string ha1 = digest_ha1(good.algorithm, "Mufasa", good.realm, "Circle of Life");
  good.response = digest_response(good, ha1, "GET");
  REQUIRE(digest_matches(good, ha1, "GET"));
  DigestCredentials bad = good;
  bad.nonce_count = 2;
  CHECK_FALSE(digest_matches(bad, ha1, "GET"));
  bad = good;
  bad.uri += 'l';
  CHECK_FALSE(digest_matches(bad, ha1, "GET"));
  bad = good;
  bad.nonce = "other";
  CHECK_FALSE(digest_matches(bad, ha1, "GET"));
  bad = good;
  bad.cnonce = "other";
  CHECK_FALSE(digest_matches(bad, ha1, "GET"));
  bad = good;
  bad.algorithm = DigestAlgorithm::Md5;
  CHECK_FALSE(digest_matches(bad, ha1, "GET"));
  bad = good;
  bad.response.pop_back();
  CHECK_FALSE(digest_matches(bad, ha1, "GET"));
}

TEST_CASE("an HA1 of the wrong length matches nothing") {
  for (const std::string& ha1 : {std::string(), std::string(64, 'a'), std::string("0")}) {
    CAPTURE(ha1);
    DigestCredentials credentials = mufasa(DigestAlgorithm::Md5);
    credentials.response = digest_response(credentials, ha1, "REGISTER");
    CHECK_FALSE(digest_matches(credentials, ha1, "REGISTER"));
  }
}

TEST_CASE("algorithms are read without case") {
  CHECK(parse_algorithm("") == DigestAlgorithm::Md5);
  CHECK(parse_algorithm("md5") == DigestAlgorithm::Md5);
  CHECK(parse_algorithm("sha-256") == DigestAlgorithm::Sha256);
  CHECK(parse_algorithm("MD5-SESS") == DigestAlgorithm::Md5Sess);
  CHECK(parse_algorithm("SHA-256-sess") == DigestAlgorithm::Sha256Sess);
  CHECK_FALSE(parse_algorithm("SHA-512-256"));
  CHECK_FALSE(parse_algorithm("SHA256"));
  CHECK_FALSE(parse_algorithm("MD5 "));
}

TEST_CASE("credentials are read") {
  const auto read = parse_credentials(with(kMd5 + ", opaque=\"o\\\"p\", algorithm=MD5"));
  REQUIRE(read);
  CHECK(read->username == "mac.donald");
  CHECK(read->realm == "edge.lab.example");
  CHECK(read->nonce == "abc");
  CHECK(read->uri == "sip:ucm-pub.lab.example");
  CHECK(read->cnonce == "0a4f113b");
  CHECK(read->opaque == "o\"p");
  CHECK(read->nonce_count == 1);
  CHECK(read->algorithm == DigestAlgorithm::Md5);
  CHECK(read->response == "0123456789abcdef0123456789abcdef");
}

TEST_CASE("credentials that are not whole are refused") {
  using base::Errc;
  struct Case {
    std::string text;
    Errc code;
  };
  const auto without = [](std::string text, const std::string& name) {
    const std::size_t at = text.find(name);
    return text.erase(at, text.find(',', at) - at + 2);
  };
  const auto changed = [](std::string text, const std::string& from, const std::string& to) {
    return text.replace(text.find(from), from.size(), to);
  };
  const std::string good = with(kMd5);
  const Case cases[] = {
      {"", Errc::Malformed},
      {changed(good, "Digest", "Basic"), Errc::Unsupported},
      {without(good, "username="), Errc::Malformed},
      {without(good, "realm="), Errc::Malformed},
      {without(good, " nonce="), Errc::Malformed},
      {without(good, "uri="), Errc::Malformed},
      {without(good, "cnonce="), Errc::Malformed},
      {without(good, "nc="), Errc::Malformed},
      {without(good, "qop="), Errc::Malformed},
      {with(""), Errc::Malformed},
      {changed(good, "mac.donald", ""), Errc::Malformed},
      {good + ", nonce=\"abd\"", Errc::Malformed},
      {good + ", NONCE=\"abd\"", Errc::Malformed},
      {good + ", algorithm=SHA-256", Errc::Malformed},
      {good + ", algorithm=SHA-512-256", Errc::Unsupported},
      {good + ", userhash=true", Errc::Unsupported},
      {changed(good, "qop=auth", "qop=auth-int"), Errc::Malformed},
      {changed(good, "00000001", "0000001"), Errc::Malformed},
      {changed(good, "00000001", "000000001"), Errc::Malformed},
      {changed(good, "00000001", "0000000A"), Errc::Malformed},
      {changed(good, "00000001", "0x000001"), Errc::Malformed},
      {changed(good, "ABCDEF", "ABCDEG"), Errc::Malformed},
      {changed(good, "ABCDEF", "ABCDE"), Errc::Malformed},
  };
  REQUIRE(parse_credentials(good));
  for (const Case& c : cases) {
    CAPTURE(c.text);
    const auto read = parse_credentials(c.text);
    REQUIRE_FALSE(read);
    CHECK(read.error().code == c.code);
  }
}

TEST_CASE("a challenge is written and read back") {
  DigestChallenge challenge;
  challenge.realm = "edge \"one\"";
  challenge.nonce = "n0nce";
  challenge.qop_auth = true;
  CHECK(to_string(challenge) ==
        "Digest realm=\"edge \\\"one\\\"\", nonce=\"n0nce\", qop=\"auth\", algorithm=MD5");
  challenge.stale = true;
  challenge.opaque = "x";
  challenge.algorithm = DigestAlgorithm::Sha256;
  const auto read = parse_challenge(to_string(challenge));
  REQUIRE(read);
  CHECK(read->realm == challenge.realm);
  CHECK(read->nonce == challenge.nonce);
  CHECK(read->opaque == challenge.opaque);
  CHECK(read->stale);
  CHECK(read->qop_auth);
  CHECK(read->algorithm == DigestAlgorithm::Sha256);
}

TEST_CASE("challenges are held to what a client can answer") {
  CHECK(parse_challenge("Digest realm=\"\", nonce=\"n\", qop=\"auth-int,auth\"")->qop_auth);
  CHECK_FALSE(parse_challenge("Digest realm=\"r\", nonce=\"n\"")->qop_auth);
  CHECK_FALSE(parse_challenge("Digest nonce=\"n\""));
  CHECK_FALSE(parse_challenge("Digest realm=\"r\""));
  CHECK_FALSE(parse_challenge("Digest realm=\"r\", nonce=\"n\", qop=\"auth-int\""));
  CHECK_FALSE(parse_challenge("Digest realm=\"r\", nonce=\"n\", algorithm=X"));
  CHECK_FALSE(parse_challenge("Basic realm=\"r\""));
}

TEST_CASE("an answered challenge passes the check, whatever the algorithm and the name") {
  for (const auto algorithm : {DigestAlgorithm::Md5, DigestAlgorithm::Sha256,
                               DigestAlgorithm::Md5Sess, DigestAlgorithm::Sha256Sess}) {
    for (const char* user : {"mac.donald", "a\"b\\c", "m\xc3\xbcller", "a:b"}) {
      CAPTURE(to_string(algorithm));
      CAPTURE(user);
      DigestChallenge challenge{"edge.lab.example", "nonce", "", algorithm, false, true};
      const std::string text = answer_challenge(challenge, user, "s3cret", "REGISTER",
                                                "sip:lab.example", 0xabcdef, "c\"nonce");
      const auto credentials = parse_credentials(text);
      REQUIRE(credentials);
      CHECK(credentials->username == user);
      CHECK(credentials->nonce_count == 0xabcdef);
      CHECK(digest_matches(*credentials, digest_ha1(algorithm, user, challenge.realm, "s3cret"),
                           "REGISTER"));
      CHECK_FALSE(digest_matches(
          *credentials, digest_ha1(algorithm, user, challenge.realm, "secret"), "REGISTER"));
    }
  }
}

TEST_CASE("without qop the answer is that of RFC 2069") {
  const DigestChallenge challenge{"testrealm@host.com",
                                  "dcd98b7102dd2f0e8b11d0f600bfb0c093",
                                  "",
                                  DigestAlgorithm::Md5,
                                  false,
                                  false};
  const std::string text =
      answer_challenge(challenge, "Mufasa", "CircleOfLife", "GET", "/dir/index.html", 1, "x");
  CHECK(text.find("response=\"1949323746fe6a43ef61f9606e7febea\"") != std::string::npos);
  CHECK(text.find("cnonce") == std::string::npos);
}

}  // namespace
}  // namespace sip
