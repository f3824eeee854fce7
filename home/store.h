#pragma once
// The home cluster's data: users, their password hashes, devices and lines, in one SQLite file.
//
// A Store belongs to one thread; each worker opens its own on the same file, and the command line
// tools may change the file while the program serves: every answer reads what is there now. A read
// takes some ten microseconds from memory, so it is made on the loop.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "home/records.h"

namespace home {

// What a search asks for; empty fields ask for nothing, the others must all fit. A text fits when
// it begins the value, without ASCII case ("don" finds "Donald"); `name` is looked for in the
// sign-in name, the first and the last name.
struct UserQuery {
  std::string name;
  std::string username;
  std::string first;
  std::string last;
  std::string number;  // of the user or of a line of the user's devices; must be equal
  std::size_t start = 0;
  std::size_t count = 64;
};

struct UserPage {
  std::size_t total = 0;  // all that fit, not only those on this page
  std::vector<User> users;
};

class Store final {
 public:
  // Opens the file, creates it or brings its schema up to date. System when it cannot;
  // Unsupported when a newer program made it. `clock` must outlive the store.
  static base::Result<Store> open(const std::string& file,
                                  const base::Clock& clock = base::kSystemClock);
  Store(Store&&) noexcept;
  ~Store();

  // NotFound: nobody of that name.
  base::Result<User> user(std::string_view name);
  // Their stored hash (home/password.h); NotFound likewise.
  base::Result<std::string> password_hash(std::string_view name);
  // Ordered by sign-in name.
  base::Result<UserPage> find_users(const UserQuery& query);
  // All of them.
  base::Result<std::vector<User>> users();

  // A device of that name, whose spelling must be equal to the letter: it stands for a file name.
  base::Result<Device> device(std::string_view name);
  // Those of one user, ordered by name; none for an unknown user.
  base::Result<std::vector<Device>> devices_of(std::string_view owner);
  base::Result<std::vector<Device>> devices();
  // Whether a device has a line of that number.
  base::Result<bool> has_line(std::string_view number);

  // Refused when the name is taken, what check_user() says when it will not do. `hash` is a stored
  // hash, never a password.
  base::Result<> add_user(const User& user, std::string_view hash);
  // Replaces everything but name and password; NotFound when there is none.
  base::Result<> update_user(const User& user);
  base::Result<> set_password_hash(std::string_view name, std::string_view hash);
  // With the user's devices and their lines. NotFound when there is none.
  base::Result<> remove_user(std::string_view name);

  // Mints the ids of the device and of its lines where they are empty. Refused when the name is
  // taken, NotFound when there is no such owner.
  base::Result<> add_device(const Device& device);
  // Replaces everything but name and ids; the ids of lines that stay are kept.
  base::Result<> update_device(const Device& device);
  base::Result<> remove_device(std::string_view name);

  // Runs `work` in one transaction: all of it happens, or nothing.
  base::Result<> together(const std::function<base::Result<>()>& work);

 private:
  struct Impl;
  explicit Store(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace home
