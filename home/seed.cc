#include "home/seed.h"

#include <algorithm>
#include <utility>

#include "base/config.h"
#include "home/password.h"
#include "home/secret_input.h"
#include "home/store.h"

namespace home {
namespace {

using base::config::Section;

// The file's own shape: lines are numbers there, ids are not written.
struct DeviceEntry {
  std::string name;
  std::string description;
  std::vector<std::string> lines;
  bool operator==(const DeviceEntry&) const = default;
};

struct UserEntry {
  std::string name;
  std::string first_name;
  std::string last_name;
  std::string phone;
  std::string mail;
  std::string directory_uri;
  std::string password;
  std::string password_file;
  std::vector<DeviceEntry> devices;
  bool operator==(const UserEntry&) const = default;
};

struct File {
  std::vector<UserEntry> users;
};

Section<File> file_schema() {
  namespace config = base::config;
  Section<DeviceEntry> device;
  device.require("name", &DeviceEntry::name, config::text(), "name of the device and of its file")
      .add("description", &DeviceEntry::description, config::text(), "shown to people")
      .add("lines", &DeviceEntry::lines, config::list(config::text()),
           "directory numbers, the primary one first");
  Section<UserEntry> user;
  user.require("name", &UserEntry::name, config::text(), "sign-in name")
      .add("first_name", &UserEntry::first_name, config::text(), "first name")
      .add("last_name", &UserEntry::last_name, config::text(), "last name")
      .add("phone", &UserEntry::phone, config::text(), "number; absent: that of the first line")
      .add("mail", &UserEntry::mail, config::text(), "mail address")
      .add("directory_uri", &UserEntry::directory_uri, config::text(), "SIP address")
      .add("password", &UserEntry::password, config::text(), "password")
      .add("password_file", &UserEntry::password_file, config::path(),
           "file whose first line is the password")
      .sections("devices", &UserEntry::devices, device, "the user's devices");
  Section<File> schema;
  schema.sections("users", &File::users, user, "the users");
  return schema;
}

Device to_device(DeviceEntry entry, const std::string& owner) {
  Device device;
  device.name = std::move(entry.name);
  device.description = std::move(entry.description);
  device.owner = owner;
  for (std::string& number : entry.lines)
    device.lines.push_back({"", std::move(number)});
  return device;
}

SeedUser to_user(UserEntry entry) {
  SeedUser user;
  user.user = {entry.name,  std::move(entry.first_name), std::move(entry.last_name),
               entry.phone, std::move(entry.mail),       std::move(entry.directory_uri)};
  user.password = std::move(entry.password);
  user.password_file = std::move(entry.password_file);
  for (DeviceEntry& device : entry.devices) {
    user.devices.push_back(to_device(std::move(device), entry.name));
    const auto& lines = user.devices.back().lines;
    if (user.user.phone.empty() && !lines.empty()) user.user.phone = lines.front().number;
  }
  return user;
}

void judge(SeedUser& user, const std::string& key, base::config::Report& report) {
  if (user.password.empty() == user.password_file.empty()) {
    report.add(key, "expected password or password_file, and one of them only");
  } else if (!user.password_file.empty()) {
    auto read = read_password_file(user.password_file);
    if (!read) return report.add(key + ".password_file", read.error().detail);
    user.password = *std::move(read);
  }
  if (const auto fits = check_user(user.user); !fits) report.add(key, fits.error().detail);
  if (!user.password.empty()) {
    const auto fits = check_password(user.password);
    if (!fits) report.add(key + ".password", fits.error().detail);
  }
  for (std::size_t i = 0; i < user.devices.size(); ++i) {
    const auto fits = check_device(user.devices[i]);
    if (!fits) report.add(base::config::item_path(key + ".devices", i), fits.error().detail);
  }
}

base::Result<> apply_user(Store& store, const SeedUser& seed, Existing existing,
                          SeedOutcome& outcome) {
  const auto found = store.user(seed.user.name);
  if (!found && found.error().code != base::Errc::NotFound) return found.error();
  if (!found) {
    ++outcome.added;
    return store.add_user(seed.user, hash_password(seed.password));
  }
  if (existing == Existing::Keep) return {};
  const auto hash = store.password_hash(seed.user.name);
  if (!hash) return hash.error();
  const bool same_password = verify_password(*hash, seed.password);
  User wanted = seed.user;
  wanted.name = found->name;  // the spelling that is there
  if (same_password && *found == wanted) return {};
  ++outcome.changed;
  if (auto done = store.update_user(wanted); !done) return done;
  if (same_password) return {};
  return store.set_password_hash(wanted.name, hash_password(seed.password));
}

bool same_content(const Device& a, const Device& b) {
  const auto same_number = [](const Line& x, const Line& y) { return x.number == y.number; };
  return a.owner == b.owner && a.description == b.description && a.model == b.model &&
         a.product == b.product && a.protocol == b.protocol &&
         std::equal(a.lines.begin(), a.lines.end(), b.lines.begin(), b.lines.end(), same_number);
}

base::Result<> apply_device(Store& store, const Device& seed, Existing existing,
                            SeedOutcome& outcome) {
  const auto found = store.device(seed.name);
  if (!found && found.error().code != base::Errc::NotFound) return found.error();
  if (!found) {
    ++outcome.added;
    return store.add_device(seed);
  }
  if (existing == Existing::Keep || same_content(*found, seed)) return {};
  ++outcome.changed;
  return store.update_device(seed);
}

}  // namespace

base::Result<Seed> load_seed(const std::string& file) {
  base::config::Report report(file);
  File read = base::config::load(file_schema(), report);
  Seed seed;
  if (report.ok()) {
    for (UserEntry& entry : read.users) {
      const std::string key = base::config::item_path("users", seed.users.size());
      seed.users.push_back(to_user(std::move(entry)));
      judge(seed.users.back(), key, report);
    }
  }
  if (!report.ok()) return base::Error{base::Errc::Malformed, report.to_string()};
  return seed;
}

base::Result<SeedOutcome> apply_seed(Store& store, const Seed& seed, Existing existing) {
  SeedOutcome outcome;
  const auto done = store.together([&]() -> base::Result<> {
    for (const SeedUser& user : seed.users) {
      if (auto applied = apply_user(store, user, existing, outcome); !applied) return applied;
      for (const Device& device : user.devices) {
        if (auto applied = apply_device(store, device, existing, outcome); !applied) return applied;
      }
    }
    return {};
  });
  if (!done) return done.error();
  return outcome;
}

}  // namespace home
