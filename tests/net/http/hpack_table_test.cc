#include <doctest/doctest.h>

#include <deque>
#include <random>

#include "tests/net/http/hpack_lab.h"

namespace hpack_lab {
namespace {

TEST_CASE("an entry counts for 32 bytes more than its text") {
  HpackTable table(4096);
  CHECK(table.count() == 0);
  table.add("abc", "de");
  CHECK(table.size_bytes() == 37);
  table.add("", "");
  CHECK(table.size_bytes() == 69);
  CHECK(entries(table) == List{{"", ""}, {"abc", "de"}});
}

TEST_CASE("the oldest gives way, to the byte") {
  HpackTable table(3 * 34);
  table.add("a", "1");
  table.add("b", "2");
  table.add("c", "3");
  CHECK(table.count() == 3);
  table.add("d", "4");
  CHECK(entries(table) == List{{"d", "4"}, {"c", "3"}, {"b", "2"}});
  table.add("e", "55");
  CHECK(entries(table) == List{{"e", "55"}, {"d", "4"}});
  table.set_limit(68);
  CHECK(entries(table) == List{{"e", "55"}});
  table.set_limit(34);
  CHECK(table.count() == 0);
  table.add("f", "6");
  CHECK(table.count() == 1);
  table.add("g", "77");  // more than the whole
  CHECK(table.count() == 0);
}

TEST_CASE("a table without room keeps nothing") {
  HpackTable table(0);
  table.add("", "");
  CHECK(table.count() == 0);
  CHECK(table.size_bytes() == 0);
}

// What the table must be, in the plainest way.
struct Model {
  std::deque<std::pair<std::string, std::string>> list;
  std::size_t limit = 0;

  void trim() {
    std::size_t size = 0;
    for (const auto& [name, value] : list)
      size += name.size() + value.size() + 32;
    for (; size > limit; list.pop_back())
      size -= list.back().first.size() + list.back().second.size() + 32;
  }
  void add(std::string name, std::string value) {
    list.emplace_front(std::move(name), std::move(value));
    trim();
  }
};

TEST_CASE("thousands of entries later it holds what a plain list holds") {
  for (const std::uint32_t limit : {64u, 100u, 500u, 4096u, 65535u}) {
    CAPTURE(limit);
    std::mt19937 random(limit);
    HpackTable table(limit);
    Model model{{}, limit};
    for (int i = 0; i < 5000; ++i) {
      const std::string value(random() % (limit / (1 + random() % 20)), static_cast<char>(i));
      const std::size_t from = random() % 3;
      if (random() % 50 == 0) {
        model.limit = random() % (limit + 1);
        model.trim();
        table.set_limit(static_cast<std::uint32_t>(model.limit));
      }
      if (from < table.count()) {  // an entry's own name, which may be the one to go
        const auto age = static_cast<std::uint32_t>(random() % table.count());
        const std::string name(table.at(age).name);
        model.add(name, value);
        table.add(table.at(age).name, value);
      } else {
        model.add("name-" + std::to_string(i), value);
        table.add("name-" + std::to_string(i), value);
      }
      if (i % 10 == 0) REQUIRE(entries(table) == List(model.list.begin(), model.list.end()));
    }
  }
}

}  // namespace
}  // namespace hpack_lab
