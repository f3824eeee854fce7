#pragma once
// The users whose passwords the call manager accepted lately, with what it said of them. Shared by
// all workers, since a client's requests come to any of them and each question to the call manager
// counts against the user's rate. Behind a mutex: it is asked for requests that carry a password,
// never for those with a session alone.

#include <chrono>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/upstream.h"
#include "policy/basic_auth.h"
#include "policy/credential_cache.h"

namespace core {

struct Account {
  std::string user;  // canonical
  std::string domain;
  Node home;  // the node that knows the user
  std::vector<std::string> devices;
  // Sessions are issued at this second or later: what is older was revoked with another password.
  std::chrono::sys_seconds since{};
};

// Usable from any thread.
class Accounts final {
 public:
  using Time = policy::CredentialCache::Time;
  static constexpr std::size_t kMaxAccounts = 100'000;  // remembered; then any one goes

  // The account, if this very password was accepted lately.
  std::optional<Account> find(const policy::BasicCredentials& credentials, std::string_view domain,
                              Time now) const;
  // The call manager accepted the password. True: another one was remembered.
  bool accepted(const Account& account, std::string_view password, Time now);
  // The call manager refused it. Only the password that is remembered makes the user forgotten: a
  // stranger's guess must not cost the user anything. True: it was that one.
  bool refused(const policy::BasicCredentials& credentials, std::string_view domain, Time now);
  // The next password is asked about anew, whichever it is.
  void forget(std::string_view user, std::string_view domain);

  // "user@domain": one name for one account, here and for the rate.
  static std::string key(std::string_view user, std::string_view domain);

 private:
  mutable std::mutex mutex_;  // guards all below
  policy::CredentialCache passwords_;
  std::unordered_map<std::string, Account> accounts_;  // by key()
};

}  // namespace core
