#include "policy/session.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "base/base64.h"

namespace policy {
namespace {

using std::chrono::seconds;

const WallTime kNow{std::chrono::hours{24 * 20'000}};

SessionToken sample() {
  SessionToken token;
  token.id = new_session_id();
  token.user = "mac.donald";
  token.domain = "lab.example";
  token.realm = "core.lab.example";
  token.issued = std::chrono::floor<seconds>(kNow);
  token.expires = token.issued + std::chrono::hours{8};
  return token;
}

struct Pair {
  std::unique_ptr<SessionSigner> signer = SessionSigner::generate();
  SessionVerifier verifier;
  Pair() { REQUIRE(verifier.add_key(signer->public_key())); }
};

TEST_CASE("what was signed comes back, field by field") {
  Pair pair;
  SessionToken token = sample();
  const SessionVerdict verdict = pair.verifier.verify(pair.signer->sign(token), kNow);
  REQUIRE(verdict);
  CHECK(*verdict.token == token);
  token.realm.clear();
  CHECK(pair.verifier.verify(pair.signer->sign(token), kNow));
}

TEST_CASE("the longest token fits its limit") {
  Pair pair;
  SessionToken token = sample();
  token.user = std::string(128, 'u');
  token.domain = std::string(253, 'd');
  token.realm = std::string(253, 'r');
  const std::string text = pair.signer->sign(token);
  CHECK(text.size() <= kMaxTokenBytes);
  CHECK(pair.verifier.verify(text, kNow));
  CHECK(pair.verifier.verify(std::string(kMaxTokenBytes + 1, 'A'), kNow).fault ==
        SessionFault::Malformed);
}

TEST_CASE("a token holds from its issue, less the skew of clocks, until its end") {
  Pair pair;
  const SessionToken token = sample();
  const std::string text = pair.signer->sign(token);
  struct Case {
    WallTime now;
    SessionFault fault;
  };
  const Case cases[] = {
      {token.issued - kMaxClockSkew - seconds{1}, SessionFault::NotYetValid},
      {token.issued - kMaxClockSkew, SessionFault::None},
      {token.issued, SessionFault::None},
      {token.expires - seconds{1}, SessionFault::None},
      {token.expires, SessionFault::Expired},
  };
  for (const Case& c : cases) {
    CAPTURE(c.now.time_since_epoch().count());
    CHECK(pair.verifier.verify(text, c.now).fault == c.fault);
  }
}

TEST_CASE("no change of a token verifies: any bit, any cut, any other spelling") {
  Pair pair;
  const std::string text = pair.signer->sign(sample());
  for (std::size_t i = 0; i < text.size(); ++i) {
    CAPTURE(i);
    CHECK_FALSE(pair.verifier.verify(text.substr(0, i), kNow));
    std::string changed = text;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    CHECK_FALSE(pair.verifier.verify(changed, kNow));
  }
  const std::string bytes = *base::decode_base64(text);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::string changed = bytes;
    changed[i] = static_cast<char>(changed[i] ^ 0x40);
    CHECK_FALSE(pair.verifier.verify(base::encode_base64url(changed), kNow));
  }
  for (const std::string& spelled :
       {text + "=", text + "==", text + "A", " " + text, text + "\n", base::encode_base64(bytes)}) {
    CAPTURE(spelled);
    CHECK((spelled == text || !pair.verifier.verify(spelled, kNow)));
  }
  CHECK(pair.verifier.verify("", kNow).fault == SessionFault::Malformed);
}

TEST_CASE("a bit turned in the last character, where base64 has room, is seen") {
  Pair pair;
  SessionToken token = sample();
  // Lengths of all three remainders, so that two of them leave unused bits.
  for (const char* user : {"a", "ab", "abc"}) {
    token.user = user;
    std::string text = pair.signer->sign(token);
    REQUIRE(pair.verifier.verify(text, kNow));
    const std::string alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/";
    const char last = text.back();
    for (const char other : alphabet) {
      if (other == last) continue;
      text.back() = other;
      CHECK_FALSE(pair.verifier.verify(text, kNow));
    }
  }
}

TEST_CASE("a key that is not known, or not of the signer, is refused") {
  Pair pair;
  const auto other = SessionSigner::generate();
  CHECK(pair.verifier.verify(other->sign(sample()), kNow).fault == SessionFault::UnknownKey);
  // The other's signature under our key id.
  std::string bytes = *base::decode_base64(other->sign(sample()));
  const KeyId& id = pair.signer->key_id();
  std::copy(id.begin(), id.end(), bytes.begin() + 1);
  CHECK(pair.verifier.verify(base::encode_base64url(bytes), kNow).fault ==
        SessionFault::BadSignature);
}

TEST_CASE("keys are added and replaced, and the generation tells") {
  Pair pair;
  const std::string text = pair.signer->sign(sample());
  const auto generation = pair.verifier.generation();
  CHECK(pair.verifier.add_key(pair.signer->public_key()));
  CHECK(pair.verifier.generation() == generation);
  const std::vector<std::string> bad = {SessionSigner::generate()->public_key(), "nonsense"};
  CHECK_FALSE(pair.verifier.replace_keys(bad));
  CHECK(pair.verifier.verify(text, kNow));
  const std::vector<std::string> good = {SessionSigner::generate()->public_key()};
  CHECK(pair.verifier.replace_keys(good));
  CHECK(pair.verifier.generation() != generation);
  CHECK(pair.verifier.verify(text, kNow).fault == SessionFault::UnknownKey);
  for (std::size_t i = 1; i < SessionVerifier::kMaxKeys; ++i) {
    CHECK(pair.verifier.add_key(SessionSigner::generate()->public_key()));
  }
  CHECK_FALSE(pair.verifier.add_key(SessionSigner::generate()->public_key()));
}

struct TempFolder {
  std::string path = "/tmp/policy-session-test-XXXXXX";
  TempFolder() { REQUIRE(::mkdtemp(path.data()) != nullptr); }
  ~TempFolder() { std::filesystem::remove_all(path); }
};

TEST_CASE("the signing key is made once, kept for its owner only, and read again") {
  const TempFolder folder;
  const std::string file = folder.path + "/session.key";
  const auto made = SessionSigner::load_or_create(file);
  REQUIRE(made);
  struct stat about {};
  REQUIRE(::stat(file.c_str(), &about) == 0);
  CHECK((about.st_mode & 0777) == 0600);
  const auto read = SessionSigner::load_or_create(file);
  REQUIRE(read);
  CHECK((*read)->public_key() == (*made)->public_key());
  ::chmod(file.c_str(), 0640);
  const auto open = SessionSigner::load_or_create(file);
  REQUIRE_FALSE(open);
  CHECK(open.error().code == base::Errc::Refused);
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path), {}) == 1);
}

