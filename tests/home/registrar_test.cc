#include "home/registrar.h"

#include <doctest/doctest.h>

#include "sip/headers.h"
#include "tests/home/scratch.h"

namespace home {
namespace {

using sip::FieldId;
using std::chrono::seconds;

constexpr std::string_view kInstance = "+sip.instance=\"<urn:uuid:0000-1>\"";

// A REGISTER as the core sends it; each part can be replaced.
struct Spec {
  std::string method = "REGISTER";
  std::string uri = "sip:ucm-pub.lab.example";
  std::string to = "<sip:5002@ucm-pub.lab.example>";
  std::string fields = {};  // further ones, each with its line end
  std::string call_id = "0050568b-4cc4@10.106.4.73";
  int cseq = 101;
};

sip::Message message(const Spec& spec) {
  const std::string text = spec.method + " " + spec.uri + " SIP/2.0\r\n" +
                           "Via: SIP/2.0/TCP 127.0.20.85:5060;branch=z9hG4bKcore\r\n"
                           "From: <sip:5002@ucm-pub.lab.example>;tag=1\r\nTo: " +
                           spec.to + "\r\nCall-ID: " + spec.call_id +
                           "\r\nCSeq: " + std::to_string(spec.cseq) + " " + spec.method +
                           "\r\nMax-Forwards: 15\r\n" + spec.fields + "Content-Length: 0\r\n\r\n";
  auto parsed = sip::parse_message(text);
  REQUIRE(parsed);
  return *std::move(parsed);
}

struct Site {
  Lab lab;
  RegistrarPolicy policy{
      {"ucm-pub.lab.example", "ucm-pub", "lab.example", "127.0.20.82", "2001:db8::1"}, 120, 10};
  Arrival arrival{*base::parse_endpoint("127.0.20.84:5060"), *base::parse_ip("127.0.20.85")};
  Bindings bindings = *Bindings::open(lab.scratch.path("home.db"));
  Registrar registrar{policy, lab.store, bindings, lab.clock};

