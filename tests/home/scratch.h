#pragma once
// A folder that lives as long as the test, and the people most tests know.

#include <doctest/doctest.h>
#include <stdlib.h>

#include <cassert>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>

#include "home/password.h"
#include "home/store.h"
#include "tests/fakes/clock.h"

namespace home {

class Scratch final {
 public:
  Scratch() {
    std::string name = std::filesystem::temp_directory_path() / "home-test-XXXXXX";
    const char* made = mkdtemp(name.data());
    assert(made != nullptr);
    path_ = made;
  }
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  std::string path(std::string_view name) const { return path_ / name; }
  // Makes a file, its folders too, and returns its path.
  std::string file(std::string_view name, std::string_view content) const {
    const std::filesystem::path whole = path_ / name;
    std::filesystem::create_directories(whole.parent_path());
    std::ofstream(whole, std::ios::binary) << content;
    return whole;
  }

 private:
  std::filesystem::path path_;
};

// As cheap as password.h allows, since most tests are not about the cost.
inline constexpr ScryptCost kCheap{10, 1, 1};
inline constexpr std::string_view kMacPassword = "se:cret";

// A store with mac.donald (MDonald, 5002) and rknotts (RKnotts, 5003).
struct Lab {
  Scratch scratch;
  fakes::FakeClock clock;
  Store store = open();

  Store open() {
    auto opened = Store::open(scratch.path("home.db"), clock);
    REQUIRE(opened);
    return *std::move(opened);
  }
  Lab() {
    add("mac.donald", "Mac", "Donald", "MDonald", "5002");
    add("rknotts", "Rita", "Knotts", "RKnotts", "5003");
  }

 private:
  void add(const char* name, const char* first, const char* last, const char* device,
           const char* number) {
    const User user{name, first, last, number, "", ""};
    REQUIRE(store.add_user(user, hash_password(kMacPassword, kCheap)));
    Device owned;
    owned.name = device;
    owned.owner = name;
    owned.lines = {{"", number}};
    REQUIRE(store.add_device(owned));
  }
};

}  // namespace home
