#include "home/bindings.h"

#include <doctest/doctest.h>

#include "home/schema.h"
#include "home/sqlite.h"
#include "tests/home/scratch.h"

namespace home {
namespace {

Binding phone(const char* line, const char* contact, std::int64_t expires) {
  Binding binding;
  binding.line = line;
  binding.contact = contact;
  binding.params = "video";
  binding.instance = "<urn:uuid:1>";
  binding.reg_id = 2;
  binding.path = "<sip:a;lr>,<sip:b;lr>";
  binding.proxy = "127.0.20.85";
  binding.call_id = "call";
  binding.cseq = 7;
  binding.registered = 50;
  binding.expires = expires;
  return binding;
}

Bindings open(const Lab& lab) {
  auto opened = Bindings::open(lab.scratch.path("home.db"));
  REQUIRE(opened);
  return *std::move(opened);
}

TEST_CASE("bindings are kept, changed and removed, and a second opening sees them") {
  Lab lab;
  Bindings bindings = open(lab);
  BindingChanges changes{{phone("5002", "sip:a", 200), phone("5002", "sip:b", 200)}, {}};
  REQUIRE(bindings.apply(changes));
  const std::int64_t first = changes.stored[0].id;
  CHECK(first != 0);
  CHECK(changes.stored[1].id != first);
  CHECK(*bindings.of_line("5002", 100) == changes.stored);
  CHECK(bindings.of_line("5003", 100)->empty());
  CHECK(bindings.of_line("5002", 200)->empty());  // ended

  changes.stored.resize(1);
  changes.stored[0].expires = 300;
  changes.stored[0].contact = "sip:c";
  changes.removed = {first + 1};
  REQUIRE(bindings.apply(changes));
  Bindings second = open(lab);
  CHECK(*second.all(100) == changes.stored);
  CHECK(*second.find(first, 100) == changes.stored[0]);
  CHECK(second.find(first, 300).error().code == base::Errc::NotFound);
  CHECK(second.find(first + 1, 100).error().code == base::Errc::NotFound);
  REQUIRE(second.remove(first));
  CHECK(bindings.all(100)->empty());
}

TEST_CASE("a number is never used again") {
  Lab lab;
  Bindings bindings = open(lab);
  BindingChanges changes{{phone("5002", "sip:a", 200)}, {}};
  REQUIRE(bindings.apply(changes));
  const std::int64_t first = changes.stored[0].id;
  REQUIRE(bindings.remove(first));
  changes.stored[0].id = 0;
  REQUIRE(bindings.apply(changes));
  CHECK(changes.stored[0].id > first);
}

TEST_CASE("the sweep takes what ended and what has no line any more") {
  Lab lab;
  Bindings bindings = open(lab);
  BindingChanges changes{
      {phone("5002", "sip:a", 100), phone("5002", "sip:b", 300), phone("5003", "sip:c", 300)}, {}};
  REQUIRE(bindings.apply(changes));
  CHECK(*bindings.sweep(100) == std::vector<std::int64_t>{changes.stored[0].id});
  CHECK(bindings.sweep(100)->empty());
  REQUIRE(lab.store.remove_device("RKnotts"));
  CHECK(*bindings.sweep(100) == std::vector<std::int64_t>{changes.stored[2].id});
  CHECK(bindings.all(0)->size() == 1);
}

TEST_CASE("a line is known as long as a device has it") {
  Lab lab;
  CHECK(*lab.store.has_line("5002"));
  CHECK_FALSE(*lab.store.has_line("500"));
  CHECK_FALSE(*lab.store.has_line("5002' OR '1'='1"));
  REQUIRE(lab.store.remove_device("MDonald"));
  CHECK_FALSE(*lab.store.has_line("5002"));
}

TEST_CASE("a file of the version before gets the table and keeps its people") {
  Lab lab;
  {
    auto database = Database::open(lab.scratch.path("home.db"));
    REQUIRE(database);
    REQUIRE(
        database->execute("DROP TABLE bindings; DROP TRIGGER one_time_passwords_end;"
                          " DROP TABLE one_time_passwords; PRAGMA user_version = 1"));
    REQUIRE(migrate(*database));
  }
  Bindings bindings = open(lab);
  CHECK(bindings.all(0)->empty());
  CHECK(lab.open().user("mac.donald"));
}

}  // namespace
}  // namespace home
