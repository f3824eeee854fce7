#pragma once
// What the administrator's commands do to the database: `sallyport-home user …`, `device …`,
// `token …`, `import`. Each opens the database, does one thing and says it on standard output; a
// program that serves from the same file sees it with its next request. Of all of them only
// add_user() and import_seed() make a database that is not there.

#include <string>
#include <vector>

#include "base/result.h"
#include "home/records.h"

namespace home {

// Where the database is: the file itself, or the configuration that names it.
struct DatabasePlace {
  std::string config;    // used when `file` is empty
  std::string database;  // the file
};

// Where a new password comes from. Empty: the terminal, or standard input when there is none.
struct PasswordSource {
  std::string file;
};

base::Result<> add_user(const DatabasePlace& place, User user, const PasswordSource& password);
base::Result<> list_users(const DatabasePlace& place);
base::Result<> remove_user(const DatabasePlace& place, const std::string& name);
base::Result<> set_password(const DatabasePlace& place, const std::string& name,
                            const PasswordSource& password);

base::Result<> add_device(const DatabasePlace& place, Device device,
                          const std::vector<std::string>& numbers);
// Those of one user; of all if `owner` is empty.
base::Result<> list_devices(const DatabasePlace& place, const std::string& owner);
base::Result<> remove_device(const DatabasePlace& place, const std::string& name);

// Mints a one-time password for the presence service (one_time_password.h), and prints it alone.
base::Result<> mint_token(const DatabasePlace& place, const std::string& user);

// Makes users and devices what the seed file says (seed.h); others are left alone.
base::Result<> import_seed(const DatabasePlace& place, const std::string& file);

}  // namespace home
