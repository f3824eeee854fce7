#include "home/store.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "home/sqlite.h"
#include "tests/home/scratch.h"

namespace home {
namespace {

TEST_CASE("users are found by name without case, and kept as they were given") {
  Lab lab;
  const auto user = lab.store.user("MAC.Donald");
  REQUIRE(user);
  CHECK(user->name == "mac.donald");
  CHECK(user->first_name == "Mac");
  CHECK(lab.store.user("nobody").error().code == base::Errc::NotFound);
  CHECK(lab.store.user("mac.donald' OR 1=1 --").error().code == base::Errc::NotFound);
}

TEST_CASE("a name is taken once, whatever its case") {
  Lab lab;
  const auto again = lab.store.add_user({"Mac.Donald", "", "", "", "", ""}, "x");
  CHECK(again.error().code == base::Errc::Refused);
  Device device;
  device.name = "mdonald";
  CHECK(lab.store.add_device(device).error().code == base::Errc::Refused);
  CHECK(lab.store.add_user({"a/b", "", "", "", "", ""}, "x").error().code == base::Errc::Malformed);
}

TEST_CASE("a user can be changed, and gets another password") {
  Lab lab;
  CHECK(lab.store.update_user({"mac.donald", "M", "D", "6000", "m@x", "u@x"}));
  CHECK(*lab.store.user("mac.donald") == User{"mac.donald", "M", "D", "6000", "m@x", "u@x"});
  CHECK(lab.store.set_password_hash("mac.donald", "other"));
  CHECK(*lab.store.password_hash("mac.donald") == "other");
  CHECK(lab.store.update_user({"nobody", "", "", "", "", ""}).error().code == base::Errc::NotFound);
  CHECK(lab.store.set_password_hash("nobody", "x").error().code == base::Errc::NotFound);
}

TEST_CASE("devices have ids, lines and the owner's name; a file name fits to the letter") {
  Lab lab;
  const auto device = lab.store.device("MDonald");
  REQUIRE(device);
  CHECK(device->id.size() == 36);
  CHECK(device->owner == "mac.donald");
  CHECK(device->product == 390);
  REQUIRE(device->lines.size() == 1);
  CHECK(device->lines[0].number == "5002");
  CHECK(device->lines[0].id.size() == 36);
  CHECK(lab.store.device("mdonald").error().code == base::Errc::NotFound);
  CHECK(lab.store.devices_of("MAC.donald")->size() == 1);
  CHECK(lab.store.devices_of("nobody")->empty());
  CHECK(lab.store.devices()->size() == 2);
}

TEST_CASE("a device that changes keeps its id and those of the lines that stay") {
  Lab lab;
  const Device before = *lab.store.device("MDonald");
  Device next = before;
  next.id.clear();
  next.lines = {{"", "7000"}, {"", "5002"}};
  lab.clock.advance(std::chrono::minutes(1));
  REQUIRE(lab.store.update_device(next));
  const Device after = *lab.store.device("MDonald");
  CHECK(after.id == before.id);
  CHECK(after.changed == before.changed + 60);
  REQUIRE(after.lines.size() == 2);
  CHECK(after.lines[0].number == "7000");
  CHECK(after.lines[1] == before.lines[0]);
}

TEST_CASE("an owner must exist") {
  Lab lab;
  Device device;
  device.name = "CSFnobody";
  device.owner = "nobody";
  CHECK(lab.store.add_device(device).error().code == base::Errc::NotFound);
  CHECK(lab.store.device("CSFnobody").error().code == base::Errc::NotFound);
  device.owner.clear();
  CHECK(lab.store.add_device(device));
  CHECK(lab.store.device("CSFnobody")->owner.empty());
}

TEST_CASE("a user goes with devices and lines") {
  Lab lab;
  CHECK(lab.store.remove_user("Mac.Donald"));
  CHECK(lab.store.device("MDonald").error().code == base::Errc::NotFound);
  UserQuery by_number;
  by_number.number = "5002";
  CHECK(lab.store.find_users(by_number)->total == 0);
  CHECK(lab.store.remove_user("mac.donald").error().code == base::Errc::NotFound);
  CHECK(lab.store.remove_device("RKnotts"));
  CHECK(lab.store.remove_device("RKnotts").error().code == base::Errc::NotFound);
}

TEST_CASE("a search finds what begins so, and nothing by tricks") {
  Lab lab;
  struct Case {
    UserQuery query;
    std::size_t total;
    const char* why;
  };
  const Case cases[] = {
      {{"", "", "", "", ""}, 2, "nothing asked: everybody"},
      {{"DON", "", "", "", ""}, 1, "last name"},
      {{"rk", "", "", "", ""}, 1, "sign-in name"},
      {{"onald", "", "", "", ""}, 0, "not in the middle"},
      {{"%", "", "", "", ""}, 0, "a wildcard is a letter"},
      {{"_ac", "", "", "", ""}, 0, "so is this one"},
      {{"\\", "", "", "", ""}, 0, "and the escape"},
      {{"' OR '1'='1", "", "", "", ""}, 0, "no SQL"},
      {{"", "mac", "", "", ""}, 1, "by sign-in name"},
      {{"", "", "rita", "kn", ""}, 1, "both must fit"},
      {{"", "", "rita", "do", ""}, 0, "both must fit"},
      {{"", "", "", "", "5003"}, 1, "by number"},
      {{"", "", "", "", "500"}, 0, "a number is whole"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.why);
    const auto page = lab.store.find_users(c.query);
    REQUIRE(page);
    CHECK(page->total == c.total);
    CHECK(page->users.size() == c.total);
  }
}

TEST_CASE("pages follow one another and the total stays") {
  Lab lab;
  UserQuery query;
  query.count = 1;
  CHECK(lab.store.find_users(query)->users.front().name == "mac.donald");
  query.start = 1;
  CHECK(lab.store.find_users(query)->users.front().name == "rknotts");
  query.start = 2;
  const auto beyond = lab.store.find_users(query);
  CHECK(beyond->users.empty());
  CHECK(beyond->total == 2);
}

TEST_CASE("what is done together happens as a whole or not at all") {
  Lab lab;
  const auto done = lab.store.together([&]() -> base::Result<> {
    CHECK(lab.store.add_user({"third", "", "", "", "", ""}, "x"));
    Device device;
    device.name = "MDonald";
    return lab.store.add_device(device);
  });
  CHECK_FALSE(done);
  CHECK(lab.store.user("third").error().code == base::Errc::NotFound);
  CHECK(lab.store.remove_user("rknotts"));  // and the store goes on
}

TEST_CASE("a second connection sees what the first wrote, and the file is its owner's") {
  Lab lab;
  Store second = lab.open();
  CHECK(second.user("mac.donald"));
  REQUIRE(lab.store.remove_user("mac.donald"));
  CHECK(second.user("mac.donald").error().code == base::Errc::NotFound);
  struct stat status {};
  REQUIRE(::stat(lab.scratch.path("home.db").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
}

// What another program does: this one again, running the next test case alone.
constexpr const char* kFileVariable = "SALLYPORT_TEST_DATABASE";
constexpr const char* kUserVariable = "SALLYPORT_TEST_USER";

TEST_CASE("part of another: adds a user" * doctest::skip()) {
  const char* file = std::getenv(kFileVariable);
  const char* name = std::getenv(kUserVariable);
  REQUIRE((file != nullptr && name != nullptr));
  auto store = Store::open(file);
  REQUIRE(store);
  REQUIRE(store->add_user({name, "", "", "", "", ""}, "x"));
}

// Adds a user by another program, as the administrator's commands do. A child that was only forked
// would know of our connections.
bool add_elsewhere(const std::string& file, const char* name) {
  const pid_t child = fork();
  if (child == 0) {
    setenv(kFileVariable, file.c_str(), 1);
    setenv(kUserVariable, name, 1);
    execl("/proc/self/exe", "test", "--no-skip", "-tc=part of another: adds a user", "-m",
          static_cast<char*>(nullptr));
    _exit(127);
  }
  int status = -1;
  return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

TEST_CASE("programs that come and go leave the journal to those that stay") {
  Lab lab;
  const std::string file = lab.scratch.path("home.db");
  Store second = lab.open();  // whatever opening does must not take the locks of the first
  struct stat before {};
  REQUIRE(::stat((file + "-wal").c_str(), &before) == 0);
  REQUIRE(add_elsewhere(file, "third"));
  struct stat after {};
  REQUIRE(::stat((file + "-wal").c_str(), &after) == 0);
  CHECK(before.st_ino == after.st_ino);
  REQUIRE(lab.store.add_user({"fourth", "", "", "", "", ""}, "x"));
  REQUIRE(add_elsewhere(file, "fifth"));
  for (const char* name : {"mac.donald", "third", "fourth", "fifth"}) {
    CAPTURE(name);
    CHECK(lab.store.user(name));
    CHECK(second.user(name));
    CHECK(lab.open().user(name));
  }
}

TEST_CASE("files that are no database of ours are refused, not overwritten") {
  Scratch scratch;
  const std::string text = scratch.file("text", std::string(4096, 'x'));
  CHECK(Store::open(text).error().code == base::Errc::System);
  CHECK(Store::open(scratch.path("no/such/folder")).error().code == base::Errc::System);
  const std::string newer = scratch.path("newer.db");
  {
    auto database = Database::open(newer);
    REQUIRE(database);
    REQUIRE(database->execute("PRAGMA user_version = 1000"));
  }
  CHECK(Store::open(newer).error().code == base::Errc::Unsupported);
}

}  // namespace
}  // namespace home
