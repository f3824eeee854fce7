#pragma once
// Remembers for a while that the call manager took a user's password, so that not every request
// with Basic credentials asks it again. Holds no password, only a keyed hash with a key that never
// leaves the process. One per worker, no locks.

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <string>
#include <string_view>

namespace policy {

class CredentialCache final {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::seconds kRemembered{300};  // a changed password counts after this
  static constexpr std::size_t kMaxUsers = 100'000;  // then the one remembered longest ago goes

  explicit CredentialCache(std::chrono::seconds remembered = kRemembered,
                           std::size_t max_users = kMaxUsers);
  ~CredentialCache();  // wipes the key
  CredentialCache(const CredentialCache&) = delete;
  CredentialCache& operator=(const CredentialCache&) = delete;

  // Whether this very password was accepted lately. Takes the same time for every password.
  bool accepted(std::string_view user, std::string_view password, Time now) const;
  // Whether any password of the user is remembered.
  bool knows(std::string_view user, Time now) const;
  // The call manager accepted it; an older password of the user is forgotten.
  void remember(std::string_view user, std::string_view password, Time now);
  // As when the call manager refused the user, or the user signed out.
  void forget(std::string_view user);

  std::size_t size() const { return users_.size(); }

 private:
  using Hash = std::array<std::uint8_t, 32>;  // HMAC-SHA256
  struct Entry;
  using Users = std::map<std::string, Entry, std::less<>>;
  struct Entry {
    Hash hash;
    Time until;
    std::list<Users::iterator>::iterator place;
  };
  Hash hash(std::string_view user, std::string_view password) const;
  void drop(Users::iterator user);

  std::chrono::seconds remembered_;
  std::size_t max_users_;
  std::array<std::uint8_t, 32> key_;
  Users users_;
  std::list<Users::iterator> by_age_;  // remembered longest ago first
};

}  // namespace policy
