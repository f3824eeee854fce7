#include "sip/sealed.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
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

struct FreeCipher {
  void operator()(EVP_CIPHER* cipher) const noexcept { EVP_CIPHER_free(cipher); }
  void operator()(EVP_CIPHER_CTX* context) const noexcept { EVP_CIPHER_CTX_free(context); }
};

}  // namespace

// OpenSSL does one SIV operation after each setting of the key, so the key is set each time; that
// is the greater part of what sealing costs.
struct Sealer::Contexts {
  Key key{};
  std::unique_ptr<EVP_CIPHER, FreeCipher> cipher{EVP_CIPHER_fetch(nullptr, "AES-128-SIV", nullptr)};
  std::unique_ptr<EVP_CIPHER_CTX, FreeCipher> encrypt{EVP_CIPHER_CTX_new()};
  std::unique_ptr<EVP_CIPHER_CTX, FreeCipher> decrypt{EVP_CIPHER_CTX_new()};

  ~Contexts() { OPENSSL_cleanse(key.data(), key.size()); }
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

Sealer::Sealer(std::string_view secret) : contexts_(std::make_unique<Contexts>()) {
  assert(secret.size() >= 32);
  assert(contexts_->cipher && contexts_->encrypt && contexts_->decrypt);
  contexts_->key = derive_key(secret);
}

Sealer::~Sealer() = default;

std::string Sealer::seal(const RouteState& state) const {
  const std::string plain = encode_state(state);
  std::string sealed(kTagBytes + plain.size(), '\0');
  EVP_CIPHER_CTX* const context = contexts_->encrypt.get();
  int size = 0;
  int rest = 0;
  const bool done =
      EVP_EncryptInit_ex2(context, contexts_->cipher.get(), contexts_->key.data(), nullptr,
                          nullptr) == 1 &&
      EVP_EncryptUpdate(context, writable(sealed) + kTagBytes, &size, readable(plain),
                        static_cast<int>(plain.size())) == 1 &&
      EVP_EncryptFinal_ex(context, writable(sealed) + kTagBytes + size, &rest) == 1 &&
      EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, kTagBytes, sealed.data()) == 1;
  assert(done && static_cast<std::size_t>(size) == plain.size());
  return base::encode_base64url(sealed);
}

std::optional<RouteState> Sealer::open(std::string_view text) const {
  // One state, one text: the other alphabet and padding would make more of them.
  if (text.size() > kMaxText || text.find_first_of("+/=") != text.npos) return std::nullopt;
  auto sealed = base::decode_base64(text);
  if (!sealed || sealed->size() < kTagBytes + kMinStateBytes ||
      sealed->size() > kTagBytes + kMaxStateBytes) {
    return std::nullopt;
  }
  const std::string_view cipher_text = std::string_view(*sealed).substr(kTagBytes);
  std::string plain(cipher_text.size(), '\0');
  EVP_CIPHER_CTX* const context = contexts_->decrypt.get();
  int size = 0;
  const bool done =
      EVP_DecryptInit_ex2(context, contexts_->cipher.get(), contexts_->key.data(), nullptr,
                          nullptr) == 1 &&
      EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, kTagBytes, sealed->data()) == 1 &&
      EVP_DecryptUpdate(context, writable(plain), &size, readable(cipher_text),
                        static_cast<int>(cipher_text.size())) == 1;
  if (!done) {
    ERR_clear_error();  // or the next TLS call takes it for its own
    return std::nullopt;
  }
  return decode_state(plain);
}

}  // namespace sip
