#include "home/folder.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/home/scratch.h"

namespace home {
namespace {

using Segments = std::vector<std::string>;

TEST_CASE("files in the folder and below it are opened") {
  Scratch scratch;
  scratch.file("shown/a.xml", "12345");
  scratch.file("shown/CUPC/b.xml", "");
  const auto a = open_beneath(scratch.path("shown"), {"a.xml"});
  REQUIRE(a);
  CHECK(a->size_bytes == 5);
  const auto b = open_beneath(scratch.path("shown"), {"CUPC", "b.xml"});
  REQUIRE(b);
  CHECK(b->size_bytes == 0);
}

TEST_CASE("nothing else is: no way out, no link, no hidden name, no pipe, no folder") {
  Scratch scratch;
  const std::string secret = scratch.file("secret.xml", "secret");
  scratch.file("shown/a.xml", "1");
  scratch.file("shown/.hidden.xml", "1");
  scratch.file("shown/.git/config", "1");
  scratch.file("shown/sub/b.xml", "1");
  const std::string shown = scratch.path("shown");
  REQUIRE(symlink(secret.c_str(), (shown + "/link.xml").c_str()) == 0);
  REQUIRE(symlink("a.xml", (shown + "/inner.xml").c_str()) == 0);
  REQUIRE(symlink(scratch.path("").c_str(), (shown + "/out").c_str()) == 0);
  REQUIRE(mkfifo((shown + "/pipe").c_str(), 0600) == 0);
  const Segments refused[] = {
      {"none.xml"},
      {"link.xml"},
      {"inner.xml"},
      {"out", "secret.xml"},
      {"..", "secret.xml"},
      {"sub", "..", "a.xml"},
      {"."},
      {".hidden.xml"},
      {".git", "config"},
      {"pipe"},
      {"sub"},
      {"a.xml", "b.xml"},
      {"../secret.xml"},
      {""},
      {std::string("a.xml\0", 6)},
      {std::string(300, 'a')},
  };
  for (const Segments& segments : refused) {
    CAPTURE(segments.front());
    const auto opened = open_beneath(shown, segments);
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == base::Errc::NotFound);
  }
}

TEST_CASE("a folder that is not there is trouble of ours") {
  CHECK(open_beneath("/nonexistent/folder", {"a"}).error().code == base::Errc::System);
}

}  // namespace
}  // namespace home
