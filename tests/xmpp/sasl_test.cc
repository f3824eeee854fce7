#include "xmpp/sasl.h"

#include <doctest/doctest.h>

#include <string>

#include "tests/xmpp/events.h"

namespace xmpp {
namespace {

using namespace std::string_literals;

std::string auth(const std::string& mechanism, const std::string& text) {
  return "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='" + mechanism + "'>" + text +
         "</auth>";
}

TEST_CASE("the guide's two examples are read") {
  const auto token = parse_auth(
      tree(auth("CISCO-VTG-TOKEN", "\ndXNlcmlkPWp1bG1ldEBjYXB1bGV0LmNvbQB0b2tlbj0yMzQ1Njc4\n")));
  REQUIRE(token);
  CHECK(is_vtg_token(token->mechanism));
  CHECK(*parse_vtg_token(token->message) == VtgToken{"julmet@capulet.com", "2345678"});
  const auto plain = parse_auth(tree(auth("PLAIN", "\n  AGp1bG1ldABwYXNzd29yZA==\n")));
  REQUIRE(plain);
  CHECK(plain->mechanism == kPlain);
  CHECK(*parse_plain(plain->message) == PlainMessage{"", "julmet", "password"});
  CHECK(is_vtg_token("CISCO_VTG_TOKEN"));
  CHECK_FALSE(is_vtg_token("PLAIN"));
}

TEST_CASE("an auth that is anything else is refused") {
  CHECK(parse_auth(tree(auth("X", "=")))->message.empty());
  CHECK(parse_auth(tree(auth("X", "")))->message.empty());
  for (const std::string& bad :
       {auth("", "AA=="), auth("X", "AA"), auth("X", "A==="), auth("X", "AB=="), auth("X", "-_=="),
        auth("X", "AA==AA=="), auth("X", "A A="), auth("X", "AA==<x/>"), "<auth mechanism='X'/>"s,
        "<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='X'/>"s}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_auth(tree(bad)));
  }
}

TEST_CASE("what begins to sign in is told from what goes on with it, in SASL and SASL2") {
  struct Case {
    const char* element;
    bool sasl;
    bool begins;
  };
  const Case cases[] = {
      {"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>", true, true},
      {"<authenticate xmlns='urn:xmpp:sasl:2'/>", true, true},
      {"<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>", true, false},
      {"<abort xmlns='urn:xmpp:sasl:2'/>", true, false},
      {"<auth/>", false, false},
      {"<auth xmlns='urn:xmpp:sasl:1'/>", false, false},
      {"<iq type='get'/>", false, false},
  };
  for (const Case& c : cases) {
    CAPTURE(c.element);
    CHECK(is_sasl(tree(c.element)) == c.sasl);
    CHECK(begins_sasl(tree(c.element)) == c.begins);
  }
}

TEST_CASE("an auth that is written reads the same") {
  for (const Auth& one :
       {Auth{"PLAIN", to_string(PlainMessage{"", "mac.donald", "se:cret"})},
        Auth{"CISCO-VTG-TOKEN", to_string(VtgToken{"a@lab.example", "t"})}, Auth{"EXTERNAL", ""}}) {
    const auto read = parse_auth(tree(write_auth(one)));
    REQUIRE(read);
    CHECK(read->mechanism == one.mechanism);
    CHECK(read->message == one.message);
  }
}

TEST_CASE("PLAIN is read strictly") {
  const std::string longest(kMaxSaslPartBytes, 'x');
  CHECK(*parse_plain("a\0b\0c"s) == PlainMessage{"a", "b", "c"});
  CHECK(*parse_plain("\0\xc3\xa4\0 p w "s) == PlainMessage{"", "\xc3\xa4", " p w "});
  CHECK(parse_plain(longest + "\0"s + longest + "\0"s + longest));
  for (const std::string& bad :
       {""s, "a"s, "\0b"s, "\0\0"s, "\0b\0"s, "\0\0c"s, "\0b\0c\0"s, "\0b\0c\0d"s, "\0b\n\0c"s,
        "\0b\0\xff"s, "\0\xc0\x80\0c"s, "\0"s + longest + "x\0c"s, "\0b\0"s + longest + "x",
        longest + "x\0b\0c"s}) {
    CAPTURE(bad.size());
    CHECK_FALSE(parse_plain(bad));
  }
}

TEST_CASE("a token message is read strictly") {
  CHECK(*parse_vtg_token("userid=a@lab.example\0token=b=c"s) == VtgToken{"a@lab.example", "b=c"});
  for (const std::string& bad :
       {""s, "userid=a@b"s, "userid=a@b\0"s, "userid=a@b\0token="s, "userid=\0token=x"s,
        "userid=a\0token=x"s, "userid=@b\0token=x"s, "userid=a@\0token=x"s,
        "userid=a@b c\0token=x"s, "userid=a@b@c\0token=x"s, "USERID=a@b\0token=x"s,
        "token=x\0userid=a@b"s, "userid=a@b\0token=x\0"s, "userid=a@b\0token=x\0more=y"s,
        "\0userid=a@b\0token=x"s, "userid=a@b\0 token=x"s, "userid=a@b\0token=\x01"s,
        "userid=a@b\0token="s + std::string(kMaxSaslPartBytes + 1, 'x'),
        "userid="s + std::string(kMaxSaslPartBytes - 1, 'x') + "@b\0token=x"s}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_vtg_token(bad));
  }
}

