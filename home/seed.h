#pragma once
// A seed file: users with their devices, as YAML, to begin a database with (deploy/lab-users.yaml
// is one).
//
//   users:
//     - name: mac.donald
//       first_name: Mac
//       last_name: Donald
//       password: …            (or password_file: a file whose first line it is)
//       devices:
//         - name: MDonald
//           lines: [5002]

#include <cstddef>
#include <string>
#include <vector>

#include "base/result.h"
#include "home/records.h"

namespace home {

class Store;

struct SeedUser {
  User user;
  std::string password;  // as the file says; empty when password_file does
  std::string password_file;
  std::vector<Device> devices;  // their owner is this user
};

struct Seed {
  std::vector<SeedUser> users;
};

// Reads and judges the file and the password files it names; the detail of a failure is a report
// with a line for each problem.
base::Result<Seed> load_seed(const std::string& file);

// What to do about users and devices that are there already.
enum class Existing {
  Keep,    // leave them as they are, whatever the seed says: a program's start
  Replace  // make them what the seed says, passwords included: an administrator's import
};

struct SeedOutcome {
  std::size_t added = 0;    // users and devices
  std::size_t changed = 0;  // likewise; those that were as the seed says already do not count
};

// All of it or nothing. Doing it twice changes nothing the second time. Takes some 50 ms for each
// password to be hashed or compared.
base::Result<SeedOutcome> apply_seed(Store& store, const Seed& seed, Existing existing);

}  // namespace home
