#include "policy/path.h"

#include <doctest/doctest.h>

#include <string>

namespace policy {
namespace {

TEST_CASE("ordinary paths are canonical") {
  for (const char* path :
       {"/", "/a", "/a/", "/cucm-uds/user/mac.donald/devices", "/cucm-uds/user/a%40b", "/a%20b",
        "/x...y", "/.hidden", "/a..", "/..a", "/~a_-.!$&'()*+,=:@", "/a%3Fb", "/a%3ab"}) {
    CAPTURE(path);
    CHECK(check_path(path) == nullptr);
  }
}

TEST_CASE("a path that servers may read in different ways is not canonical") {
  const std::string cases[] = {
      "",
      "a",
      "*",
      "http://h/a",
      "//",
      "//a",
      "/a//b",
      "/a//",
      "/.",
      "/..",
      "/a/./b",
      "/a/../b",
      "/a/..",
      "/...",
      "/a/%2e%2e/b",
      "/a/.%2e/b",
      "/a/%2E/b",
      "/%2e",
      "/a%2fb",
      "/a%2Fb",
      "/a%5cb",
      "/a\\b",
      "/a/..\\b",
      "/a;b",
      "/a/..;/b",
      "/a%3bb",
      "/a%252fb",
      "/a%25",
      "/a%00",
      "/a%0a",
      "/a%7f",
      "/a%c0%af",
      "/a%e3%80%82",
      "/a%ef%bc%8f",
      "/a%u002f",
      "/a%",
      "/a%2",
      "/a%zz",
      "/a?b",
      "/a#b",
      "/a b",
      "/a\tb",
      "/a\xc3\xa9",
      "/a\x7f",
      "/a\"b",
      "/a<b>",
      "/a|b",
      "/a{b}",
      "/a^b",
      "/a`b",
      "/a[b]",
      "/a%41",
      "/a%7E",
      "/..%20/b",
      "/%20/b",
      "/a/.%20./b",
      std::string("/a\0b", 4),
  };
  for (const std::string& path : cases) {
    CAPTURE(path);
    CHECK(check_path(path) != nullptr);
  }
}

}  // namespace
}  // namespace policy
