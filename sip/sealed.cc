#include "sip/sealed.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>

#include <algorithm>
#include <cassert>

#include "base/base64.h"
#include "base/hex.h"
#include "base/text.h"
#include "sip/hash.h"

namespace sip {
namespace {

constexpr std::size_t kKeyBytes = 32;  // AES-128-SIV has two keys of 16
constexpr std::size_t kTagBytes = 16;
// Kind with flags, edge, worker, flow; then transaction and connection where they are not 0.
constexpr std::size_t kMinStateBytes = 1 + 8 + 2 + 16;
constexpr std::size_t kMaxStateBytes = kMinStateBytes + 8 + 8;
constexpr unsigned kHasTransaction = 0x40;
constexpr unsigned kHasConnection = 0x80;
constexpr std::size_t kMaxText = (kMaxStateBytes + kTagBytes + 2) / 3 * 4;

using Key = std::array<unsigned char, kKeyBytes>;

// HKDF (RFC 5869), so that whatever else the secret is used for tells nothing about our key.
Key derive_key(std::string_view secret) {
  EVP_KDF* const kdf = EVP_KDF_fetch(nullptr, "HKDF", nullptr);
  EVP_KDF_CTX* const context = EVP_KDF_CTX_new(kdf);
  std::string key(secret);
  char digest[] = "SHA2-256";
  char label[] = "sallyport sip routing state 1";
  const OSSL_PARAM params[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, key.data(), key.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, label, sizeof label - 1),
      OSSL_PARAM_construct_end()};
  Key derived{};
  const int done = EVP_KDF_derive(context, derived.data(), derived.size(), params);
  assert(done == 1);
  EVP_KDF_CTX_free(context);
  EVP_KDF_free(kdf);
  return derived;
}

void append_number(std::string& out, std::uint64_t number, int byte_count) {
  for (int shift = (byte_count - 1) * 8; shift >= 0; shift -= 8) {
    out += static_cast<char>(number >> shift & 0xff);
  }
}

std::uint64_t take_number(std::string_view& bytes, std::size_t byte_count) {
  std::uint64_t number = 0;
  for (const char c : bytes.substr(0, byte_count)) {
    number = number << 8 | static_cast<unsigned char>(c);
  }
  bytes.remove_prefix(byte_count);
  return number;
}

std::string encode_state(const RouteState& state) {
  std::string bytes;
  bytes.reserve(kMaxStateBytes);
  const unsigned flags =
      (state.transaction != 0 ? kHasTransaction : 0) | (state.connection != 0 ? kHasConnection : 0);
  bytes += static_cast<char>(static_cast<unsigned>(state.kind) | flags);
  append_number(bytes, state.edge, 8);
  append_number(bytes, state.edge_worker, 2);
  bytes.append(reinterpret_cast<const char*>(state.flow.data()), state.flow.size());
  if (state.transaction != 0) append_number(bytes, state.transaction, 8);
  if (state.connection != 0) append_number(bytes, state.connection, 8);
  return bytes;
}

std::optional<RouteState> decode_state(std::string_view bytes) {
  if (bytes.size() < kMinStateBytes) return std::nullopt;
  const auto first = static_cast<unsigned>(take_number(bytes, 1));
  const unsigned kind = first & ~(kHasTransaction | kHasConnection);
  if (kind < 1 || kind > static_cast<unsigned>(RouteState::Kind::Dialog)) return std::nullopt;
  RouteState state;
  state.kind = static_cast<RouteState::Kind>(kind);
  state.edge = take_number(bytes, 8);
  state.edge_worker = static_cast<std::uint16_t>(take_number(bytes, 2));
  std::ranges::copy(bytes.substr(0, state.flow.size()), state.flow.begin());
  bytes.remove_prefix(state.flow.size());
  const std::size_t rest =
      ((first & kHasTransaction) != 0 ? 8u : 0u) + ((first & kHasConnection) != 0 ? 8u : 0u);
  if (bytes.size() != rest) return std::nullopt;
  if ((first & kHasTransaction) != 0) state.transaction = take_number(bytes, 8);
  if ((first & kHasConnection) != 0) state.connection = take_number(bytes, 8);
  return state;
}

unsigned char* writable(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}
const unsigned char* readable(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

struct FreeContext {
  void operator()(EVP_MAC_CTX* context) const noexcept { EVP_MAC_CTX_free(context); }
  void operator()(EVP_CIPHER_CTX* context) const noexcept { EVP_CIPHER_CTX_free(context); }
};
using MacContext = std::unique_ptr<EVP_MAC_CTX, FreeContext>;
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

MacContext cmac_context(const unsigned char* key) {
  EVP_MAC* const cmac = EVP_MAC_fetch(nullptr, "CMAC", nullptr);
  MacContext context(EVP_MAC_CTX_new(cmac));
  EVP_MAC_free(cmac);
  char name[] = "AES-128-CBC";
  const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER, name, 0),
                               OSSL_PARAM_construct_end()};
  const bool set = EVP_MAC_init(context.get(), key, kKeyBytes / 2, params) == 1;
  assert(set);
  return context;
}

