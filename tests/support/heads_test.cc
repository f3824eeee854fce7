#include "support/heads.h"

#include <doctest/doctest.h>

namespace support {
namespace {

net::http::ResponseHead with_cookies(std::initializer_list<std::string> values) {
  net::http::ResponseHead head;
  for (const std::string& value : values)
    head.fields.add("Set-Cookie", value);
  return head;
}

TEST_CASE("credentials never appear in a head that is shown") {
  net::http::RequestHead request;
  request.method = "GET";
  request.authority = "edge:8443";
  request.target = "/x";
  for (const char* name : {"Authorization", "cookie", "PROXY-AUTHORIZATION"}) {
    request.fields.add(name, "s3cret");
  }
  request.fields.add("Accept", "*/*");
  const std::string text = masked_text(request);
  CHECK(text.find("s3cret") == std::string::npos);
  CHECK(text.starts_with("GET /x HTTP\nHost: edge:8443\nAuthorization: xxxxx\n"));
  CHECK(text.find("Accept: */*\n") != std::string::npos);
  CHECK(masked_text(with_cookies({"X-Auth=s3cret; Path=/"})) == "HTTP 200 OK\nSet-Cookie: xxxxx\n");
}

TEST_CASE("bytes that could move a terminal's cursor are escaped") {
  net::http::ResponseHead head;
  head.fields.add("Server", "a\x1b[2Jb");
  CHECK(masked_text(head) == "HTTP 200 OK\nServer: a\\x1b[2Jb\n");
}

TEST_CASE("the session cookie is found among others, and its attributes are seen") {
  struct Case {
    std::initializer_list<std::string> values;
    std::string_view value;
    bool secure;
    bool http_only;
  };
  const Case cases[] = {
      {{"X-Auth=abc; Path=/; Secure; HttpOnly"}, "abc", true, true},
      {{"X-Auth=abc"}, "abc", false, false},
      {{"X-Auth= abc ;secure;HTTPONLY"}, "abc", true, true},
      {{"JSESSIONID=1; Secure", "X-Auth=abc; HttpOnly"}, "abc", false, true},
      {{"X-Auth=old; Secure", "X-Auth=new"}, "new", false, false},
      {{"X-Auth=a.b_c-d=="}, "a.b_c-d==", false, false},
      {{"nonsense", "X-Auth=abc"}, "abc", false, false},
  };
  for (const Case& c : cases) {
    CAPTURE(c.value);
    const auto cookie = session_cookie(with_cookies(c.values));
    REQUIRE(cookie);
    CHECK(cookie->value == c.value);
    CHECK(cookie->secure == c.secure);
    CHECK(cookie->http_only == c.http_only);
  }
}

TEST_CASE("an answer without a usable session cookie is refused") {
  struct Case {
    std::string value;
    base::Errc code;
  };
  const Case cases[] = {
      {"JSESSIONID=1", base::Errc::NotFound},
      {"x-auth=abc", base::Errc::NotFound},  // names of cookies have a case
      {"X-Auth", base::Errc::NotFound},
      {"X-Auth=", base::Errc::Malformed},
      {"X-Auth=a b", base::Errc::Malformed},
      {"X-Auth=\"a\"", base::Errc::Malformed},
      {"X-Auth=a,b", base::Errc::Malformed},
      {"X-Auth=a\xff", base::Errc::Malformed},
      {"X-Auth=" + std::string(kMaxCookieBytes + 1, 'a'), base::Errc::TooLarge},
  };
  for (const Case& c : cases) {
    CAPTURE(c.value.substr(0, 40));
    const auto cookie = session_cookie(with_cookies({c.value}));
    REQUIRE(!cookie);
    CHECK(cookie.error().code == c.code);
  }
  CHECK(session_cookie(with_cookies({"X-Auth=" + std::string(kMaxCookieBytes, 'a')})));
}

}  // namespace
}  // namespace support
