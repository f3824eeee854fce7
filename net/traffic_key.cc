#include "net/traffic_key.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <algorithm>
#include <cassert>
#include <string>

namespace net {

// RFC 8446 appendix B.4. The algorithms are looked up once: OpenSSL takes long to find one.
struct TrafficKey::Suite {
  std::uint16_t number;
  const EVP_CIPHER* cipher;
  const char* hash;
  std::size_t hash_bytes;
  std::size_t key_bytes;
  bool is_gcm;
};

const TrafficKey::Suite* TrafficKey::find_suite(std::uint16_t number) {
  static const Suite suites[] = {
      {0x1301, EVP_CIPHER_fetch(nullptr, "AES-128-GCM", nullptr), "SHA256", 32, 16, true},
      {0x1302, EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr), "SHA384", 48, 32, true},
      {0x1303, EVP_CIPHER_fetch(nullptr, "ChaCha20-Poly1305", nullptr), "SHA256", 32, 32, false},
  };
  const auto* found = std::ranges::find(suites, number, &Suite::number);
  return found != std::end(suites) && found->cipher != nullptr ? found : nullptr;
}

void TrafficKey::FreeCipher::operator()(EVP_CIPHER_CTX* cipher) const noexcept {
  EVP_CIPHER_CTX_free(cipher);
}

TrafficKey::~TrafficKey() {
  OPENSSL_cleanse(secret_.data(), secret_.size());
}

bool TrafficKey::start(Use use, std::uint16_t suite, std::string_view secret, std::uint64_t used) {
  suite_ = find_suite(suite);
  if (suite_ == nullptr || secret.size() != suite_->hash_bytes) return false;
  use_ = use;
  std::ranges::copy(secret, secret_.begin());
  if (!set_key()) return false;
  used_ = used;
  return true;
}

bool TrafficKey::advance() {
  std::array<unsigned char, 48> next{};
  const bool done = expand({{"traffic upd", {next.data(), suite_->hash_bytes}}});
  if (done) secret_ = next;
  OPENSSL_cleanse(next.data(), next.size());
  return done && set_key();
}

// HKDF-Expand-Label (section 7.1) of the secret, with an empty context. As nothing that is asked
// for is longer than the hash, each is one block of HKDF-Expand (RFC 5869 section 2.3): one HMAC.
bool TrafficKey::expand(std::initializer_list<Wanted> wanted) const {
  static EVP_MAC* const hmac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  const OSSL_PARAM params[] = {
      // OSSL_PARAM knows no const.
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, const_cast<char*>(suite_->hash), 0),
      OSSL_PARAM_construct_end(),
  };
  EVP_MAC_CTX* mac = EVP_MAC_CTX_new(hmac);
  bool done = EVP_MAC_init(mac, secret_.data(), suite_->hash_bytes, params) == 1;
  std::array<unsigned char, 48> block{};
  for (const Wanted& one : wanted) {
    assert(one.out.size() <= suite_->hash_bytes);
    const std::string label = "tls13 " + std::string(one.label);
    std::string info = {'\0', static_cast<char>(one.out.size()), static_cast<char>(label.size())};
    info += label + std::string{'\0', 1};
    std::size_t size = 0;
    done = done && EVP_MAC_init(mac, nullptr, 0, nullptr) == 1 &&
           EVP_MAC_update(mac, reinterpret_cast<const unsigned char*>(info.data()), info.size()) ==
               1 &&
           EVP_MAC_final(mac, block.data(), &size, block.size()) == 1;
    std::copy_n(block.begin(), one.out.size(), one.out.begin());
  }
  EVP_MAC_CTX_free(mac);
  OPENSSL_cleanse(block.data(), block.size());
  return done;
}

bool TrafficKey::set_key() {
  std::array<unsigned char, 32> key{};
  bool done = expand({{"key", {key.data(), suite_->key_bytes}}, {"iv", iv_}});
  if (cipher_ == nullptr) cipher_.reset(EVP_CIPHER_CTX_new());
  done = done && cipher_ != nullptr &&
         EVP_CipherInit_ex2(cipher_.get(), suite_->cipher, key.data(), nullptr,
                            use_ == Use::Seal ? 1 : 0, nullptr) == 1;
  OPENSSL_cleanse(key.data(), key.size());
  used_ = 0;
  return done;
}

