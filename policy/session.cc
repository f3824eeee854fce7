#include "policy/session.h"

#include <openssl/evp.h>

#include <algorithm>
#include <cassert>
#include <cstring>
#include <optional>
#include <utility>

#include "base/base64.h"
#include "base/hex.h"
#include "base/random.h"

namespace policy {
namespace {

constexpr char kVersion = 1;
constexpr std::size_t kSignatureBytes = 64;
constexpr std::size_t kMaxUser = 128;
constexpr std::size_t kMaxDevice = 255;
constexpr unsigned char kMaxDevices = 255;
constexpr std::size_t kMaxName = 253;
// The last second that the wall clock's type can hold (the year 2262), with room for the skew.
constexpr std::uint64_t kMaxSeconds = 9'000'000'000;

std::string_view as_text(const auto& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

const unsigned char* as_bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// What is signed: no other use of the key can have made it.
std::string signature_input(std::string_view body) {
  std::string input(kSignatureContext);
  input += '\0';
  input += body;
  return input;
}

void append_seconds(std::string& out, std::chrono::sys_seconds time) {
  const auto seconds = static_cast<std::uint64_t>(time.time_since_epoch().count());
  for (int shift = 56; shift >= 0; shift -= 8)
    out += static_cast<char>(seconds >> shift & 0xff);
}

void append_text(std::string& out, std::string_view text) {
  out += static_cast<char>(text.size());
  out += text;
}

// As many as the budget holds, in the order given.
void append_devices(std::string& bytes, const std::vector<std::string>& devices) {
  const std::size_t count_at = bytes.size();
  bytes.push_back(0);
  std::size_t left = kMaxTokenDeviceBytes;
  unsigned char count = 0;
  for (const std::string& device : devices) {
    if (device.empty() || device.size() > kMaxDevice || device.size() + 1 > left) continue;
    if (count == kMaxDevices) break;
    left -= device.size() + 1;
    append_text(bytes, device);
    ++count;
  }
  bytes[count_at] = static_cast<char>(count);
}

// Reads the body of a token from the front; what does not fit makes everything after it nullopt.
class Reader {
 public:
  explicit Reader(std::string_view body) : rest_(body) {}

  std::optional<std::string_view> take(std::size_t count) {
    if (count > rest_.size()) return std::nullopt;
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }

  std::optional<std::chrono::sys_seconds> seconds() {
    const auto bytes = take(8);
    if (!bytes) return std::nullopt;
    std::uint64_t count = 0;
    for (const char c : *bytes)
      count = count << 8 | static_cast<unsigned char>(c);
    if (count > kMaxSeconds) return std::nullopt;
    return std::chrono::sys_seconds(std::chrono::seconds(static_cast<std::int64_t>(count)));
  }

  std::optional<std::string_view> text(std::size_t min_bytes, std::size_t max_bytes) {
    const auto length = take(1);
    if (!length) return std::nullopt;
    const std::size_t count = static_cast<unsigned char>(length->front());
    if (count < min_bytes || count > max_bytes) return std::nullopt;
    return take(count);
  }

  bool empty() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

struct Body {
  KeyId key_id{};
  SessionToken token;
};

std::optional<Body> decode_body(std::string_view bytes) {
  Reader reader(bytes);
  const auto version = reader.take(1);
  const auto key_id = reader.take(sizeof(KeyId));
  const auto id = reader.take(sizeof(SessionId));
  const auto issued = reader.seconds();
  const auto expires = reader.seconds();
  const auto user = reader.text(1, kMaxUser);
  const auto domain = reader.text(1, kMaxName);
  const auto realm = reader.text(0, kMaxName);
  const auto device_count = reader.take(1);
  if (!version || version->front() != kVersion || !key_id || !id || !issued || !expires || !user ||
      !domain || !realm || !device_count) {
    return std::nullopt;
  }
  Body body;
  for (int left = static_cast<unsigned char>(device_count->front()); left > 0; --left) {
    const auto device = reader.text(1, kMaxDevice);
    if (!device) return std::nullopt;
    body.token.devices.emplace_back(*device);
  }
  if (!reader.empty()) return std::nullopt;
  std::memcpy(body.key_id.data(), key_id->data(), key_id->size());
  std::memcpy(body.token.id.data(), id->data(), id->size());
  body.token.user = *user;
  body.token.domain = *domain;
  body.token.realm = *realm;
  body.token.issued = *issued;
  body.token.expires = *expires;
  return body;
}

bool is_valid_signature(EVP_PKEY* key, std::string_view body, std::string_view signature) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        &EVP_MD_CTX_free);
  assert(context != nullptr);
  const std::string input = signature_input(body);
  return EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key) == 1 &&
         EVP_DigestVerify(context.get(), as_bytes(signature), signature.size(), as_bytes(input),
                          input.size()) == 1;
}

SessionVerdict refused(SessionFault fault) {
  return {fault, nullptr};
}

}  // namespace

