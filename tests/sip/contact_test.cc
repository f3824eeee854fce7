#include <doctest/doctest.h>

#include <string>

#include "sip/forward.h"
#include "sip/limits.h"

namespace sip {
namespace {

constexpr std::string_view kCore = "core.lab.example:5060";

base::Result<std::string> hide(std::string_view value, std::string_view state = "St-4_te") {
  return hide_contact(value, kCore, "tcp", state);
}

std::string restored(std::string_view value) {
  Message message = Message::response(200, "OK");
  message.add(FieldId::Contact, value);
  restore_contacts(message);
  return std::string(message.value(FieldId::Contact));
}

TEST_CASE("a Contact is hidden behind the core and comes back letter by letter") {
  struct Case {
    const char* value;
    const char* hidden;
  };
  const Case cases[] = {
      {"<sip:u@10.106.4.73:49256;transport=tls;ob>;+sip.instance=\"<urn:uuid:0>\";video",
       "<sip:u@core.lab.example:5060;transport=tcp;ob;orig-hostport=10.106.4.73:49256;"
       "flow=St-4_te>;+sip.instance=\"<urn:uuid:0>\";video"},
      {"\"Mac, <Don>\" <sip:u@h;Transport=TLS>",
       "\"Mac, <Don>\" <sip:u@core.lab.example:5060;Transport=tcp;orig-hostport=h;"
       "orig-transport=TLS;flow=St-4_te>"},
      {"<sips:u:p%20w@h:5061>;expires=3",
       "<sip:u:p%20w@core.lab.example:5060;transport=tcp;orig-hostport=h:5061;orig-transport;"
       "orig-scheme=sips;flow=St-4_te>;expires=3"},
      {"<SIP:[2001:db8::9]:05061;x=y;transport=ws;z?subject=a&b=c>",
       "<sip:core.lab.example:5060;x=y;transport=tcp;z;orig-hostport=[2001:db8::9]:05061;"
       "orig-transport=ws;orig-scheme=SIP;flow=St-4_te?subject=a&b=c>"},
      {"<sip:u;par=u%40h@h;user=phone>",
       "<sip:u;par=u%40h@core.lab.example:5060;user=phone;transport=tcp;orig-hostport=h;"
       "orig-transport;flow=St-4_te>"},
      {"*", "*"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.value);
    const auto hidden = hide(c.value);
    REQUIRE(hidden);
    CHECK(*hidden == c.hidden);
    CHECK(restored(*hidden) == c.value);
  }
}

TEST_CASE("an address without brackets gets them") {
  const auto hidden = hide("sip:u@h:5070;expires=60");
  REQUIRE(hidden);
  CHECK(*hidden ==
        "<sip:u@core.lab.example:5060;transport=tcp;orig-hostport=h:5070;orig-transport;"
        "flow=St-4_te>;expires=60");
  CHECK(restored(*hidden) == "<sip:u@h:5070>;expires=60");
}

TEST_CASE("the state comes back with the URI") {
  std::string state = "old";
  CHECK(original_uri("sip:u@c;transport=tcp;orig-hostport=h:1;flow=abc", &state) ==
        "sip:u@h:1;transport=tls");
  CHECK(state == "abc");
  CHECK(original_uri("sip:u@c;transport=tcp;orig-hostport=h:1", &state));
  CHECK(state.empty());
  const auto plain = hide("<sip:u@h;transport=tls>", "");
  REQUIRE(plain);
  CHECK(*plain == "<sip:u@core.lab.example:5060;transport=tcp;orig-hostport=h>");
}

TEST_CASE("a registrar may turn the parameters about or drop the transport") {
  CHECK(original_uri("sip:u@c;flow=f;ORIG-HOSTPORT=h;lr;Transport=udp") ==
        "sip:u@h;lr;Transport=tls");
  CHECK(original_uri("sip:u@c;orig-hostport=h;flow=f") == "sip:u@h;transport=tls");
  CHECK(original_uri("sip:u@c;orig-hostport=h;orig-transport=ws;flow=f") == "sip:u@h;transport=ws");
  CHECK(original_uri("sip:u@c;orig-hostport=h;orig-transport;flow=f") == "sip:u@h");
}

TEST_CASE("URIs that are not ours have no original") {
  std::string state = "kept";
  for (const char* uri :
       {"sip:u@c", "sip:u@c;orig-hostport", "sip:u@c;orig-hostport=", "", "tel:5002",
        "sip:u@c;orig-hostport=h;orig-hostport=g", "sip:u@c;orig-hostport=h:99999",
        "sip:u@c;orig-hostport=[h]", "sip:u@c;orig-hostport=h&x", "sip:u@c;orig-hostport=a/b",
        "sip:u@c;orig-hostport=h;orig-scheme=http", "sip:u@c;orig-hostport=h;orig-scheme=tel",
        "sip:u@c;orig-hostport=h;flow=a;flow=b"}) {
    CAPTURE(uri);
    CHECK_FALSE(original_uri(uri, &state));
    CHECK(state == "kept");
  }
}

TEST_CASE("a client cannot bring our parameters, nor an address past the core") {
  for (const char* value : {"<sip:u@h;orig-hostport=x>",
                            "<sip:u@h;Orig-Transport=x>",
                            "<sip:u@h;orig-scheme=x>",
                            "<sip:u@h;flow=x>",
                            "<sip:u@h;flow>",
                            "<sip:u@h;%66low=x>",
                            "<sip:u@h;orig%2Dhostport=x>",
                            "<sip:u@h;maddr=10.0.0.1>",
                            "<sip:u@h;m%61ddr=10.0.0.1>",
                            "<sip:u@h;%74ransport=udp>",
                            "<sip:u@h;transport=>",
                            "<sip:u@h;transport>",
                            "<sip:u@h;transport=tls;transport=tcp>",
                            "<sip:u@h;a;a>",
                            "<sip:u@h;>",
                            "<sip:@h>",
                            "<tel:5002>",
                            "<mailto:a@b>",
                            "<sip:u@h",
                            "",
                            "<>",
                            "sip:u@h,sip:v@g"}) {
    CAPTURE(value);
    CHECK_FALSE(hide(value));
  }
  // In the user part and in the header's own parameters these are but words.
  CHECK(hide("<sip:u;flow=x@h>;flow=x;maddr=y"));
}

TEST_CASE("a URI that is full already has no room for ours") {
  std::string params;
  for (std::size_t i = 0; i + 3 < kMaxParams; ++i)
    params += ";p" + std::to_string(i);
  CHECK_FALSE(hide("<sip:u@h" + params + ">"));
  params.resize(params.rfind(';'));
  const auto hidden = hide("<sip:u@h" + params + ">");
  REQUIRE(hidden);
  CHECK(restored(*hidden) == "<sip:u@h" + params + ">");
}

TEST_CASE("all Contacts of a message come back, others stay") {
  Message message = Message::response(200, "OK");
  message.add(FieldId::Contact, "<sip:other@x>;expires=1 ,  \"a,b\" <sip:v@y;lr>");
  message.add(FieldId::Contact,
              "<sip:u@c;transport=tcp;orig-hostport=h:1;flow=f>;expires=60, <sip:w@z>");
  message.add("m", "<sip:u@c;transport=tcp;orig-hostport=[::1]:2;orig-transport=tcp>");
  message.add(FieldId::To, "<sip:u@c;orig-hostport=h:1>");
  restore_contacts(message);
  CHECK(message.fields()[0].value == "<sip:other@x>;expires=1 ,  \"a,b\" <sip:v@y;lr>");
  CHECK(message.fields()[1].value == "<sip:u@h:1;transport=tls>;expires=60, <sip:w@z>");
  CHECK(message.fields()[2].value == "<sip:u@[::1]:2;transport=tcp>");
  CHECK(message.value(FieldId::To) == "<sip:u@c;orig-hostport=h:1>");
}

}  // namespace
}  // namespace sip