CipherContext ctr_context(const unsigned char* key) {
  EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-128-CTR", nullptr);
  CipherContext context(EVP_CIPHER_CTX_new());
  const bool set = EVP_EncryptInit_ex2(context.get(), cipher, key, nullptr, nullptr) == 1;
  assert(set);
  EVP_CIPHER_free(cipher);
  return context;
}

}  // namespace

// AES-SIV without associated data (RFC 5297 section 2), of CMAC and CTR with keys that are set
// once. OpenSSL's own AES-SIV wants its key set for each text, at ten times the price of all else.
class Sealer::Siv final {
 public:
  explicit Siv(const Key& key)
      : cmac_(cmac_context(key.data())), ctr_(ctr_context(key.data() + kKeyBytes / 2)) {
    zero_ = cmac(std::string(kTagBytes, '\0'));
  }

  // S2V (section 2.4) of a text that is no shorter than a tag.
  std::string tag(std::string plain) const {
    assert(plain.size() >= kTagBytes);
    for (std::size_t i = 0; i < kTagBytes; ++i)
      plain[plain.size() - kTagBytes + i] ^= zero_[i];
    return cmac(plain);
  }

  // Both ways (sections 2.6 and 2.7): what CTR does it undoes.
  std::string crypt(std::string counter, std::string_view text) const {
    counter[8] &= 0x7f;
    counter[12] &= 0x7f;
    std::string out(text.size(), '\0');
    int size = 0;
    const bool done =
        EVP_EncryptInit_ex2(ctr_.get(), nullptr, nullptr, readable(counter), nullptr) == 1 &&
        EVP_EncryptUpdate(ctr_.get(), writable(out), &size, readable(text),
                          static_cast<int>(text.size())) == 1;
    assert(done && static_cast<std::size_t>(size) == text.size());
    return out;
  }

 private:
  std::string cmac(std::string_view text) const {
    std::string mac(kTagBytes, '\0');
    std::size_t size = 0;
    const bool done = EVP_MAC_init(cmac_.get(), nullptr, 0, nullptr) == 1 &&
                      EVP_MAC_update(cmac_.get(), readable(text), text.size()) == 1 &&
                      EVP_MAC_final(cmac_.get(), writable(mac), &size, mac.size()) == 1;
    assert(done && size == kTagBytes);
    return mac;
  }

  MacContext cmac_;
  CipherContext ctr_;
  std::string zero_;  // CMAC of a block of zeros
};

std::string to_string(const FlowId& flow) {
  return base::encode_hex({reinterpret_cast<const char*>(flow.data()), flow.size()});
}

std::optional<FlowId> parse_flow(std::string_view text) {
  FlowId flow{};
  if (text.size() != 2 * flow.size()) return std::nullopt;
  const auto bytes = base::decode_hex(text);
  if (!bytes) return std::nullopt;
  std::ranges::copy(*bytes, flow.begin());
  if (to_string(flow) != text) return std::nullopt;  // one flow, one spelling
  return flow;
}

std::uint64_t name_hash(std::string_view name) {
  return first_number(hash_of(HashKind::Sha256, {base::to_lower(name)}));
}

Sealer::Sealer(std::string_view secret) {
  assert(secret.size() >= 32);
  Key key = derive_key(secret);
  siv_ = std::make_unique<Siv>(key);
  OPENSSL_cleanse(key.data(), key.size());
}

Sealer::~Sealer() = default;

std::string Sealer::seal(const RouteState& state) const {
  const std::string plain = encode_state(state);
  const std::string tag = siv_->tag(plain);
  return base::encode_base64url(tag + siv_->crypt(tag, plain));
}

std::optional<RouteState> Sealer::open(std::string_view text) const {
  // One state, one text: the other alphabet and padding would make more of them.
  const auto has = [text](char c) { return text.find(c) != text.npos; };
  if (text.size() > kMaxText || has('+') || has('/') || has('=')) return std::nullopt;
  const auto sealed = base::decode_base64(text);
  if (!sealed || sealed->size() < kTagBytes + kMinStateBytes ||
      sealed->size() > kTagBytes + kMaxStateBytes) {
    return std::nullopt;
  }
  const std::string tag = sealed->substr(0, kTagBytes);
  const std::string plain = siv_->crypt(tag, std::string_view(*sealed).substr(kTagBytes));
  if (!equal_secrets(siv_->tag(plain), tag)) return std::nullopt;
  return decode_state(plain);
}

}  // namespace sip
