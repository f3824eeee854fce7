#pragma once
// Digest authentication (RFC 7616, RFC 3261 section 22, RFC 8760 for the choice of algorithm): MD5,
// SHA-256 and their -sess forms, qop=auth.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "sip/hash.h"
#include "sip/headers.h"

namespace sip {

enum class DigestAlgorithm { Md5, Sha256, Md5Sess, Sha256Sess };
// "MD5", "SHA-256-sess"; reading is without case, and empty text is MD5 (RFC 7616 section 3.3).
std::string_view to_string(DigestAlgorithm algorithm);
std::optional<DigestAlgorithm> parse_algorithm(std::string_view text);

// H(user:realm:password) in lower-case hex; for both forms of a hash it is the same.
std::string digest_ha1(DigestAlgorithm algorithm, std::string_view user, std::string_view realm,
                       std::string_view password);

// What a client sent in Proxy-Authorization or Authorization.
struct DigestCredentials {
  std::string username;
  std::string realm;
  std::string nonce;
  std::string uri;
  std::string response;  // lower-case hex
  std::string cnonce;
  std::string opaque;
  DigestAlgorithm algorithm = DigestAlgorithm::Md5;
  std::uint32_t nonce_count = 0;
};
// Malformed, with the parameter's name: not Digest (Unsupported), a parameter missing or repeated,
// a qop that is not "auth", an nc that is not 8 hex digits, a response of the wrong length, an
// algorithm nobody knows (Unsupported).
base::Result<DigestCredentials> parse_credentials(std::string_view value);
base::Result<DigestCredentials> read_credentials(const AuthParams& auth);

// The response a client with this HA1 gives to `method` with these credentials' nonce, cnonce, nc
// and uri; what credentials.response is compared with.
std::string digest_response(const DigestCredentials& credentials, std::string_view ha1,
                            std::string_view method);
// In constant time.
bool digest_matches(const DigestCredentials& credentials, std::string_view ha1,
                    std::string_view method);

// A challenge as a client reads it, for `sallyport login`.
struct DigestChallenge {
  std::string realm;
  std::string nonce;
  std::string opaque;
  DigestAlgorithm algorithm = DigestAlgorithm::Md5;
  bool stale = false;
  bool qop_auth = false;
};
base::Result<DigestChallenge> parse_challenge(std::string_view value);
// `Digest realm="…", nonce="…", qop="auth", algorithm=MD5`, with stale=true where it is.
std::string to_string(const DigestChallenge& challenge);
// The value of Proxy-Authorization. nonce_count from 1 up.
std::string answer_challenge(const DigestChallenge& challenge, std::string_view user,
                             std::string_view password, std::string_view method,
                             std::string_view uri, std::uint32_t nonce_count,
                             std::string_view cnonce);

// Nonces that need no table: time and counter, and a MAC over them, the realm and the connection
// (RFC 7616 section 5.4). One per worker, as a connection and its nonces stay with one.
class NonceKey final {
 public:
  static constexpr std::int64_t kFreshSeconds = 120;
  NonceKey();  // a random key
  // `now`: seconds since 1970; `binding`: what the nonce is good for, the connection's Flow-id.
  std::string make(std::int64_t now, std::string_view binding, std::string_view realm);
  enum class Verdict { Fresh, Stale, Foreign };  // Foreign: made up, or of another connection
  struct Judged {
    Verdict verdict = Verdict::Foreign;
    std::uint64_t id = 0;  // tells this nonce from others of the connection
    std::int64_t made = 0;
  };
  Judged judge(std::string_view nonce, std::int64_t now, std::string_view binding,
               std::string_view realm) const;

 private:
  Hash mac(std::string_view body, std::string_view binding, std::string_view realm) const;

  HmacKey key_;
  std::uint64_t next_ = 0;  // no two nonces are the same
};

}  // namespace sip
