#include "core/accounts.h"

#include <doctest/doctest.h>

namespace core {
namespace {

using namespace std::chrono_literals;

const Accounts::Time kNow{1h};
const Account kMac{
    "mac.donald", "lab.example", {policy::Scheme::Https, "ucm-pub.lab.example", 8443}, {"MDonald"}};

TEST_CASE("an accepted password finds the account, for a while, and no other password does") {
  Accounts accounts;
  CHECK_FALSE(accounts.find({"mac.donald", "right"}, "lab.example", kNow));
  accounts.accepted(kMac, "right", kNow);
  const auto found = accounts.find({"mac.donald", "right"}, "lab.example", kNow + 1min);
  REQUIRE(found);
  CHECK(found->devices == kMac.devices);
  CHECK(found->home == kMac.home);
  CHECK_FALSE(accounts.find({"mac.donald", "wrong"}, "lab.example", kNow));
  CHECK_FALSE(accounts.find({"mac.donald", "right"}, "other.example", kNow));
  CHECK_FALSE(accounts.find({"mac.donald", "right"}, "lab.example", kNow + 1h));
}

TEST_CASE("a stranger's wrong guess does not cost the user the remembered password") {
  Accounts accounts;
  accounts.accepted(kMac, "right", kNow);
  accounts.refused({"mac.donald", "guess"}, "lab.example", kNow);
  CHECK(accounts.find({"mac.donald", "right"}, "lab.example", kNow));
}

TEST_CASE("the remembered password itself, once refused, is forgotten") {
  Accounts accounts;
  accounts.accepted(kMac, "right", kNow);
  accounts.refused({"mac.donald", "right"}, "lab.example", kNow);
  CHECK_FALSE(accounts.find({"mac.donald", "right"}, "lab.example", kNow));
}

TEST_CASE("a user is forgotten on request, others are not") {
  Accounts accounts;
  Account other = kMac;
  other.user = "rknotts";
  accounts.accepted(kMac, "right", kNow);
  accounts.accepted(other, "right", kNow);
  accounts.forget("mac.donald", "lab.example");
  CHECK_FALSE(accounts.find({"mac.donald", "right"}, "lab.example", kNow));
  CHECK(accounts.find({"rknotts", "right"}, "lab.example", kNow));
}

}  // namespace
}  // namespace core
