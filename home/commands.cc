#include "home/commands.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "home/config.h"
#include "home/one_time_password.h"
#include "home/password.h"
#include "home/secret_input.h"
#include "home/seed.h"
#include "home/store.h"

namespace home {
namespace {

// What a command does about a database that is not there. One that only shows or changes what is
// in it would make an empty one of every misspelt name.
enum class Missing { Create, Refuse };

// Only the one key is of interest, but a configuration that is wrong elsewhere is better not
// guessed at: the report names what to mend, --database goes around it.
base::Result<std::string> database_of(const DatabasePlace& place) {
  if (!place.database.empty()) return place.database;
  auto config = load_config(place.config);
  if (!config) return config.error();
  return std::move(config->database.file);
}

base::Result<Store> open_store(const std::string& file, Missing missing) {
  if (missing == Missing::Refuse && ::access(file.c_str(), F_OK) != 0) {
    return base::Error{base::Errc::System, file + ": " + std::strerror(errno)};
  }
  return Store::open(file);
}

base::Result<Store> open_store(const DatabasePlace& place, Missing missing) {
  const auto file = database_of(place);
  if (!file) return file.error();
  return open_store(*file, missing);
}

base::Result<std::string> new_password(const PasswordSource& source, const std::string& user) {
  return source.file.empty() ? ask_password(user) : read_password_file(source.file);
}

void print_device(const Device& device) {
  std::string numbers;
  for (const Line& line : device.lines) {
    if (!numbers.empty()) numbers += ',';
    numbers += line.number;
  }
  std::printf("%-24s %-24s %-12s %s\n", device.name.c_str(),
              device.owner.empty() ? "-" : device.owner.c_str(),
              numbers.empty() ? "-" : numbers.c_str(), device.id.c_str());
}

}  // namespace

base::Result<> add_user(const DatabasePlace& place, User user, const PasswordSource& password) {
  if (auto fits = check_user(user); !fits) return fits;  // before anyone types a password
  auto store = open_store(place, Missing::Create);
  if (!store) return store.error();
  const auto text = new_password(password, user.name);
  if (!text) return text.error();
  if (auto added = store->add_user(user, hash_password(*text)); !added) return added;
  std::printf("user %s added\n", user.name.c_str());
  return {};
}

base::Result<> list_users(const DatabasePlace& place) {
  auto store = open_store(place, Missing::Refuse);
  if (!store) return store.error();
  const auto users = store->users();
  if (!users) return users.error();
  for (const User& user : *users) {
    const std::string full = user.first_name + " " + user.last_name;
    std::printf("%-24s %-12s %s\n", user.name.c_str(),
                user.phone.empty() ? "-" : user.phone.c_str(), full.c_str());
  }
  return {};
}

base::Result<> remove_user(const DatabasePlace& place, const std::string& name) {
  auto store = open_store(place, Missing::Refuse);
  if (!store) return store.error();
  if (auto removed = store->remove_user(name); !removed) return removed;
  std::printf("user %s and their devices removed\n", name.c_str());
  return {};
}

base::Result<> set_password(const DatabasePlace& place, const std::string& name,
                            const PasswordSource& password) {
  auto store = open_store(place, Missing::Refuse);
  if (!store) return store.error();
  if (const auto user = store->user(name); !user) return user.error();
  const auto text = new_password(password, name);
  if (!text) return text.error();
  if (auto set = store->set_password_hash(name, hash_password(*text)); !set) return set;
  std::printf("password of %s changed\n", name.c_str());
  return {};
}

base::Result<> add_device(const DatabasePlace& place, Device device,
                          const std::vector<std::string>& numbers) {
  for (const std::string& number : numbers)
    device.lines.push_back({"", number});
  auto store = open_store(place, Missing::Refuse);
  if (!store) return store.error();
  if (auto added = store->add_device(device); !added) return added;
  std::printf("device %s added\n", device.name.c_str());
  return {};
}

base::Result<> list_devices(const DatabasePlace& place, const std::string& owner) {
  auto store = open_store(place, Missing::Refuse);
  if (!store) return store.error();
  const auto devices = owner.empty() ? store->devices() : store->devices_of(owner);
  if (!devices) return devices.error();
  for (const Device& device : *devices)
    print_device(device);
  return {};
}

base::Result<> remove_device(const DatabasePlace& place, const std::string& name) {
  auto store = open_store(place, Missing::Refuse);
  if (!store) return store.error();
  if (auto removed = store->remove_device(name); !removed) return removed;
  std::printf("device %s removed\n", name.c_str());
  return {};
}

base::Result<> mint_token(const DatabasePlace& place, const std::string& user) {
  const auto file = database_of(place);
  if (!file) return file.error();
  // The store brings the file's schema up to date.
  if (const auto store = open_store(*file, Missing::Refuse); !store) return store.error();
  auto one_time = OneTimePasswords::open(*file);
  if (!one_time) return one_time.error();
  const auto minted = one_time->mint(user);
  if (!minted) return minted.error();
  std::printf("%s\n", minted->c_str());
  return {};
}

base::Result<> import_seed(const DatabasePlace& place, const std::string& file) {
  const auto seed = load_seed(file);
  if (!seed) return seed.error();
  auto store = open_store(place, Missing::Create);
  if (!store) return store.error();
  const auto outcome = apply_seed(*store, *seed, Existing::Replace);
  if (!outcome) return outcome.error();
  std::printf("%zu added, %zu changed\n", outcome->added, outcome->changed);
  return {};
}

}  // namespace home