TEST_CASE("processes that start together agree on one key") {
  const TempFolder folder;
  const std::string file = folder.path + "/session.key";
  std::array<std::string, 8> keys;
  {
    std::vector<std::jthread> threads;
    for (std::string& key : keys) {
      threads.emplace_back([&key, &file] {
        const auto signer = SessionSigner::load_or_create(file);
        if (signer) key = (*signer)->public_key();
      });
    }
  }
  CHECK_FALSE(keys[0].empty());
  for (const std::string& key : keys)
    CHECK(key == keys[0]);
}

TEST_CASE("bytes derived of a key differ by label and by key, and are the same each time") {
  const auto one = SessionSigner::generate();
  const auto other = SessionSigner::generate();
  CHECK(one->derive("sip routes").size() == 32);
  CHECK(one->derive("sip routes") == one->derive("sip routes"));
  CHECK(one->derive("sip routes") != one->derive("sip route"));
  CHECK(one->derive("sip routes") != other->derive("sip routes"));
}

TEST_CASE("what is no Ed25519 key is refused, with the file's name") {
  const TempFolder folder;
  const std::string file = folder.path + "/session.key";
  std::ofstream(file) << "hello\n";
  ::chmod(file.c_str(), 0600);
  const auto signer = SessionSigner::load_or_create(file);
  REQUIRE_FALSE(signer);
  CHECK(signer.error().detail.find(file) != std::string::npos);
  CHECK_FALSE(SessionSigner::load_or_create(folder.path));
  CHECK_FALSE(SessionSigner::load_or_create(folder.path + "/missing/session.key"));
  CHECK_FALSE(SessionSigner::from_pem(""));
  // An EC P-256 key.
  CHECK(SessionSigner::from_pem("-----BEGIN PRIVATE KEY-----\n"
                                "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgevZzL1gdAFr88hb2\n"
                                "OF/2NxApJCzGCEDdfSp6VQO30hyhRANCAAQRWz+jn65BtOMvdyHKcvjBeBSDZH2r\n"
                                "1RTwjmYSi9R/zpBnuQ4EiMnCqfMPWiZqB4QdbAd0E7oH50VpuZ1P087G\n"
                                "-----END PRIVATE KEY-----\n")
            .error()
            .code == base::Errc::Refused);
}

}  // namespace
}  // namespace policy
