#include "policy/basic_auth.h"

#include <doctest/doctest.h>

#include "base/base64.h"

namespace policy {
namespace {

std::string field_of(std::string_view text) {
  return "Basic " + base::encode_base64(text);
}

TEST_CASE("credentials are read and written") {
  struct Case {
    std::string field;
    std::string user;
    std::string password;
  };
  const Case cases[] = {
      {"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin", "open sesame"},  // RFC 7617 section 2
      {"basic   QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin", "open sesame"},
      {"Basic dGVzdDoxMjPCow==", "test", "123\xc2\xa3"},  // RFC 7617 section 2.1
      {field_of("a:b:c"), "a", "b:c"},
      {field_of("a:"), "a", ""},
  };
  for (const Case& c : cases) {
    CAPTURE(c.field);
    const auto credentials = parse_basic(c.field);
    REQUIRE(credentials);
    CHECK(*credentials == BasicCredentials{c.user, c.password});
    CHECK(*parse_basic(to_string(*credentials)) == *credentials);
  }
}

TEST_CASE("what is not exactly that is refused") {
  const std::string cases[] = {
      "",
      "Basic",
      "Basic ",
      "Bearer abc",
      "BasicQWxhZGRpbjpvcGVu",
      "Basic\tQTpC",
      "Basic QTpC QTpC",
      "Basic QTpC ",
      "Basic QTpCQw",
      "Basic QTpCQx==",
      "Basic Q-_C",
      "Basic QTpC\n",
      field_of(""),
      field_of("nocolon"),
      field_of(":x"),
      field_of("a\n:b"),
      field_of("a:b\r"),
      field_of(std::string_view("a\0:b", 4)),
      field_of("a:\x7f"),
      field_of("a:\xc2\x85"),
      field_of("a:\xff"),
      field_of("a:\xc0\xaf"),
      field_of("a:\xed\xa0\x80"),
      field_of("a:\xf4\x90\x80\x80"),
      field_of("a:\xe2\x82"),
  };
  for (const std::string& field : cases) {
    CAPTURE(field);
    CHECK_FALSE(parse_basic(field));
  }
}

TEST_CASE("user and password have limits") {
  const std::string user(kMaxBasicUserBytes, 'u');
  const std::string password(kMaxPasswordBytes, 'p');
  CHECK(parse_basic(field_of(user + ":" + password)));
  for (const std::string& text :
       {user + "u:p", "u:" + password + "p", user + ":" + password + "pp"}) {
    CHECK(parse_basic(field_of(text)).error().code == base::Errc::TooLarge);
  }
}

}  // namespace
}  // namespace policy
