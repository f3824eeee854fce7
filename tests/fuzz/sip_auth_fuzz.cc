// Credentials that are read can be checked; a challenge that is read is written and read again to
// the same; nobody makes a nonce but its key.

#include <cstdlib>
#include <string>
#include <string_view>

#include "sip/digest.h"

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

void check_credentials(std::string_view text) {
  const auto read = sip::parse_credentials(text);
  if (!read) return;
  sip::DigestCredentials credentials = *read;
  check(!credentials.username.empty() && !credentials.nonce.empty() && !credentials.uri.empty());
  const std::string ha1 =
      sip::digest_ha1(credentials.algorithm, credentials.username, credentials.realm, "password");
  check(ha1.size() == credentials.response.size());
  check(!sip::digest_matches(credentials, "", "REGISTER"));
  credentials.response = sip::digest_response(credentials, ha1, "REGISTER");
  check(sip::digest_matches(credentials, ha1, "REGISTER"));
  credentials.response.front() = credentials.response.front() == '0' ? '1' : '0';
  check(!sip::digest_matches(credentials, ha1, "REGISTER"));
}

void check_challenge(std::string_view text) {
  const auto challenge = sip::parse_challenge(text);
  if (!challenge) return;
  const auto again = sip::parse_challenge(sip::to_string(*challenge));
  check(static_cast<bool>(again));
  check(again->realm == challenge->realm && again->nonce == challenge->nonce &&
        again->opaque == challenge->opaque && again->algorithm == challenge->algorithm &&
        again->stale == challenge->stale && again->qop_auth == challenge->qop_auth);
  if (!challenge->qop_auth || challenge->realm.empty()) return;
  const std::string answer = sip::answer_challenge(*challenge, "user", "password", "REGISTER",
                                                   "sip:lab.example", 1, "cnonce");
  const auto credentials = sip::parse_credentials(answer);
  check(static_cast<bool>(credentials));
  check(sip::digest_matches(
      *credentials, sip::digest_ha1(challenge->algorithm, "user", challenge->realm, "password"),
      "REGISTER"));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const sip::NonceKey key;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_credentials(text);
  check_challenge(text);
  check(key.judge(text, 0, "flow", "realm").verdict == sip::NonceKey::Verdict::Foreign);
  return 0;
}
