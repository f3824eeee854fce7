#include "sip/multipart.h"

#include <doctest/doctest.h>

#include <string>

#include "sip/limits.h"

namespace sip {
namespace {

constexpr std::string_view kType = "multipart/mixed;boundary=b";

TEST_CASE("parts are cut at their delimiters") {
  struct Case {
    const char* body;
    std::vector<std::pair<const char*, const char*>> parts;  // type, body
  };
  const Case cases[] = {
      {"--b\r\nContent-Type: a/b\r\n\r\nx\r\n--b--\r\n", {{"a/b", "x"}}},
      {"--b\r\nContent-Type: a/b\r\n\r\nx\r\n--b--", {{"a/b", "x"}}},
      {"--b \t\r\ncontent-type:a/b;q=1 \r\nX-Y: z\r\n\r\nx\r\n--b--  \r\nmore\r\n--b\r\n",
       {{"a/b;q=1", "x"}}},
      {"before\r\n--b\r\n\r\nx\r\n--b\r\n\r\ny\r\n--b--", {{"", "x"}, {"", "y"}}},
      {"--b\r\n\r\n--x\r\n-b\r\n--c--\r\n\r\n--b--", {{"", "--x\r\n-b\r\n--c--\r\n"}}},
      {"--b\r\n\r\n\r\n--b--", {{"", ""}}},
      {"--b\r\n--b--", {{"", ""}}},
      {"--b\r\nContent-Type: a/b\r\n--b--", {{"a/b", ""}}},
      {"--b\r\nContent-Type: a/b\r\n\r\n--b--", {{"a/b", ""}}},
      {"--b\r\n\r\nx --b y\n--b\r\n--b--", {{"", "x --b y\n--b"}}},
  };
  for (const Case& c : cases) {
    CAPTURE(c.body);
    const auto parts = parse_multipart(kType, c.body);
    REQUIRE(parts);
    REQUIRE(parts->size() == c.parts.size());
    for (std::size_t i = 0; i < parts->size(); ++i) {
      CHECK((*parts)[i].type == c.parts[i].first);
      CHECK((*parts)[i].body == c.parts[i].second);
    }
  }
}

TEST_CASE("the boundary is a parameter of the type") {
  const std::string body = "--b\r\n\r\nx\r\n--b--\r\n";
  for (const char* type : {"multipart/mixed; boundary=b", "Multipart/Mixed;x=y;BOUNDARY=\"b\"",
                           "multipart/signed ; boundary = b"}) {
    CAPTURE(type);
    CHECK(parse_multipart(type, body));
  }
  for (const char* type :
       {"", "multipart/mixed", "multipart/mixed;x=boundary", "text/plain;boundary=b",
        "multipart/mixed;boundary=", "multipart/mixed;boundary=\"\"", "multipart/mixed;boundary=c",
        "multipart/mixed;boundary=\"b \"", "multipart/mixed;boundary=\"b\r\n\"",
        "x-multipart/mixed;boundary=b", "multipart/mixed;boundary=b;boundary=c"}) {
    CAPTURE(type);
    CHECK_FALSE(parse_multipart(type, body));
  }
  const std::string longest(70, 'b');
  CHECK(parse_multipart("multipart/mixed;boundary=" + longest,
                        "--" + longest + "\r\n\r\n\r\n--" + longest + "--"));
  CHECK_FALSE(parse_multipart("multipart/mixed;boundary=b" + longest,
                              "--b" + longest + "\r\n\r\n\r\n--b" + longest + "--"));
}

TEST_CASE("bodies that two readers could cut in two ways are refused") {
  for (const char* body : {
           "",
           "x",
           "--b--",
           "--b",
           "--b\r\n",
           "--b\r\n\r\nx",
           "--b\r\n\r\nx\r\n--b",
           "--b\r\n\r\nx\r\n--b\r\n",
           "--b\n\nx\n--b--\n",
           "--b\r\n\r\nx\r\n--bc\r\n--b--",
           "--b\r\n\r\nx\r\n--b--c\r\n--b--",
           "--b\r\n\r\nx\r\n--b-\r\n--b--",
           "--b\r\nno colon\r\n\r\nx\r\n--b--",
           "--b\r\nX: y\nContent-Type: a/b\r\n\r\nx\r\n--b--",
           "--b\r\nX: y\rz\r\n\r\nx\r\n--b--",
           "--b\r\n: x\r\n\r\nx\r\n--b--",
           "--b\r\nContent-Type: a\r\n b\r\n\r\nx\r\n--b--",
           "--b\r\nContent-Type: a/b\r\nContent-Type: c/d\r\n\r\nx\r\n--b--",
           "--b\r\nContent-Transfer-Encoding: base64\r\n\r\nx\r\n--b--",
       }) {
    CAPTURE(body);
    CHECK_FALSE(parse_multipart(kType, body));
  }
}

TEST_CASE("a body has so many parts and no more") {
  std::string body;
  for (std::size_t i = 0; i < kMaxParts; ++i)
    body += "--b\r\n\r\nx\r\n";
  CHECK(parse_multipart(kType, body + "--b--")->size() == kMaxParts);
  const auto more = parse_multipart(kType, body + "--b\r\n\r\n\r\n--b--");
  REQUIRE_FALSE(more);
  CHECK(more.error().code == base::Errc::TooLarge);
}

TEST_CASE("what was made is read back") {
  const std::vector<Part> parts = {
      {"application/text", "<a/>"}, {"", ""}, {"x/y;z=1", "\r\n\r\n--boundary-\r\n"}};
  const Multipart made = make_multipart(parts);
  CHECK(made.type.starts_with("multipart/mixed;boundary=boundary-"));
  CHECK(make_multipart(parts).type != made.type);
  const auto read = parse_multipart(made.type, made.body);
  REQUIRE(read);
  REQUIRE(read->size() == parts.size());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    CHECK((*read)[i].type == parts[i].type);
    CHECK((*read)[i].body == parts[i].body);
  }
  for (std::size_t cut = 0; cut + 4 < made.body.size(); ++cut) {
    CAPTURE(cut);
    CHECK_FALSE(parse_multipart(made.type, std::string_view(made.body).substr(0, cut)));
  }
}

TEST_CASE("media types are compared without case and parameters") {
  CHECK(is_media_type("Application/SDP ; x=y", "application/sdp"));
  CHECK(is_media_type("application/sdp", "application/sdp"));
  CHECK_FALSE(is_media_type("application/sdp2", "application/sdp"));
  CHECK_FALSE(is_media_type("", "application/sdp"));
}

}  // namespace
}  // namespace sip
