#pragma once
// Session tokens: who signed in, sealed by the core, checked at the edge without asking anybody.
//
// The text of a token is base64url without padding over
//   version (1 byte, 1) | key id (8) | session id (16) | issued (8) | expires (8)
//   | user | domain | realm (each 1 length byte and that many bytes)
//   | number of devices (1) | devices (each like user) | Ed25519 signature (64)
// with times in seconds since 1970 and numbers big-endian. The signature (RFC 8032) covers
// kSignatureContext, a NUL and everything before the signature, so no other signature of the key
// passes for one of a session. Exactly one spelling of a token verifies.

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

typedef struct evp_pkey_st EVP_PKEY;

namespace policy {

inline constexpr std::size_t kMaxTokenBytes = 2048;  // a cookie must stay well below 4 KiB
// Of the names of devices in one token, each with its length byte; sign() leaves out the others.
inline constexpr std::size_t kMaxTokenDeviceBytes = 512;
inline constexpr std::string_view kSignatureContext = "sallyport session token v1";
// Clocks of edge and core may differ by this much before a new token is NotYetValid.
inline constexpr std::chrono::seconds kMaxClockSkew{120};

using WallTime = std::chrono::system_clock::time_point;
using SessionId = std::array<std::uint8_t, 16>;
using KeyId = std::array<std::uint8_t, 8>;  // the first bytes of SHA-256 over the public key
KeyId key_id_of(std::string_view public_key_bytes);

struct SessionToken {
  // What every request needs comes first: of many sessions none is in the processor's caches.
  SessionId id{};
  std::chrono::sys_seconds issued{};
  std::chrono::sys_seconds expires{};
  std::string user;    // canonical (policy/user.h), 1 to 128 bytes
  std::string domain;  // of the edge, lower case, 1 to 253 bytes
  std::string realm;   // of the core that vouches for it, 0 to 253 bytes
  // The user's at the time of the sign-in, so that every core, and one that was restarted, knows
  // whose configuration files the session may fetch. Each 1 to 255 bytes.
  std::vector<std::string> devices = {};
  bool operator==(const SessionToken&) const = default;
};

// 32 lower-case hexadecimal digits.
std::string to_string(const SessionId& id);
// 128 bits from the operating system.
SessionId new_session_id();

enum class SessionFault {
  None,
  Malformed,
  UnknownKey,
  BadSignature,
  NotYetValid,
  Expired,
  Revoked
};
// In words, for the log: "bad signature".
const char* to_string(SessionFault fault);

// What a check gave. The token is shared and immutable: it may be kept after the check.
struct SessionVerdict {
  SessionFault fault = SessionFault::Malformed;
  std::shared_ptr<const SessionToken> token;  // set when fault is None, Expired or Revoked
  explicit operator bool() const { return fault == SessionFault::None; }
};

struct FreeSigningKey {
  void operator()(EVP_PKEY* key) const noexcept;
};

// Signs tokens: the core's. Immutable after it was made; any thread may sign.
class SessionSigner final {
 public:
  // A new key that lives as long as the process: a restart costs every user a sign-in.
  static std::unique_ptr<SessionSigner> generate();
  // Reads the PEM file, or makes the key and writes it (mode 0600) when there is no such file.
  // Refused when others may read the file or it holds another kind of key; System when it cannot
  // be read or written.
  static base::Result<std::unique_ptr<SessionSigner>> load_or_create(const std::string& file);
  // As load_or_create(), but NotFound when there is no such file.
  static base::Result<std::unique_ptr<SessionSigner>> load(const std::string& file);
  static base::Result<std::unique_ptr<SessionSigner>> from_pem(std::string_view pem);

  // The token's text. The fields must keep the lengths that SessionToken names.
  std::string sign(const SessionToken& token) const;
  // What verifiers are given: 32 bytes as base64url, no secret.
  const std::string& public_key() const { return public_key_; }
  const KeyId& key_id() const { return key_id_; }
  // 32 bytes for another purpose, which `label` names (HKDF-SHA256, RFC 5869): the same wherever
  // the key is the same, and telling nothing of it.
  std::string derive(std::string_view label) const;

 private:
  explicit SessionSigner(EVP_PKEY* key);

  std::unique_ptr<EVP_PKEY, FreeSigningKey> key_;
  std::string public_key_;
  KeyId key_id_{};
};

// Verifies tokens with the keys that cores announced. One per worker, no locks.
class SessionVerifier final {
 public:
  static constexpr std::size_t kMaxKeys = 64;  // cores of one site, with the keys they rolled

  // Adds the key in the form of SessionSigner::public_key(); again: no effect. Malformed, or
  // TooLarge beyond kMaxKeys.
  base::Result<> add_key(std::string_view public_key);
  // Replaces the whole set; on an error the old one stays.
  base::Result<> replace_keys(std::span<const std::string> public_keys);

  // Never None for a text that is not the one spelling of its token.
  SessionVerdict verify(std::string_view text, WallTime now) const;
  // Whether the times of a token, already verified, still hold.
  static SessionFault check_times(const SessionToken& token, WallTime now);

  // Changes with the set of keys: who remembers verdicts must drop them then.
  std::uint64_t generation() const { return generation_; }

 private:
  using Keys = std::map<KeyId, std::unique_ptr<EVP_PKEY, FreeSigningKey>>;
  static base::Result<> add_key(Keys& keys, std::string_view public_key);

  Keys keys_;
  std::uint64_t generation_ = 0;
};

}  // namespace policy
