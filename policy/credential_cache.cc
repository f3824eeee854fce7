#include "policy/credential_cache.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <cassert>
#include <span>
#include <utility>

#include "base/random.h"

namespace policy {

CredentialCache::CredentialCache(std::chrono::seconds remembered, std::size_t max_users)
    : remembered_(remembered), max_users_(max_users) {
  base::fill_random(std::as_writable_bytes(std::span(key_)));
}

CredentialCache::~CredentialCache() {
  OPENSSL_cleanse(key_.data(), key_.size());
}

bool CredentialCache::accepted(std::string_view user, std::string_view password, Time now) const {
  const auto known = users_.find(user);
  if (known == users_.end() || now >= known->second.until) return false;
  const Hash given = hash(user, password);
  return CRYPTO_memcmp(given.data(), known->second.hash.data(), given.size()) == 0;
}

bool CredentialCache::knows(std::string_view user, Time now) const {
  const auto known = users_.find(user);
  return known != users_.end() && now < known->second.until;
}

void CredentialCache::remember(std::string_view user, std::string_view password, Time now) {
  forget(user);
  while (!by_age_.empty() && now >= by_age_.front()->second.until)
    drop(by_age_.front());
  if (max_users_ == 0) return;
  if (users_.size() >= max_users_) drop(by_age_.front());
  const auto added =
      users_.emplace(user, Entry{hash(user, password), now + remembered_, by_age_.end()}).first;
  added->second.place = by_age_.insert(by_age_.end(), added);
}

void CredentialCache::forget(std::string_view user) {
  if (const auto known = users_.find(user); known != users_.end()) drop(known);
}

void CredentialCache::drop(Users::iterator user) {
  by_age_.erase(user->second.place);
  users_.erase(user);
}

// The length stands before the user, so that no other split into user and password hashes alike.
CredentialCache::Hash CredentialCache::hash(std::string_view user,
                                            std::string_view password) const {
  std::string text = std::to_string(user.size());
  text.reserve(text.size() + 1 + user.size() + password.size());  // no copy is left behind
  text += ':';
  text += user;
  text += password;
  Hash out{};
  unsigned length = 0;
  [[maybe_unused]] const unsigned char* done =
      HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()),
           reinterpret_cast<const unsigned char*>(text.data()), text.size(), out.data(), &length);
  assert(done != nullptr && length == out.size());
  OPENSSL_cleanse(text.data(), text.size());
  return out;
}

}  // namespace policy
