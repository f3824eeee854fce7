#include "sip/digest.h"

#include <algorithm>
#include <cstdio>

#include "base/text.h"
#include "sip/hash.h"

namespace sip {
namespace {

base::Error malformed(std::string_view what) {
  return {base::Errc::Malformed, "digest: " + std::string(what)};
}
base::Error unsupported(std::string_view what) {
  return {base::Errc::Unsupported, "digest: " + std::string(what)};
}

bool is_session(DigestAlgorithm algorithm) {
  return algorithm == DigestAlgorithm::Md5Sess || algorithm == DigestAlgorithm::Sha256Sess;
}

HashKind hash_kind(DigestAlgorithm algorithm) {
  const bool md5 = algorithm == DigestAlgorithm::Md5 || algorithm == DigestAlgorithm::Md5Sess;
  return md5 ? HashKind::Md5 : HashKind::Sha256;
}

std::size_t hex_size(DigestAlgorithm algorithm) {
  return hash_kind(algorithm) == HashKind::Md5 ? 32 : 64;
}

std::string count_text(std::uint32_t nonce_count) {
  char text[9];
  std::snprintf(text, sizeof text, "%08x", nonce_count);
  return text;
}

// 8LHEX (RFC 7616 section 3.4): in capitals it would be another text under the client's hash.
base::Result<std::uint32_t> parse_count(std::string_view text) {
  const auto is_lower_hex = [](char c) { return base::is_digit(c) || (c >= 'a' && c <= 'f'); };
  if (text.size() != 8 || !std::ranges::all_of(text, is_lower_hex)) {
    return malformed("nc is not 8 lower-case hex digits");
  }
  std::uint32_t number = 0;
  for (const char c : text) {
    const int digit = base::is_digit(c) ? c - '0' : c - 'a' + 10;
    number = number << 4 | static_cast<std::uint32_t>(digit);
  }
  return number;
}

base::Result<> check_digest(const AuthParams& auth) {
  if (!base::iequals(auth.scheme, "Digest")) return unsupported("another scheme");
  return {};
}

base::Result<DigestAlgorithm> algorithm_of(const AuthParams& auth) {
  const std::string_view name = auth.get("algorithm");
  const auto algorithm = parse_algorithm(name);
  if (!algorithm) return unsupported("an unknown algorithm");
  return *algorithm;
}

// Whether a list such as "auth,auth-int" offers "auth".
bool offers_auth(std::string_view list) {
  const auto parts = base::split(list, ',');
  return std::ranges::any_of(
      parts, [](std::string_view part) { return base::iequals(base::trim(part), "auth"); });
}

// RFC 7616 section 3.4.2.
std::string session_ha1(const DigestCredentials& credentials, std::string_view ha1) {
  if (!is_session(credentials.algorithm)) return std::string(ha1);
  return hash_hex(hash_kind(credentials.algorithm),
                  {ha1, ":", credentials.nonce, ":", credentials.cnonce});
}

std::string ha2(const DigestCredentials& credentials, std::string_view method) {
  return hash_hex(hash_kind(credentials.algorithm), {method, ":", credentials.uri});
}

// As RFC 2069 had it, for a challenge without qop.
std::string old_response(const DigestCredentials& credentials, std::string_view ha1,
                         std::string_view method) {
  return hash_hex(
      hash_kind(credentials.algorithm),
      {session_ha1(credentials, ha1), ":", credentials.nonce, ":", ha2(credentials, method)});
}

}  // namespace

std::string_view to_string(DigestAlgorithm algorithm) {
  switch (algorithm) {
    case DigestAlgorithm::Md5:
      return "MD5";
    case DigestAlgorithm::Sha256:
      return "SHA-256";
    case DigestAlgorithm::Md5Sess:
      return "MD5-sess";
    case DigestAlgorithm::Sha256Sess:
      return "SHA-256-sess";
  }
  return "";
}

std::optional<DigestAlgorithm> parse_algorithm(std::string_view text) {
  if (text.empty()) return DigestAlgorithm::Md5;
  for (const auto algorithm : {DigestAlgorithm::Md5, DigestAlgorithm::Sha256,
                               DigestAlgorithm::Md5Sess, DigestAlgorithm::Sha256Sess}) {
    if (base::iequals(text, to_string(algorithm))) return algorithm;
  }
  return std::nullopt;
}

std::string digest_ha1(DigestAlgorithm algorithm, std::string_view user, std::string_view realm,
                       std::string_view password) {
  return hash_hex(hash_kind(algorithm), {user, ":", realm, ":", password});
}

base::Result<DigestCredentials> parse_credentials(std::string_view value) {
  const auto auth = parse_auth(value);
  if (!auth) return auth.error();
  return read_credentials(*auth);
}

base::Result<DigestCredentials> read_credentials(const AuthParams& auth) {
  if (const auto digest = check_digest(auth); !digest) return digest.error();
  if (base::iequals(auth.get("userhash"), "true")) return unsupported("userhash");
  for (const char* name : {"username", "realm", "nonce", "uri", "response", "cnonce", "nc"}) {
    if (auth.get(name).empty()) return malformed(std::string(name) + " is missing");
  }
  if (!base::iequals(auth.get("qop"), "auth")) return malformed("qop is not auth");
  const auto algorithm = algorithm_of(auth);
  if (!algorithm) return algorithm.error();
  const auto count = parse_count(auth.get("nc"));
  if (!count) return count.error();
  DigestCredentials credentials;
  credentials.algorithm = *algorithm;
  credentials.nonce_count = *count;
  credentials.username = auth.get("username");
  credentials.realm = auth.get("realm");
  credentials.nonce = auth.get("nonce");
  credentials.uri = auth.get("uri");
  credentials.cnonce = auth.get("cnonce");
  credentials.opaque = auth.get("opaque");
  credentials.response = base::to_lower(auth.get("response"));
  if (credentials.response.size() != hex_size(*algorithm) ||
      !std::ranges::all_of(credentials.response, base::is_hex_digit)) {
    return malformed("response is no hash of the algorithm");
  }
  return credentials;
}

std::string digest_response(const DigestCredentials& credentials, std::string_view ha1,
                            std::string_view method) {
  return hash_hex(hash_kind(credentials.algorithm),
                  {session_ha1(credentials, ha1), ":", credentials.nonce, ":",
                   count_text(credentials.nonce_count), ":", credentials.cnonce,
                   ":auth:", ha2(credentials, method)});
}

bool digest_matches(const DigestCredentials& credentials, std::string_view ha1,
                    std::string_view method) {
  // With an empty HA1 anybody could compute the response.
  if (ha1.size() != hex_size(credentials.algorithm)) return false;
  return equal_secrets(digest_response(credentials, ha1, method), credentials.response);
}

base::Result<DigestChallenge> parse_challenge(std::string_view value) {
  const auto auth = parse_auth(value);
  if (!auth) return auth.error();
  if (const auto digest = check_digest(*auth); !digest) return digest.error();
  const auto algorithm = algorithm_of(*auth);
  if (!algorithm) return algorithm.error();
  const auto is_realm = [](const AuthParams::Param& param) {
    return base::iequals(param.name, "realm");
  };
  if (std::ranges::none_of(auth->params, is_realm)) return malformed("realm is missing");
  if (auth->get("nonce").empty()) return malformed("nonce is missing");
  DigestChallenge challenge;
  challenge.algorithm = *algorithm;
  challenge.realm = auth->get("realm");
  challenge.nonce = auth->get("nonce");
  challenge.opaque = auth->get("opaque");
  challenge.stale = base::iequals(auth->get("stale"), "true");
  const std::string_view qop = auth->get("qop");
  challenge.qop_auth = offers_auth(qop);
  if (!qop.empty() && !challenge.qop_auth) return unsupported("qop without auth");
  return challenge;
}

std::string to_string(const DigestChallenge& challenge) {
  std::string text = "Digest realm=" + quote(challenge.realm);
  text += ", nonce=" + quote(challenge.nonce);
  if (!challenge.opaque.empty()) text += ", opaque=" + quote(challenge.opaque);
  if (challenge.stale) text += ", stale=true";
  if (challenge.qop_auth) text += ", qop=\"auth\"";
  text += ", algorithm=";
  text += to_string(challenge.algorithm);
  return text;
}

std::string answer_challenge(const DigestChallenge& challenge, std::string_view user,
                             std::string_view password, std::string_view method,
                             std::string_view uri, std::uint32_t nonce_count,
                             std::string_view cnonce) {
  DigestCredentials credentials;
  credentials.algorithm = challenge.algorithm;
  credentials.nonce = challenge.nonce;
  credentials.uri = uri;
  credentials.cnonce = cnonce;
  credentials.nonce_count = nonce_count;
  const std::string ha1 = digest_ha1(challenge.algorithm, user, challenge.realm, password);
  const std::string response = challenge.qop_auth ? digest_response(credentials, ha1, method)
                                                  : old_response(credentials, ha1, method);
  std::string text = "Digest username=" + quote(user) + ", realm=" + quote(challenge.realm);
  text += ", nonce=" + quote(challenge.nonce) + ", uri=" + quote(uri);
  text += ", response=\"" + response + "\", algorithm=";
  text += to_string(challenge.algorithm);
  if (challenge.qop_auth) text += ", qop=auth, nc=" + count_text(nonce_count);
  if (challenge.qop_auth || is_session(challenge.algorithm)) text += ", cnonce=" + quote(cnonce);
  if (!challenge.opaque.empty()) text += ", opaque=" + quote(challenge.opaque);
  return text;
}

}  // namespace sip
