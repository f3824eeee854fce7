#include <doctest/doctest.h>

#include "base/config_node.h"

namespace base::config {
namespace {

std::string problems_of(std::string_view text) {
  Report report("f");
  parse_yaml(text, report);
  return report.to_string();
}

TEST_CASE("a tree knows where its nodes stand") {
  Report report("f");
  const Node root = parse_yaml("a: 1\nb:\n  - 'x'\n  - {c: ~}\n", report);
  REQUIRE(report.ok());
  REQUIRE(root.items.size() == 2);
  const Node& a = root.items[0];
  CHECK(root.items[0].key == "a");
  CHECK(root.items[0].key_where == Location{1, 1});
  CHECK(a.kind == Node::Kind::Scalar);
  CHECK(a.text == "1");
  CHECK(a.where == Location{1, 4});
  CHECK_FALSE(a.quoted);
  const Node& b = root.items[1];
  REQUIRE(b.items.size() == 2);
  CHECK(b.items[0].quoted);
  CHECK(b.items[0].where == Location{3, 5});
  REQUIRE(b.items[1].items.size() == 1);
  CHECK(b.items[1].items[0].kind == Node::Kind::Null);
}

TEST_CASE("what YAML allows and a configuration does not need is refused where it stands") {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"a: 1\na: 2\n", "f:2:1: a: stands twice, first in line 1\n"},
      {"a: 1\n'a': 2\n", "f:2:1: a: stands twice, first in line 1\n"},
      {"s:\n  b: 1\n  c: 2\n  b: 3\n", "f:4:3: s.b: stands twice, first in line 2\n"},
      {"a: &x 1\n", "f:1:4: a: anchors (&name) are not taken here\n"},
      {"a: !!str 1\n", "f:1:4: a: tags (!name) are not taken here\n"},
      {"a: !x [1]\n", "f:1:4: a: tags (!name) are not taken here\n"},
      {"[a]: 1\n", "f:1:1: a key must be plain text\n"},
      {"a: 1\n---\nb: 1\n", "f:2:1: a second document begins here, only one is taken\n"},
      {"a: 1\n\x01", "f:2:1: the control byte \\x01 is not taken in a configuration\n"},
      {"a: 1 \x04\nb: 1", "f:1:6: the control byte \\x04 is not taken in a configuration\n"},
  };
  for (const auto& [text, problems] : cases) {
    CAPTURE(text);
    CHECK(problems_of(text) == problems);
  }
}

TEST_CASE("what yaml-cpp refuses is told with line and column") {
  for (const std::string_view text : {"a: [1\n", "a:\n\t- b\n", "a: 'x\n", "a: *x\n", "}",
                                      "a: b: c", "- a\nb: c\n", "%YAML 9.9\n---\na: 1\n"}) {
    CAPTURE(text);
    const std::string problems = problems_of(text);
    CAPTURE(problems);
    CHECK(problems.starts_with("f:"));
    CHECK(problems.find('\n') == problems.size() - 1);
  }
}

TEST_CASE("aliases do not unfold") {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) {
    const std::string below = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int n = 0; n < 9; ++n)
      bomb += below + ", ";
    bomb += "]\n";
  }
  const std::string problems = problems_of(bomb);
  CHECK(problems.find("f:1:5: a0: anchors (&name) are not taken here\n") == 0);
  CHECK(problems.find("a1[0]: aliases (*name) are not taken here") != std::string::npos);
}

TEST_CASE("nesting stops at the limit") {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  CHECK(problems_of(nested(kMaxDepth)) == "");
  CHECK(problems_of(nested(kMaxDepth + 1)).find("nested too deeply") != std::string::npos);
  CHECK_FALSE(problems_of(nested(100'000)).empty());
  CHECK_FALSE(problems_of(std::string(100'000, '[')).empty());
}

TEST_CASE("a text over the limit is not parsed") {
  const std::string comment = "#" + std::string(kMaxFileBytes - 1, 'x');
  CHECK(problems_of(comment) == "");
  CHECK(problems_of(comment + "x") == "f:1:1: larger than 1048576 bytes\n");
}

TEST_CASE("problems over the limit are counted") {
  std::string text;
  for (std::size_t i = 0; i < kMaxProblems + 3; ++i)
    text += "- &a" + std::to_string(i) + " x\n";
  const std::string problems = problems_of(text);
  CHECK(problems.ends_with("f: and 3 more problems\n"));
}

TEST_CASE("a problem names its key without control bytes") {
  CHECK(problems_of("\"a\\nb\": 1\n\"a\\nb\": 2\n") ==
        "f:2:1: a\\x0ab: stands twice, first in line 1\n");
}

}  // namespace
}  // namespace base::config