std::string to_string(const SessionId& id) {
  return base::encode_hex(as_text(id));
}

SessionId new_session_id() {
  SessionId id{};
  base::fill_random(std::as_writable_bytes(std::span(id)));
  return id;
}

const char* to_string(SessionFault fault) {
  switch (fault) {
    case SessionFault::None:
      return "valid";
    case SessionFault::Malformed:
      return "malformed";
    case SessionFault::UnknownKey:
      return "unknown key";
    case SessionFault::BadSignature:
      return "bad signature";
    case SessionFault::NotYetValid:
      return "not yet valid";
    case SessionFault::Expired:
      return "expired";
    case SessionFault::Revoked:
      return "revoked";
  }
  return "?";
}

std::string SessionSigner::sign(const SessionToken& token) const {
  assert(!token.user.empty() && token.user.size() <= kMaxUser);
  assert(!token.domain.empty() && token.domain.size() <= kMaxName);
  assert(token.realm.size() <= kMaxName);
  std::string bytes(1, kVersion);
  bytes += as_text(key_id_);
  bytes += as_text(token.id);
  append_seconds(bytes, token.issued);
  append_seconds(bytes, token.expires);
  append_text(bytes, token.user);
  append_text(bytes, token.domain);
  append_text(bytes, token.realm);
  append_devices(bytes, token.devices);

  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        &EVP_MD_CTX_free);
  assert(context != nullptr);
  const std::string input = signature_input(bytes);
  std::array<unsigned char, kSignatureBytes> signature{};
  std::size_t length = signature.size();
  [[maybe_unused]] const bool signed_it =
      EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) == 1 &&
      EVP_DigestSign(context.get(), signature.data(), &length, as_bytes(input), input.size()) == 1;
  assert(signed_it && length == kSignatureBytes);
  bytes += as_text(signature);
  return base::encode_base64url(bytes);
}

base::Result<> SessionVerifier::add_key(Keys& keys, std::string_view public_key) {
  const auto bytes = base::decode_base64(public_key);
  if (!bytes || bytes->size() != 32 || base::encode_base64url(*bytes) != public_key) {
    return base::Error{base::Errc::Malformed, "a session key is 32 bytes in base64url"};
  }
  const KeyId id = key_id_of(*bytes);
  if (keys.contains(id)) return {};
  if (keys.size() >= kMaxKeys) return base::Error{base::Errc::TooLarge, "too many session keys"};
  std::unique_ptr<EVP_PKEY, FreeSigningKey> key(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, as_bytes(*bytes), bytes->size()));
  if (key == nullptr) return base::Error{base::Errc::Malformed, "not an Ed25519 key"};
  keys.emplace(id, std::move(key));
  return {};
}

base::Result<> SessionVerifier::add_key(std::string_view public_key) {
  const std::size_t before = keys_.size();
  auto added = add_key(keys_, public_key);
  if (keys_.size() != before) ++generation_;
  return added;
}

base::Result<> SessionVerifier::replace_keys(std::span<const std::string> public_keys) {
  Keys keys;
  for (const std::string& public_key : public_keys) {
    if (auto added = add_key(keys, public_key); !added) return added.error();
  }
  keys_ = std::move(keys);
  ++generation_;
  return {};
}

SessionVerdict SessionVerifier::verify(std::string_view text, WallTime now) const {
  if (text.size() > kMaxTokenBytes) return refused(SessionFault::Malformed);
  const auto bytes = base::decode_base64(text);
  // Of all spellings of these bytes only the one that sign() writes is a token.
  if (!bytes || bytes->size() < kSignatureBytes || base::encode_base64url(*bytes) != text) {
    return refused(SessionFault::Malformed);
  }
  const std::string_view signed_part =
      std::string_view(*bytes).substr(0, bytes->size() - kSignatureBytes);
  const std::string_view signature = std::string_view(*bytes).substr(signed_part.size());
  auto body = decode_body(signed_part);
  if (!body) return refused(SessionFault::Malformed);
  const auto key = keys_.find(body->key_id);
  if (key == keys_.end()) return refused(SessionFault::UnknownKey);
  if (!is_valid_signature(key->second.get(), signed_part, signature)) {
    return refused(SessionFault::BadSignature);
  }
  const SessionFault fault = check_times(body->token, now);
  return {fault, std::make_shared<const SessionToken>(std::move(body->token))};
}

SessionFault SessionVerifier::check_times(const SessionToken& token, WallTime now) {
  if (now >= token.expires) return SessionFault::Expired;
  if (now + kMaxClockSkew < token.issued) return SessionFault::NotYetValid;
  return SessionFault::None;
}

}  // namespace policy
