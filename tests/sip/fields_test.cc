#include <doctest/doctest.h>

#include <string>

#include "base/text.h"
#include "sip/message.h"

namespace sip {
namespace {

using Values = std::vector<std::string_view>;

TEST_CASE("every field is known by its name, whatever the case") {
  for (int id = 1; id <= static_cast<int>(FieldId::SallyportFlow); ++id) {
    const auto field = static_cast<FieldId>(id);
    CAPTURE(name_of(field));
    CHECK(field_id(name_of(field)) == field);
    CHECK(field_id(base::to_lower(name_of(field))) == field);
    CHECK(field_id(std::string(name_of(field)) + "x") == FieldId::Other);
  }
  CHECK(name_of(FieldId::Other).empty());
}

TEST_CASE("compact names are known, and names of others are not") {
  struct Case {
    const char* name;
    FieldId id;
  };
  const Case cases[] = {
      {"v", FieldId::Via},           {"V", FieldId::Via},
      {"f", FieldId::From},          {"t", FieldId::To},
      {"i", FieldId::CallId},        {"m", FieldId::Contact},
      {"l", FieldId::ContentLength}, {"c", FieldId::ContentType},
      {"k", FieldId::Supported},     {"o", FieldId::Event},
      {"y", FieldId::Identity},      {"s", FieldId::Other},
      {"", FieldId::Other},          {"Vib", FieldId::Other},
      {"C%6Fntact", FieldId::Other},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    CHECK(field_id(c.name) == c.id);
  }
}

TEST_CASE("a list is split outside of quotes and brackets") {
  CHECK(split_list("a") == Values{"a"});
  CHECK(split_list("") == Values{""});
  CHECK(split_list(" a , b\t,c ") == Values{"a", "b", "c"});
  CHECK(split_list(",a,") == Values{"", "a", ""});
  CHECK(split_list("<sip:a,b@c>,d") == Values{"<sip:a,b@c>", "d"});
  CHECK(split_list("\"a,b\" <x>,c") == Values{"\"a,b\" <x>", "c"});
  CHECK(split_list("\"a\\\",b\",c") == Values{"\"a\\\",b\"", "c"});
  CHECK(split_list("\"a\\\\\",c") == Values{"\"a\\\\\"", "c"});
  CHECK(split_list("\"<\",c") == Values{"\"<\"", "c"});
  CHECK(split_list("<\">,c") == Values{"<\">", "c"});
  CHECK(split_list("\"open,c") == Values{"\"open,c"});
  CHECK(split_list("<open,c") == Values{"<open,c"});
  CHECK(split_list("a,\"b\\") == Values{"a", "\"b\\"});
}

TEST_CASE("only what the grammar has as lists is split") {
  CHECK(is_list(FieldId::Via));
  CHECK(is_list(FieldId::Contact));
  for (const FieldId id : {FieldId::Other, FieldId::To, FieldId::Date, FieldId::WwwAuthenticate,
                           FieldId::ProxyAuthorization, FieldId::CallId, FieldId::UserAgent}) {
    CAPTURE(name_of(id));
    CHECK_FALSE(is_list(id));
  }
}

}  // namespace
}  // namespace sip
