#include "net/ticket_keys.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <algorithm>
#include <utility>

namespace net {

TicketKeys::TicketKeys(Now now) : now_(std::move(now)), start_(now_()) {}

TicketKeys::~TicketKeys() {
  for (Key& key : keys_)
    OPENSSL_cleanse(&key, sizeof key);
}

bool TicketKeys::seal(std::span<std::uint8_t, kNameBytes> name,
                      std::span<std::uint8_t, kIvBytes> iv, EVP_CIPHER_CTX* cipher,
                      EVP_MAC_CTX* mac) {
  const std::lock_guard lock(mutex_);
  const std::int64_t period = rotate();
  if (keys_.empty() || keys_.front().period != period) {
    Key fresh{};
    fresh.period = period;
    if (RAND_bytes(fresh.name.data(), static_cast<int>(fresh.name.size())) != 1 ||
        RAND_priv_bytes(fresh.cipher.data(), static_cast<int>(fresh.cipher.size())) != 1 ||
        RAND_priv_bytes(fresh.mac.data(), static_cast<int>(fresh.mac.size())) != 1) {
      return false;
    }
    keys_.push_front(fresh);
    OPENSSL_cleanse(&fresh, sizeof fresh);
  }
  const Key& key = keys_.front();
  std::ranges::copy(key.name, name.begin());
  if (RAND_bytes(iv.data(), static_cast<int>(iv.size())) != 1) return false;
  return EVP_EncryptInit_ex(cipher, EVP_aes_256_cbc(), nullptr, key.cipher.data(), iv.data()) ==
             1 &&
         set_mac(key, mac);
}

TicketKeys::Found TicketKeys::open(std::span<const std::uint8_t, kNameBytes> name,
                                   std::span<const std::uint8_t, kIvBytes> iv,
                                   EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac) {
  const std::lock_guard lock(mutex_);
  const std::int64_t period = rotate();
  const auto key =
      std::ranges::find_if(keys_, [&](const Key& k) { return std::ranges::equal(k.name, name); });
  if (key == keys_.end()) return Found::Nothing;
  if (EVP_DecryptInit_ex(cipher, EVP_aes_256_cbc(), nullptr, key->cipher.data(), iv.data()) != 1 ||
      !set_mac(*key, mac)) {
    return Found::Nothing;
  }
  return key->period == period ? Found::Valid : Found::Renew;
}

// Drops what is too old; returns the period that is now.
std::int64_t TicketKeys::rotate() {
  const std::int64_t period = (now_() - start_) / kPeriod;
  while (!keys_.empty() && period - keys_.back().period > kOldPeriods) {
    OPENSSL_cleanse(&keys_.back(), sizeof(Key));
    keys_.pop_back();
  }
  return period;
}

bool TicketKeys::set_mac(const Key& key, EVP_MAC_CTX* mac) {
  char digest[] = "SHA256";
  auto* secret = const_cast<std::uint8_t*>(key.mac.data());  // OSSL_PARAM knows no const
  const OSSL_PARAM params[] = {
      OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, secret, key.mac.size()),
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
      OSSL_PARAM_construct_end(),
  };
  return EVP_MAC_CTX_set_params(mac, params) == 1;
}

}  // namespace net
