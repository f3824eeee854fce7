#include "core/accounts.h"

namespace core {

std::string Accounts::key(std::string_view user, std::string_view domain) {
  return std::string(user).append("@").append(domain);
}

std::optional<Account> Accounts::find(const policy::BasicCredentials& credentials,
                                      std::string_view domain, Time now) const {
  const std::string name = key(credentials.user, domain);
  const std::lock_guard lock(mutex_);
  if (!passwords_.accepted(name, credentials.password, now)) return std::nullopt;
  const auto found = accounts_.find(name);
  if (found == accounts_.end()) return std::nullopt;
  return found->second;
}

bool Accounts::accepted(const Account& account, std::string_view password, Time now) {
  const std::string name = key(account.user, account.domain);
  const std::lock_guard lock(mutex_);
  const bool replaced = passwords_.knows(name, now) && !passwords_.accepted(name, password, now);
  passwords_.remember(name, password, now);
  if (accounts_.size() >= kMaxAccounts && !accounts_.contains(name)) {
    accounts_.erase(accounts_.begin());
  }
  accounts_.insert_or_assign(name, account);
  return replaced;
}

bool Accounts::refused(const policy::BasicCredentials& credentials, std::string_view domain,
                       Time now) {
  const std::string name = key(credentials.user, domain);
  const std::lock_guard lock(mutex_);
  if (!passwords_.accepted(name, credentials.password, now)) return false;
  passwords_.forget(name);
  accounts_.erase(name);
  return true;
}

void Accounts::forget(std::string_view user, std::string_view domain) {
  const std::string name = key(user, domain);
  const std::lock_guard lock(mutex_);
  passwords_.forget(name);
  accounts_.erase(name);
}

}  // namespace core