  RegistrarAnswer answer(const Spec& spec) { return registrar.answer(message(spec), arrival); }
  int status(const Spec& spec) { return answer(spec).response->status(); }
  // A REGISTER with these fields and the next CSeq.
  RegistrarAnswer put(const std::string& fields) {
    Spec spec;
    spec.fields = fields;
    spec.cseq = ++cseq;
    return answer(spec);
  }
  int cseq = 200;
};

std::string contacts(const RegistrarAnswer& answer) {
  std::string all;
  for (const std::string_view value : answer.response->values(FieldId::Contact))
    all += std::string(value) + "\n";
  return all;
}

TEST_CASE("a new phone is answered as the call manager does, a refresh without the document") {
  Site site;
  const auto first = site.put(
      "Contact: <sip:9644@10.0.0.1:5060;transport=tcp>;+sip.instance=\"<urn:uuid:1>\";video\r\n"
      "Expires: 3600\r\nSupported: replaces,X-cisco-duplicate-reg\r\n");
  REQUIRE(first.response->status() == 200);
  CHECK(contacts(first) ==
        "<sip:9644@10.0.0.1:5060;transport=tcp>;+sip.instance=\"<urn:uuid:1>\";video;expires=120;"
        "x-cisco-newreg\n");
  CHECK(first.response->value(FieldId::Expires) == "120");
  CHECK(first.response->value(FieldId::Date) == "Fri, 20 Nov 2026 11:50:00 GMT");
  CHECK(first.response->value(FieldId::Supported)
            .starts_with("X-cisco-srtp-fallback,X-cisco-sis-6.0.0"));
  CHECK(first.response->value(FieldId::ContentType) == "application/x-cisco-remotecc-response+xml");
  CHECK(first.response->body().find("<combine max=\"6\">") != std::string_view::npos);
  CHECK(first.response->value(FieldId::To).find(";tag=") != std::string_view::npos);
  CHECK(first.response->find(FieldId::Require) == nullptr);
  CHECK(first.fresh.size() == 1);
  CHECK(first.reason.empty());

  site.lab.clock.advance(seconds(60));
  const auto query = site.put("");
  CHECK(contacts(query).find(";expires=60\n") != std::string::npos);
  CHECK(query.response->find(FieldId::Expires) == nullptr);
  const auto again = site.put(
      "Contact: <sip:9644@10.0.0.1:5060;transport=tcp>;+sip.instance=\"<urn:uuid:1>\"\r\n");
  CHECK(again.fresh.empty());
  CHECK(again.changes.stored.size() == 1);
  CHECK(again.response->body().empty());
  CHECK(contacts(again).find("newreg") == std::string::npos);
  CHECK(contacts(again).find(";expires=120") != std::string::npos);

  const auto gone = site.put(
      "Contact: <sip:9644@10.0.0.1:5060;transport=tcp>;+sip.instance=\"<urn:uuid:1>\";expires=0"
      "\r\n");
  CHECK(gone.response->status() == 200);
  CHECK(gone.response->value(FieldId::Expires) == "0");
  CHECK(contacts(gone).empty());
  CHECK(gone.changes.removed.size() == 1);
}

TEST_CASE("who and what is asked decides before anything is stored") {
  Site site;
  struct Case {
    Spec spec;
    int status;
    const char* why;
  };
  const std::string contact = "Contact: <sip:u@10.0.0.1>\r\n";
  const Case cases[] = {
      {{.uri = "sip:ucm-pub"}, 200, "the label of a node"},
      {{.uri = "sip:LAB.example:5060;transport=tcp"}, 200, "a domain"},
      {{.uri = "sip:127.0.20.82"}, 200, "an address listened on"},
      {{.uri = "sip:[2001:DB8:0::1]"}, 200, "in another spelling"},
      {{.uri = "sip:127.0.20.84:5060"}, 200, "the address it came to"},
      {{.uri = "sip:127.0.20.99"}, 404, "an address of somebody else"},
      {{.uri = "sip:other.example"}, 404, "another domain"},
      {{.uri = "sip:lab.example.evil.example"}, 404, "another domain, alike"},
      {{.uri = "sips:lab.example"}, 416, "no TLS here"},
      {{.uri = "tel:+15002"}, 416, "another scheme"},
      {{.uri = "sip:"}, 400, "no URI at all"},
      {{.to = "<sip:5003@lab.example>"}, 200, "another line"},
      {{.to = "<sip:%35002@lab.example>"}, 200, "an escape"},
      {{.to = "<sip:5002;ext=1@lab.example>"}, 200, "a user's parameter"},
      {{.to = "<sip:5004@lab.example>"}, 404, "nobody's line"},
      {{.to = "<sip:5002'--@lab.example>"}, 404, "no line at all"},
      {{.to = "<sip:lab.example>"}, 404, "no user"},
      {{.to = "<sip:5002@other.example>"}, 404, "a line of another domain"},
      {{.to = "<tel:5002>"}, 404, "no SIP address"},
      {{.fields = contact + "Require: path, outbound\r\n"}, 200, "known options"},
      {{.fields = contact + "Require: gruu\r\n"}, 420, "an unknown one"},
      {{.method = "INVITE", .uri = "sip:5002@lab.example"}, 404, "a call"},
      {{.method = "INVITE", .uri = "sip:lab.example"}, 405, "a call to the registrar"},
      {{.method = "SUBSCRIBE", .uri = "sip:lab.example"}, 405, "a method we have not"},
      {{.method = "OPTIONS", .uri = "sip:lab.example"}, 200, "the registrar itself"},
      {{.method = "OPTIONS", .uri = "sip:5002@lab.example"}, 404, "a line"},
      {{.method = "OPTIONS", .uri = "sip:other.example"}, 404, "another domain"},
      {{.method = "CANCEL", .uri = "sip:lab.example"}, 481, "nothing to cancel"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.why);
    const auto answer = site.answer(c.spec);
    CAPTURE(answer.reason);
    CHECK(answer.response->status() == c.status);
    CHECK(answer.reason.empty() == (c.status == 200));
    if (c.status == 405) CHECK(answer.response->value(FieldId::Allow) == "REGISTER, OPTIONS");
    if (c.status == 420) CHECK(answer.response->value(FieldId::Unsupported) == "gruu");
  }
  Spec ack;
  ack.method = "ACK";
  CHECK_FALSE(site.answer(ack).response);
}

TEST_CASE("Contacts and Expires: what is granted, what is refused") {
  struct Case {
    const char* fields;
    int status;
    const char* expires;  // of the answer
  };
  const Case cases[] = {
      {"Contact: <sip:u@h>\r\n", 200, "120"},
      {"Contact: <sip:u@h>\r\nExpires: 60\r\n", 200, "60"},
      {"Contact: <sip:u@h>;expires=30\r\nExpires: 60\r\n", 200, "30"},
      {"Contact: <sip:u@h>;expires=4294967295\r\n", 200, "120"},
      {"Contact: <sip:u@h>;expires=10\r\n", 200, "10"},
      {"Contact: <sip:u@h>;expires=9\r\n", 423, ""},
      {"Contact: <sip:u@h>\r\nExpires: 1\r\n", 423, ""},
      {"Contact: <sip:u@h>;expires=0\r\nExpires: 5\r\n", 200, "0"},
      {"Contact: *\r\nExpires: 0\r\n", 200, "0"},
      {"Contact: *\r\n", 400, ""},
      {"Contact: *\r\nExpires: 60\r\n", 400, ""},
      {"Contact: *\r\nContact: <sip:u@h>\r\nExpires: 0\r\n", 400, ""},
      {"Contact: *\r\nContact: *\r\nExpires: 0\r\n", 400, ""},
      {"Contact: <sips:u@h>\r\n", 400, ""},
      {"Contact: <sips:u@h>\r\nPath: <sip:127.0.20.85;lr>\r\n", 200, "120"},
      {"Contact: <mailto:u@h>\r\n", 400, ""},
      {"Contact: <sip:u@h>, <sip:u@H>\r\n", 400, ""},
      {"Contact: <sip:u@h>\r\nPath: <mailto:u@h>\r\n", 400, ""},
  };
  for (const Case& c : cases) {
    CAPTURE(c.fields);
    Site site;
    const auto answer = site.put(c.fields);
    CAPTURE(answer.reason);
    CHECK(answer.response->status() == c.status);
    if (c.status == 200) CHECK(answer.response->value(FieldId::Expires) == c.expires);
    if (c.status == 423) CHECK(answer.response->value(FieldId::MinExpires) == "10");
    if (c.status != 200) CHECK(site.bindings.all(0)->empty());
  }
}

TEST_CASE("an old CSeq changes nothing, and nothing of its message is done") {
  Site site;
  Spec spec;
  spec.fields = "Contact: <sip:a@h>\r\n";
  REQUIRE(site.status(spec) == 200);
  CHECK(site.status(spec) == 400);  // the same again
  spec.cseq = 100;
  CHECK(site.status(spec) == 400);
  spec.fields = "Contact: <sip:new@h>, <sip:a@h>;expires=0\r\n";
  CHECK(site.status(spec) == 400);
  CHECK(site.bindings.all(0)->size() == 1);
  spec.fields = "Contact: *\r\nExpires: 0\r\n";
  CHECK(site.status(spec) == 400);
  spec.call_id = "another@10.0.0.2";  // then the number says nothing
  CHECK(site.status(spec) == 200);
  CHECK(site.bindings.all(0)->empty());
}

TEST_CASE("several phones share a line, and each line has its own") {
  Site site;
  REQUIRE(site.put("Contact: <sip:a@h>, <sip:b@h>;expires=60\r\n").response->status() == 200);
  const auto third = site.put("Contact: <sip:c@h>\r\n");
  CHECK(third.response->values(FieldId::Contact).size() == 3);
  CHECK(third.fresh.size() == 1);
  CHECK(contacts(third).find("<sip:b@h>;expires=60\n") != std::string::npos);
  CHECK(contacts(third).find("<sip:c@h>;expires=120;x-cisco-newreg\n") != std::string::npos);
  Spec other;
  other.to = "<sip:5003@lab.example>";
  CHECK(site.answer(other).response->count(FieldId::Contact) == 0);
  site.lab.clock.advance(seconds(61));
  CHECK(site.put("").response->values(FieldId::Contact).size() == 2);
  CHECK(site.put("Contact: *\r\nExpires: 0\r\n").changes.removed.size() == 2);
}

TEST_CASE("an instance with its reg-id is one phone, wherever it is") {
  Site site;
  const auto put = [&](const std::string& uri, std::string_view params) {
    return site.put("Supported: path, outbound\r\nContact: <" + uri + ">;" + std::string(params) +
                    "\r\n");
  };
  const std::string first = std::string(kInstance) + ";reg-id=1";
  const auto answer = put("sip:u@10.0.0.1:1000", first);
  CHECK(answer.response->value(FieldId::Require) == "outbound");
  const auto moved = put("sip:u@10.0.0.1:2000", first);
  CHECK(moved.fresh.empty());
  CHECK(moved.response->values(FieldId::Contact).size() == 1);
  CHECK(contacts(moved).find(":2000") != std::string::npos);
  CHECK(put("sip:u@10.0.0.1:2000", std::string(kInstance) + ";reg-id=2").fresh.size() == 1);
  // Without a reg-id the instance alone tells it.
  CHECK(put("sip:u@10.0.0.1:3000", kInstance).fresh.size() == 1);
  CHECK(put("sip:u@10.0.0.1:4000", kInstance).fresh.empty());
  CHECK(put("sip:u@10.0.0.1:4000", "+sip.instance=\"<urn:uuid:2>\"").fresh.size() == 1);
  CHECK(site.bindings.all(0)->size() == 4);
  const auto two = site.put("Contact: <sip:x@h>;" + first + ", <sip:y@h>\r\n");
  CHECK(two.response->status() == 400);
}

TEST_CASE("Path is kept, and told to those who know it") {
  Site site;
  const std::string path = "Path: <sip:127.0.20.85;lr>,<sip:a;lr>\r\nPath: <sip:b;lr>\r\n";
  const auto told = site.put(path + "Supported: path\r\nContact: <sip:u@h>\r\n");
  const auto values = told.response->values(FieldId::Path);
  REQUIRE(values.size() == 3);
  CHECK(values[0] == "<sip:127.0.20.85;lr>");
  CHECK(values[2] == "<sip:b;lr>");
  CHECK(site.bindings.all(0)->front().path == "<sip:127.0.20.85;lr>,<sip:a;lr>,<sip:b;lr>");
  CHECK(site.bindings.all(0)->front().proxy == "127.0.20.85");
  const auto silent = site.put("Path: <sip:c;lr>\r\nContact: <sip:u@h>\r\n");
  CHECK(silent.response->find(FieldId::Path) == nullptr);
  site.put("Contact: <sip:direct@h>\r\n");
  CHECK(site.bindings.all(0)->back().proxy.empty());
  CHECK(site.bindings.all(0)->front().path == "<sip:c;lr>");
}

TEST_CASE("there is an end to everything") {
  Site site;
  const auto list = [](std::size_t count, const std::string& prefix) {
    std::string fields = "Contact: <sip:" + prefix + "0@h>";
    for (std::size_t i = 1; i < count; ++i)
      fields += ",<sip:" + prefix + std::to_string(i) + "@h>";
    return fields + "\r\n";
  };
  CHECK(site.put(list(kMaxContacts + 1, "a")).response->status() == 400);
  CHECK(site.put(list(kMaxBindings + 1, "a")).response->status() == 403);
  CHECK(site.bindings.all(0)->empty());
  CHECK(site.put(list(kMaxBindings, "a")).response->status() == 200);
  const auto full = site.put("Contact: <sip:more@h>\r\n");
  CHECK(full.response->status() == 403);
  CHECK(full.response->reason().find("16 phones") != std::string_view::npos);
  CHECK(site.put("Contact: <sip:more@h>, <sip:a0@h>;expires=0\r\n").response->status() == 200);
  const std::string longest(kMaxPathBytes - std::string_view("<sip:@h;lr>").size(), 'p');
  CHECK(
      site.put("Contact: <sip:a1@h>\r\nPath: <sip:" + longest + "@h;lr>\r\n").response->status() ==
      200);
  CHECK(
      site.put("Contact: <sip:a1@h>\r\nPath: <sip:" + longest + "p@h;lr>\r\n").response->status() ==
      400);
  Spec spec;
  spec.call_id = std::string(kMaxCallIdBytes, 'c');
  CHECK(site.status(spec) == 200);
  spec.call_id += 'c';
  CHECK(site.status(spec) == 400);
}

TEST_CASE("the largest answer is a message that others take") {
  Site site;
  for (int phone = 0; phone < static_cast<int>(kMaxBindings); ++phone) {
    const std::string user(kMaxContactBytes - 20, static_cast<char>('a' + phone));
    REQUIRE(site.put("Contact: <sip:" + user + "@10.0.0.1>\r\n").response->status() == 200);
  }
  const std::string text = site.put("").response->to_string();
  CHECK(text.size() > kMaxBindings * 1000);
  CHECK(sip::parse_message(text));
}

TEST_CASE("bindings outlive the registrar") {
  Site site;
  site.put("Contact: <sip:a@h>\r\n");
  Bindings again = *Bindings::open(site.lab.scratch.path("home.db"));
  Registrar other(site.policy, site.lab.store, again, site.lab.clock);
  CHECK(other.answer(message({}), site.arrival).response->values(FieldId::Contact).size() == 1);
}

}  // namespace
}  // namespace home
