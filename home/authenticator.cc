#include "home/authenticator.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <cassert>
#include <vector>

#include "base/random.h"
#include "home/password.h"
#include "home/store.h"
#include "home/work_pool.h"
#include "net/loop.h"

namespace home {
namespace {

constexpr std::size_t kSecretBytes = 32;

void append_sized(std::string& out, std::string_view text) {
  out.append(std::to_string(text.size())).append(1, ':').append(text);
}

void wipe(std::string& text) {
  OPENSSL_cleanse(text.data(), text.size());
}

}  // namespace

Authenticator::Check::~Check() {
  auto [at, end] = owner_.waiting_.equal_range(key_);
  while (at != end && at->second != this)
    ++at;
  if (at != end) owner_.waiting_.erase(at);
}

Authenticator::Authenticator(net::Loop& loop, WorkPool& pool, Store& store,
                             const base::Clock& clock)
    : loop_(loop),
      pool_(pool),
      store_(store),
      clock_(clock),
      secret_(base::random_bytes(kSecretBytes)) {}

Authenticator::~Authenticator() {
  assert(waiting_.empty());  // a token outlived us
}

// HMAC-SHA256 over the three texts with their lengths, so that no two triples read the same.
std::string Authenticator::key_of(const policy::BasicCredentials& credentials,
                                  std::string_view stored) const {
  std::string text;
  append_sized(text, credentials.user);
  append_sized(text, stored);
  append_sized(text, credentials.password);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  const auto* made =
      HMAC(EVP_sha256(), secret_.data(), static_cast<int>(secret_.size()),
           reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &size);
  assert(made != nullptr);
  wipe(text);
  return {reinterpret_cast<const char*>(digest.data()), size};
}

// Of an unknown user, or when the store cannot be read: a hash that no password fits.
std::string Authenticator::stored_hash(const std::string& user) {
  auto stored = store_.password_hash(user);
  return stored && !stored->empty() ? *std::move(stored) : impossible_hash();
}

bool Authenticator::remembers(const policy::BasicCredentials& credentials) {
  if (remembered_.empty()) return false;
  const auto found = remembered_.find(key_of(credentials, stored_hash(credentials.user)));
  if (found == remembered_.end()) return false;
  if (clock_.steady() < found->second) return true;
  remembered_.erase(found);
  return false;
}

std::unique_ptr<Authenticator::Check> Authenticator::check(
    const policy::BasicCredentials& credentials, std::function<void(bool)> done) {
  std::string stored = stored_hash(credentials.user);
  std::string key = key_of(credentials, stored);
  if (!running_.contains(key)) {
    auto task = [this, key, stored = std::move(stored), password = credentials.password]() mutable {
      const bool accepted = verify_password(stored, password);
      wipe(password);
      loop_.post([this, key = std::move(key), accepted] { finish(key, accepted); });
    };
    if (!pool_.submit(std::move(task))) return nullptr;
    running_.insert(key);
  }
  std::unique_ptr<Check> token(new Check(*this, std::move(key), std::move(done)));
  waiting_.emplace(token->key_, token.get());
  return token;
}

void Authenticator::finish(const std::string& key, bool accepted) {
  running_.erase(key);
  if (accepted) remember(key);
  // One at a time, looked up anew: a callback may drop other tokens.
  for (auto next = waiting_.find(key); next != waiting_.end(); next = waiting_.find(key)) {
    const auto done = std::move(next->second->done_);
    waiting_.erase(next);
    done(accepted);
  }
}

void Authenticator::remember(const std::string& key) {
  if (remembered_.size() >= kMaxRemembered) remembered_.clear();
  remembered_[key] = clock_.steady() + kRemember;
}

}  // namespace home
