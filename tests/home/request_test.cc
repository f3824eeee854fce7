#include "home/request.h"

#include <doctest/doctest.h>

#include "base/base64.h"
#include "home/records.h"

namespace home {
namespace {

using Segments = std::vector<std::string>;

TEST_CASE("good targets are decoded once") {
  struct Case {
    std::string_view target;
    Segments segments;
    std::vector<std::pair<std::string, std::string>> query;
  };
  const Case cases[] = {
      {"/cucm-uds/version", {"cucm-uds", "version"}, {}},
      {"/cucm-uds/user/mac%2Edonald", {"cucm-uds", "user", "mac.donald"}, {}},
      {"/a%2525", {"a%25"}, {}},
      {"/a+b?c=d+e", {"a+b"}, {{"c", "d e"}}},
      {"/u?name=%4dac%20D&max=3", {"u"}, {{"name", "Mac D"}, {"max", "3"}}},
      {"/u?a&b=", {"u"}, {{"a", ""}, {"b", ""}}},
      {"/u?a=b=c", {"u"}, {{"a", "b=c"}}},
      {"/Zo%C3%AB", {"Zo\xc3\xab"}, {}},
      {"/a;b", {"a;b"}, {}},
  };
  for (const Case& c : cases) {
    CAPTURE(c.target);
    const auto resource = parse_target(c.target);
    REQUIRE(resource);
    CHECK(resource->segments == c.segments);
    CHECK(resource->query.size() == c.query.size());
    for (const auto& [name, value] : c.query) {
      CAPTURE(name);
      CHECK(resource->parameter(name) == value);
    }
  }
}

TEST_CASE("a target with two readings is refused") {
  const std::string_view targets[] = {
      "",       "*",        "version",      "/",         "//a",    "/a/",    "/a//b",
      "/.",     "/..",      "/a/../b",      "/%2e%2e/b", "/a/%2E", "/a%2fb", "/a%5cb",
      "/a\\b",  "/%",       "/%4",          "/%4g",      "/%%41",  "/a%00",  "/a%0d%0a",
      "/a%ff",  "/a%c0%af", "/a%7f",        "/a?",       "/a?=b",  "/a?b&",  "/a?b=1&b=2",
      "/a?b=%", "/a?b=%0a", "/a?%62=1&b=2", "/a?b=%ff"};
  for (const std::string_view target : targets) {
    CAPTURE(target);
    CHECK_FALSE(parse_target(target));
  }
}

TEST_CASE("limits of a target hold, and one more is refused") {
  std::string path;
  for (std::size_t i = 0; i < kMaxSegments; ++i)
    path += "/s";
  CHECK(parse_target(path));
  CHECK(parse_target(path + "/s").error().code == base::Errc::TooLarge);
  std::string query = "/s?p0=";
  for (std::size_t i = 1; i < kMaxParameters; ++i)
    query += "&p" + std::to_string(i) + "=";
  CHECK(parse_target(query));
  CHECK(parse_target(query + "&p=").error().code == base::Errc::TooLarge);
}

TEST_CASE("every cut of a target is read or refused, never misread") {
  const std::string whole = "/cucm-uds/user/mac%2edonald/devices?name=%4d%61c&max=3";
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    const std::string cut = whole.substr(0, size);
    CAPTURE(cut);
    const auto resource = parse_target(cut);
    if (!resource) continue;
    for (const std::string& segment : resource->segments)
      CHECK_FALSE(segment.empty());
  }
}

TEST_CASE("a segment that is encoded is read back") {
  for (const std::string_view text : {"mac.donald", "a b", "a/b%", "Zo\xc3\xab", "x+y@z"}) {
    CAPTURE(text);
    const std::string encoded = encode_segment(text);
    CHECK(encoded.find_first_of("/ ") == std::string::npos);
    const auto resource = parse_target("/" + encoded);
    if (text.find('/') != std::string_view::npos) {
      CHECK_FALSE(resource);  // never a path of its own
    } else {
      REQUIRE(resource);
      CHECK(resource->segments.front() == text);
    }
  }
}

std::string basic(std::string_view text) {
  return "Basic " + base::encode_base64(text);
}

TEST_CASE("credentials are split at the first colon") {
  const auto plain = parse_basic(basic("mac.donald:se:cret"));
  REQUIRE(plain);
  CHECK(plain->user == "mac.donald");
  CHECK(plain->password == "se:cret");
  const auto empty = parse_basic("bAsIc   " + base::encode_base64("mac:"));
  REQUIRE(empty);
  CHECK(empty->password.empty());
}

TEST_CASE("credentials that cannot be read are refused") {
  const std::string fields[] = {"",
                                "Basic",
                                "Basic ",
                                "Basic !!!",
                                "Digest username=\"mac\"",
                                "Basicx" + base::encode_base64("a:b"),
                                basic("no colon"),
                                basic(":password"),
                                basic(std::string_view("a:b\0c", 5)),
                                basic("a:b\r\n"),
                                basic("a:b") + " ",
                                basic("a:b") + ", " + basic("a:b")};
  for (const std::string& field : fields) {
    CAPTURE(field);
    CHECK_FALSE(parse_basic(field));
  }
  CHECK(parse_basic("Bearer x").error().code == base::Errc::Unsupported);
}

TEST_CASE("credentials as long as any may be are read, longer ones are not") {
  const std::string user(kMaxAccountBytes, 'u');
  const std::string password(kMaxPasswordBytes, 'p');
  CHECK(parse_basic(basic(user + ":" + password)));
  CHECK(parse_basic(basic(user + "u:" + password)).error().code == base::Errc::TooLarge);
  CHECK(parse_basic(basic(user + ":p" + password)).error().code == base::Errc::TooLarge);
  CHECK(parse_basic(basic("a:" + std::string(100'000, 'p'))).error().code == base::Errc::TooLarge);
}

TEST_CASE("every cut of a credentials field is read or refused") {
  const std::string whole = basic("mac.donald:secret");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    const auto read = parse_basic(whole.substr(0, size));
    if (read)
      CHECK(std::string("mac.donald:secret").starts_with(read->user + ":" + read->password));
  }
}

}  // namespace
}  // namespace home
