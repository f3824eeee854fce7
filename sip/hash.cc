#include "sip/hash.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <cassert>
#include <memory>

#include "base/hex.h"

namespace sip {
namespace {

// Never freed: threads may hash until the process ends.
const EVP_MD* algorithm(HashKind kind) {
  static EVP_MD* const md5 = EVP_MD_fetch(nullptr, "MD5", nullptr);
  static EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA2-256", nullptr);
  EVP_MD* const found = kind == HashKind::Md5 ? md5 : sha256;
  assert(found != nullptr);
  return found;
}

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};

EVP_MD_CTX* hash_context() {
  thread_local const std::unique_ptr<EVP_MD_CTX, FreeContext> context(EVP_MD_CTX_new());
  assert(context != nullptr);
  return context.get();
}

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

Hash hash_of(HashKind kind, Pieces pieces) {
  EVP_MD_CTX* const context = hash_context();
  Hash hash;
  unsigned size = 0;
  bool done = EVP_DigestInit_ex2(context, algorithm(kind), nullptr) == 1;
  for (const std::string_view piece : pieces) {
    done = done && EVP_DigestUpdate(context, piece.data(), piece.size()) == 1;
  }
  done = done && EVP_DigestFinal_ex(context, hash.bytes.data(), &size) == 1;
  assert(done);
  hash.size = size;
  return hash;
}

std::string hash_hex(HashKind kind, Pieces pieces) {
  return base::encode_hex(hash_of(kind, pieces).text());
}

void HmacKey::FreeContext::operator()(EVP_MAC_CTX* context) const noexcept {
  EVP_MAC_CTX_free(context);
}

HmacKey::HmacKey(std::string_view key) {
  static EVP_MAC* const hmac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  assert(hmac != nullptr);
  context_.reset(EVP_MAC_CTX_new(hmac));
  char name[] = "SHA2-256";
  const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
                               OSSL_PARAM_construct_end()};
  const bool set = EVP_MAC_init(context_.get(), bytes_of(key), key.size(), params) == 1;
  assert(set);
}

HmacKey::~HmacKey() = default;

Hash HmacKey::mac(Pieces pieces) const {
  Hash hash;
  bool done = EVP_MAC_init(context_.get(), nullptr, 0, nullptr) == 1;  // the key stays
  for (const std::string_view piece : pieces) {
    done = done && EVP_MAC_update(context_.get(), bytes_of(piece), piece.size()) == 1;
  }
  done =
      done && EVP_MAC_final(context_.get(), hash.bytes.data(), &hash.size, hash.bytes.size()) == 1;
  assert(done);
  return hash;
}

std::uint64_t first_number(const Hash& hash) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < 8; ++i)
    number = number << 8 | hash.bytes[i];
  return number;
}

std::string length_prefix(std::string_view piece) {
  std::string prefix;
  for (int shift = 24; shift >= 0; shift -= 8) {
    prefix += static_cast<char>(piece.size() >> shift & 0xff);
  }
  return prefix;
}

bool equal_secrets(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace sip