// The nonce is the IV with the record's number added (section 5.3). `tag` is what the record must
// prove to have; null when one is sealed.
bool TrafficKey::begin_record(std::span<const char> header, unsigned char* tag) {
  Nonce nonce = iv_;
  for (std::size_t i = 0; i < sizeof used_; ++i) {
    nonce[nonce.size() - 1 - i] ^= static_cast<unsigned char>(used_ >> (8 * i));
  }
  ++used_;
  int ignored = 0;
  return (suite_->is_gcm ? set_for_gcm(nonce, tag) : set_nonce_and_tag(nonce, tag)) &&
         EVP_CipherUpdate(cipher_.get(), nullptr, &ignored,
                          reinterpret_cast<const unsigned char*>(header.data()),
                          static_cast<int>(header.size())) == 1;
}

bool TrafficKey::set_nonce_and_tag(Nonce& nonce, unsigned char* tag) {
  return EVP_CipherInit_ex2(cipher_.get(), nullptr, nullptr, nonce.data(), -1, nullptr) == 1 &&
         (tag == nullptr ||
          EVP_CIPHER_CTX_ctrl(cipher_.get(), EVP_CTRL_AEAD_SET_TAG, kTagBytes, tag) == 1);
}

// The same in a third of the time, which GCM allows: EVP_CipherInit_ex2() would first ask the
// algorithm how long a nonce is. A size of all ones says that the nonce is whole, as -1 does for
// EVP_CTRL_AEAD_SET_IV_FIXED. Should it not be taken, no record is made: GCM wants one for each.
bool TrafficKey::set_for_gcm(Nonce& nonce, unsigned char* tag) {
  OSSL_PARAM params[] = {
      {OSSL_CIPHER_PARAM_AEAD_TLS1_IV_FIXED, OSSL_PARAM_OCTET_STRING, nonce.data(), SIZE_MAX, 0},
      OSSL_PARAM_END,
      OSSL_PARAM_END,
  };
  if (tag != nullptr) {
    params[1] = {OSSL_CIPHER_PARAM_AEAD_TAG, OSSL_PARAM_OCTET_STRING, tag, kTagBytes, 0};
  }
  return EVP_CIPHER_CTX_set_params(cipher_.get(), params) == 1;
}

bool TrafficKey::seal(std::span<char> record) {
  assert(use_ == Use::Seal && record.size() > kHeaderBytes + kTagBytes);
  auto* text = reinterpret_cast<unsigned char*>(record.data()) + kHeaderBytes;
  const int size = static_cast<int>(record.size() - kHeaderBytes - kTagBytes);
  int done = 0;
  int rest = 0;
  return begin_record(record.first(kHeaderBytes), nullptr) &&
         EVP_EncryptUpdate(cipher_.get(), text, &done, text, size) == 1 &&
         EVP_EncryptFinal_ex(cipher_.get(), text + done, &rest) == 1 && done + rest == size &&
         EVP_CIPHER_CTX_ctrl(cipher_.get(), EVP_CTRL_AEAD_GET_TAG, kTagBytes, text + size) == 1;
}

bool TrafficKey::open(std::span<char> record) {
  assert(use_ == Use::Open && record.size() > kHeaderBytes + kTagBytes);
  auto* text = reinterpret_cast<unsigned char*>(record.data()) + kHeaderBytes;
  const int size = static_cast<int>(record.size() - kHeaderBytes - kTagBytes);
  int done = 0;
  int rest = 0;
  return begin_record(record.first(kHeaderBytes), text + size) &&
         EVP_DecryptUpdate(cipher_.get(), text, &done, text, size) == 1 &&
         EVP_DecryptFinal_ex(cipher_.get(), text + done, &rest) == 1 && done + rest == size;
}

}  // namespace net
