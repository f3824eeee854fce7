#include "home/seed.h"

#include <doctest/doctest.h>

#include "tests/home/scratch.h"

namespace home {
namespace {

constexpr std::string_view kSeed =
    "users:\n"
    "  - name: third\n"
    "    first_name: Third\n"
    "    password: first-password\n"
    "    devices:\n"
    "      - name: CSFthird\n"
    "        lines: [5004, 5005]\n";

TEST_CASE("a seed adds what is absent, and once only") {
  Lab lab;
  const auto seed = load_seed(lab.scratch.file("seed.yaml", kSeed));
  REQUIRE(seed);
  const auto outcome = apply_seed(lab.store, *seed, Existing::Keep);
  REQUIRE(outcome);
  CHECK(outcome->added == 2);
  CHECK(lab.store.user("third")->phone == "5004");  // that of the first line
  CHECK(lab.store.device("CSFthird")->lines.size() == 2);
  CHECK(verify_password(*lab.store.password_hash("third"), "first-password"));
  for (const Existing existing : {Existing::Keep, Existing::Replace}) {
    const auto again = apply_seed(lab.store, *seed, existing);
    REQUIRE(again);
    CHECK(again->added == 0);
    CHECK(again->changed == 0);
  }
}

TEST_CASE("what is there is kept at a start and replaced by an import") {
  Lab lab;
  const auto seed = load_seed(lab.scratch.file("seed.yaml", kSeed));
  REQUIRE(apply_seed(lab.store, *seed, Existing::Keep));
  REQUIRE(lab.store.set_password_hash("third", hash_password("changed", kCheap)));
  Device device = *lab.store.device("CSFthird");
  device.description = "changed";
  REQUIRE(lab.store.update_device(device));
  REQUIRE(apply_seed(lab.store, *seed, Existing::Keep));
  CHECK(verify_password(*lab.store.password_hash("third"), "changed"));
  const auto replaced = apply_seed(lab.store, *seed, Existing::Replace);
  REQUIRE(replaced);
  CHECK(replaced->changed == 2);
  CHECK(verify_password(*lab.store.password_hash("third"), "first-password"));
  CHECK(lab.store.device("CSFthird")->description.empty());
  CHECK(lab.store.user("mac.donald"));  // others are left alone
}

TEST_CASE("a password may be in a file of its own, beside the seed") {
  Lab lab;
  lab.scratch.file("secret", "from-file\nnot this line\n");
  const auto seed =
      load_seed(lab.scratch.file("seed.yaml", "users: [{name: x, password_file: secret}]\n"));
  REQUIRE(seed);
  CHECK(seed->users.front().password == "from-file");
}

TEST_CASE("a seed that will not do is refused as a whole, and nothing is added") {
  Lab lab;
  const std::string_view seeds[] = {
      "users: [{name: x}]\n",
      "users: [{name: x, password: a, password_file: b}]\n",
      "users: [{name: x, password_file: none}]\n",
      "users: [{name: a/b, password: p}]\n",
      "users: [{password: p}]\n",
      "users: [{name: x, password: p, shoe_size: 44}]\n",
      "users: [{name: x, password: p, devices: [{name: SPDefault}]}]\n",
      "users: [{name: x, password: p, devices: [{name: D, lines: [50 02]}]}]\n",
      "users: x\n",
      "users: [",
  };
  for (const std::string_view text : seeds) {
    CAPTURE(text);
    const auto seed = load_seed(lab.scratch.file("seed.yaml", text));
    REQUIRE_FALSE(seed);
    CHECK(seed.error().detail.find("seed.yaml") != std::string::npos);
  }
  // Good by itself, but the name of its device is taken, in another case.
  const auto odd = load_seed(lab.scratch.file(
      "seed.yaml", "users: [{name: new, password: p, devices: [{name: mdonald}]}]\n"));
  REQUIRE(odd);
  CHECK_FALSE(apply_seed(lab.store, *odd, Existing::Keep));
  CHECK(lab.store.user("new").error().code == base::Errc::NotFound);
}

TEST_CASE("the lab's users are a good seed") {
  const auto seed = load_seed(std::string(TEST_DATA) + "/../../deploy/lab-users.yaml");
  REQUIRE(seed);
  REQUIRE(seed->users.size() == 2);
  CHECK(seed->users[0].user.name == "mac.donald");
  CHECK(seed->users[0].devices.front().name == "MDonald");
  CHECK(seed->users[0].devices.front().lines.front().number == "5002");
}

}  // namespace
}  // namespace home
