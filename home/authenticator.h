#pragma once
// Judges passwords without holding up the loop: scrypt runs on a WorkPool, a success is remembered
// for some minutes, so that a client's many requests cost one scrypt.
//
// One for each worker, on its loop's thread. An unknown user costs the same time as a wrong
// password. What is remembered is a keyed hash of user, stored hash and password: a changed
// password or a removed user is refused at once, and memory holds no password.

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/clock.h"
#include "home/request.h"

namespace net {
class Loop;
}

namespace home {

class Store;
class WorkPool;

class Authenticator final {
 public:
  // How long a success counts: a sign-in and what follows it.
  static constexpr std::chrono::minutes kRemember{5};
  static constexpr std::size_t kMaxRemembered = 10'000;  // 100 bytes each; then all are forgotten

  // A judgement under way: a token (style.md, rule 18). Must not outlive the authenticator.
  class Check final {
   public:
    ~Check();
    Check(const Check&) = delete;
    Check& operator=(const Check&) = delete;

   private:
    friend class Authenticator;
    Check(Authenticator& owner, std::string key, std::function<void(bool)> done)
        : owner_(owner), key_(std::move(key)), done_(std::move(done)) {}

    Authenticator& owner_;
    std::string key_;
    std::function<void(bool)> done_;
  };

  // All must outlive it; the pool must have stopped before the authenticator and the loop die.
  Authenticator(net::Loop& loop, WorkPool& pool, Store& store, const base::Clock& clock);
  ~Authenticator();
  Authenticator(const Authenticator&) = delete;
  Authenticator& operator=(const Authenticator&) = delete;

  // True when these credentials were found good a short while ago and still are: no need to check.
  bool remembers(const policy::BasicCredentials& credentials);
  // Judges them; `done` comes from the loop, once, with the verdict. Equal credentials in flight
  // share one scrypt. Null when too many wait already: answer 503.
  std::unique_ptr<Check> check(const policy::BasicCredentials& credentials,
                               std::function<void(bool accepted)> done);

 private:
  using Waiting = std::unordered_multimap<std::string, Check*>;

  std::string key_of(const policy::BasicCredentials& credentials, std::string_view stored) const;
  std::string stored_hash(const std::string& user);
  void finish(const std::string& key, bool accepted);
  void remember(const std::string& key);

  net::Loop& loop_;
  WorkPool& pool_;
  Store& store_;
  const base::Clock& clock_;
  const std::string secret_;  // of this process
  std::unordered_map<std::string, std::chrono::steady_clock::time_point> remembered_;
  std::unordered_set<std::string> running_;  // the keys whose scrypt is under way
  Waiting waiting_;
};

}  // namespace home