TEST_CASE("whom a client says to be is found for the log") {
  struct Case {
    const char* mechanism;
    std::string message;
    const char* user;
  };
  const Case cases[] = {
      {"PLAIN", "\0mac.donald\0se:cret"s, "mac.donald"},
      {"PLAIN", "nonsense", ""},
      {"CISCO-VTG-TOKEN", "userid=a@lab.example\0token=x"s, "a@lab.example"},
      {"SCRAM-SHA-1", "n,,n=mac.donald,r=fyko", "mac.donald"},
      {"SCRAM-SHA-256-PLUS", "p=tls-exporter,a=b,n=mac.donald,r=fyko", "mac.donald"},
      {"SCRAM-SHA-1", "n,,m=x,n=mac.donald", ""},
      {"SCRAM-SHA-1", "n,,n=\xff", ""},
      {"EXTERNAL", "mac.donald", ""},
  };
  for (const Case& c : cases) {
    CAPTURE(c.message);
    CHECK(claimed_user({c.mechanism, c.message}) == c.user);
  }
}

TEST_CASE("a mechanism is added to the features, and nothing else changes") {
  struct Case {
    std::string features;
    bool added;
  };
  const std::string sasl = "urn:ietf:params:xml:ns:xmpp-sasl";
  const Case cases[] = {
      {"<stream:features><mechanisms xmlns='" + sasl +
           "'><mechanism>PLAIN</mechanism></mechanisms><ver xmlns='urn:xmpp:features:rosterver'/>"
           "</stream:features>",
       true},
      {"<stream:features><s:mechanisms xmlns:s='" + sasl +
           "' a='/>'><s:mechanism>PLAIN</s:mechanism ></s:mechanisms ></stream:features>",
       true},
      {"<stream:features><mechanisms xmlns='" + sasl +
           "'><mechanism>PLAIN</mechanism><mechanism> CISCO-VTG-TOKEN </mechanism></mechanisms>"
           "</stream:features>",
       false},
      {"<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></stream:features>",
       false},
      {"<stream:features/>", false},
  };
  for (const Case& c : cases) {
    CAPTURE(c.features);
    const std::string changed = add_mechanism(c.features, kVtgToken);
    CHECK((changed != c.features) == c.added);
    auto before = mechanisms_of(tree(c.features));
    if (c.added) before.emplace_back(kVtgToken);
    CHECK(mechanisms_of(tree(changed)) == before);
    CHECK(tree(changed).children.size() == tree(c.features).children.size());
  }
}

TEST_CASE("the failure is the one that the guide prints") {
  const Element failure = tree(std::string(kVtgTokenFailure));
  CHECK(failure.is("failure", ns::kSasl));
  REQUIRE(failure.children.size() == 2);
  CHECK(failure.children[0].is("temporary-auth-failure", ns::kSasl));
  CHECK(failure.children[1].is("token-expired", ns::kVtgToken));
}

}  // namespace
}  // namespace xmpp
