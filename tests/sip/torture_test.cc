// The messages of RFC 4475 and RFC 5118, each through Framer, parse_message and the judgement of
// form. What a message means (483, 420, 404 …) is tested where it is decided.

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "base/text.h"
#include "sip/check.h"
#include "sip/framer.h"
#include "sip/headers.h"
#include "sip/message.h"

namespace sip {
namespace {

constexpr const char* kRfc4475 = "rfc4475";
constexpr const char* kRfc5118 = "rfc5118";

std::string read_file(const std::string& path) {
  std::ifstream file(std::string(TEST_DATA "/torture/") + path, std::ios::binary);
  REQUIRE(file.good());
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string read_case(const char* folder, const std::string& name) {
  return read_file(std::string(folder) + "/" + name + ".dat");
}

// As a stream reads it: the first frame, which must be a message.
Message first_message(const char* folder, const std::string& name) {
  CAPTURE(name);
  const std::string text = read_case(folder, name);
  Framer framer;
  const Frame frame = framer.next(text);
  REQUIRE(frame.kind == Frame::Kind::Message);
  base::Result<Message> message = parse_message(std::string_view(text).substr(0, frame.bytes));
  REQUIRE(message);
  return std::move(*message);
}

NameAddr address_of(const Message& message, FieldId id) {
  const base::Result<NameAddr> address = parse_name_addr(message.value(id));
  REQUIRE(address);
  return *address;
}

// One line of a manifest.
struct Row {
  std::string name;
  std::string syntax;
  std::string kind;
  std::string expected;
  std::size_t bytes = 0;
};

std::vector<Row> read_manifest(const char* folder) {
  std::vector<Row> rows;
  const std::string manifest = read_file(std::string(folder) + "/manifest.tsv");
  for (const std::string_view line : base::split(manifest, '\n')) {
    const std::vector<std::string_view> columns = base::split(line, '\t');
    if (columns.size() < 9 || columns[0] == "name") continue;
    const auto bytes = base::parse_decimal(columns[8]);
    REQUIRE(bytes);
    rows.push_back({std::string(columns[0]), std::string(columns[3]), std::string(columns[4]),
                    std::string(columns[5]), static_cast<std::size_t>(*bytes)});
  }
  return rows;
}

// What becomes of a message: 0 no fault, the status of the fault, or one of these.
constexpr int kNeedMore = 1;
constexpr int kBadFrame = 2;
constexpr int kDropped = 3;  // a response

int verdict_of(std::string_view text) {
  Framer framer;
  const Frame frame = framer.next(text);
  if (frame.kind == Frame::Kind::NeedMore) return kNeedMore;
  if (frame.kind == Frame::Kind::Bad) return kBadFrame;
  REQUIRE(frame.kind == Frame::Kind::Message);
  const base::Result<Message> message = parse_message(text.substr(0, frame.bytes));
  REQUIRE(message);
  if (!message->is_request()) return check_response(*message) ? kDropped : 0;
  const std::optional<Fault> fault = check_request(*message);
  if (fault) CAPTURE(fault->detail);
  return fault ? fault->status : 0;
}

const std::map<std::string, int>& refused() {
  static const std::map<std::string, int> cases = {
      {"badinv01", 400},      {"clerr", kNeedMore}, {"ncl", kBadFrame},    {"scalar02", 400},
      {"scalarlg", kDropped}, {"quotbal", 400},     {"ltgtruri", 400},     {"lwsruri", 400},
      {"lwsstart", 400},      {"trws", 400},        {"escruri", 400},      {"baddate", 400},
      {"regbadct", 400},      {"badaspec", 400},    {"baddn", 400},        {"badvers", 505},
      {"mismatch01", 400},    {"mismatch02", 400},  {"bigcode", kDropped}, {"badbranch", 400},
      {"insuf", 400},         {"unkscm", 416},      {"novelsc", 416},      {"multi01", 400},
      {"mcl01", kBadFrame},   {"ipv6-bad", 400},
  };
  return cases;
}

void run_all(const char* folder, std::size_t count) {
  const std::vector<Row> rows = read_manifest(folder);
  CHECK(rows.size() == count);
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const std::string text = read_case(folder, row.name);
    CHECK(text.size() == row.bytes);
    const auto found = refused().find(row.name);
    const int wanted = found == refused().end() ? 0 : found->second;
    const int verdict = verdict_of(text);
    CHECK(verdict == wanted);
    // The table above says nothing that the manifest does not.
    if (row.syntax == "invalid") CHECK(verdict != 0);
    if (verdict >= 400) CHECK(row.expected.find(std::to_string(verdict)) != std::string::npos);
    if (verdict == kDropped) CHECK(row.expected == "drop");
    if (verdict == kBadFrame || verdict == kNeedMore) {
      CHECK(row.expected.find("close") != std::string::npos);
    }
  }
}

TEST_CASE("the 49 messages of RFC 4475 are judged as their manifest says") {
  run_all(kRfc4475, 49);
}

TEST_CASE("the 12 messages of RFC 5118 are judged as their manifest says") {
  run_all(kRfc5118, 12);
}

TEST_CASE("each message gets the same verdict byte by byte, and cuts of it harm nobody") {
  for (const char* folder : {kRfc4475, kRfc5118}) {
    for (const Row& row : read_manifest(folder)) {
      CAPTURE(row.name);
      const std::string text = read_case(folder, row.name);
      Framer whole;
      const Frame expected = whole.next(text);
      Framer framer;
      Frame frame;
      for (std::size_t bytes = 1; bytes <= text.size(); ++bytes) {
        frame = framer.next(std::string_view(text).substr(0, bytes));
        if (frame.kind != Frame::Kind::NeedMore) break;
      }
      CHECK(frame.kind == expected.kind);
      CHECK(frame.bytes == expected.bytes);
      for (std::size_t bytes = 0; bytes < text.size(); bytes += 7) {
        const base::Result<Message> cut = parse_message(std::string_view(text).substr(0, bytes));
        if (cut && cut->is_request()) static_cast<void>(check_request(*cut));
        if (cut && !cut->is_request()) static_cast<void>(check_response(*cut));
      }
    }
  }
}

TEST_CASE("what is accepted is written again with every field and value as it was") {
  for (const char* folder : {kRfc4475, kRfc5118}) {
    for (const Row& row : read_manifest(folder)) {
      CAPTURE(row.name);
      const std::string text = read_case(folder, row.name);
      if (verdict_of(text) != 0) continue;
      const Message message = first_message(folder, row.name);
      const base::Result<Message> again = parse_message(message.to_string());
      REQUIRE(again);
      CHECK(again->method() == message.method());
      CHECK(again->uri() == message.uri());
      CHECK(again->reason() == message.reason());
      CHECK(again->body() == message.body());
      std::vector<const Field*> before, after;
      for (const Field& field : message.fields())
        if (field.id != FieldId::ContentLength) before.push_back(&field);
      for (const Field& field : again->fields())
        if (field.id != FieldId::ContentLength) after.push_back(&field);
      REQUIRE(before.size() == after.size());
      for (std::size_t i = 0; i < before.size(); ++i) {
        CHECK(before[i]->name == after[i]->name);
        CHECK(before[i]->value == after[i]->value);
      }
    }
  }
}

TEST_CASE("wsinv: unusual white space, folds and an unknown field that stays as it is") {
  const Message message = first_message(kRfc4475, "wsinv");
  const Field* const unknown = message.find("unknownheaderwithunusualvalue");
  REQUIRE(unknown != nullptr);
  CHECK(unknown->name == "UnknownHeaderWithUnusualValue");
  CHECK(unknown->value == ";;,,;;,;");
  CHECK(message.find("NewFangledHeader")->value == "newfangled value continued newfangled value");
  CHECK(address_of(message, FieldId::To).param("tag") == "1918181833n");
  CHECK(address_of(message, FieldId::From).param("tag") == "98asjd8");
  CHECK(message.values(FieldId::Via).size() == 3);
  const auto third = parse_via(message.values(FieldId::Via)[2]);
  REQUIRE(third);
  CHECK(third->transport == "UDP");
  CHECK(third->host == "192.168.255.111");
  CHECK(third->branch() == "z9hG4bK30239");
  CHECK(parse_cseq(message.value(FieldId::CSeq))->number == 9);
}

TEST_CASE("intmeth: unusual bytes stand where they may") {
  const Message message = first_message(kRfc4475, "intmeth");
  CHECK(message.method() == "!interesting-Method0123456789_*+`.%indeed'~");
  const base::Result<Uri> uri = parse_uri(message.uri());
  REQUIRE(uri);
  CHECK(uri->user == "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*");
  CHECK(uri->password == "&it+has=1,weird!*pas$wo~d_too.(doesn't-it)");
  CHECK(uri->host == "example.com");
  const NameAddr to = address_of(message, FieldId::To);
  CHECK(to.display == std::string_view("\"BEL:\\\x07 NUL:\\\0 DEL:\\\x7f\"", 22));
  CHECK(parse_via(message.value(FieldId::Via))->branch() == "z9hG4bK-.!%66*_+`'~");
}

TEST_CASE("esc01, escnull, esc02: escapes count where they may stand, and once") {
  const Message esc01 = first_message(kRfc4475, "esc01");
  const base::Result<Uri> uri = parse_uri(esc01.uri());
  REQUIRE(uri);
  CHECK(uri->user == "sips%3Auser%40example.com");
  CHECK(*unescape(uri->user) == "sips:user@example.com");
  const base::Result<Uri> contact = parse_uri(address_of(esc01, FieldId::Contact).uri);
  REQUIRE(contact);
  CHECK(*unescape(*contact->param("n%61me")) == "value%41");

  const Message escnull = first_message(kRfc4475, "escnull");
  const base::Result<Uri> to = parse_uri(address_of(escnull, FieldId::To).uri);
  REQUIRE(to);
  CHECK(*unescape(to->user) == std::string("null-\0-null", 11));
  CHECK(escnull.values(FieldId::Contact).size() == 2);

  const Message esc02 = first_message(kRfc4475, "esc02");
  CHECK(esc02.method() == "RE%47IST%45R");
  CHECK(esc02.values(FieldId::Contact).size() == 2);
  CHECK(address_of(esc02, FieldId::To).display == "\"%Z%45\"");
}

TEST_CASE("longreq: nothing is lost; dblreq: two messages on a stream") {
  const Message longreq = first_message(kRfc4475, "longreq");
  CHECK(longreq.values(FieldId::Via).size() == 34);
  CHECK(longreq.count(FieldId::Via) == 34);
  CHECK(address_of(longreq, FieldId::To).uri.size() == 379);

  const std::string text = read_case(kRfc4475, "dblreq");
  std::string_view rest = text;
  std::vector<std::string> methods;
  Framer framer;
  for (;;) {
    const Frame frame = framer.next(rest);
    if (frame.kind == Frame::Kind::NeedMore) break;
    REQUIRE(frame.kind != Frame::Kind::Bad);
    if (frame.kind == Frame::Kind::Message) {
      const base::Result<Message> message = parse_message(rest.substr(0, frame.bytes));
      REQUIRE(message);
      CHECK_FALSE(check_request(*message));
      methods.emplace_back(message->method());
      if (methods.size() == 2) break;
    }
    rest.remove_prefix(frame.bytes);
  }
  CHECK(methods == std::vector<std::string>{"REGISTER", "INVITE"});
}

TEST_CASE("semiuri, cparam01, cparam02, regescrt: whose parameter it is") {
  const Message semiuri = first_message(kRfc4475, "semiuri");
  CHECK(parse_uri(semiuri.uri())->user == "user;par=u%40example.net");
  CHECK(parse_uri(semiuri.uri())->params.empty());

  const Message first = first_message(kRfc4475, "cparam01");
  CHECK(address_of(first, FieldId::Contact).param("unknownparam") == "");
  CHECK_FALSE(parse_uri(address_of(first, FieldId::Contact).uri)->param("unknownparam"));
  const Message second = first_message(kRfc4475, "cparam02");
  CHECK_FALSE(address_of(second, FieldId::Contact).param("unknownparam"));
  CHECK(parse_uri(address_of(second, FieldId::Contact).uri)->param("unknownparam") == "");
  const Message third = first_message(kRfc4475, "regescrt");
  CHECK(address_of(third, FieldId::Contact).uri ==
        "sip:user@example.com?Route=%3Csip:sip.example.com%3E");
}

TEST_CASE("mpart01: a body with NULs is framed by its length") {
  const Message message = first_message(kRfc4475, "mpart01");
  CHECK(message.body().size() == 553);
  CHECK(message.body().find('\0') != std::string_view::npos);
  CHECK(message.body().ends_with("--7a9cbec02ceef655--\r\n"));
}

TEST_CASE("responses: a phrase of any kind, and what is dropped") {
  CHECK(first_message(kRfc4475, "unreason").reason().starts_with("= 2**3 * 5**2 \xd0\xbd"));
  const Message noreason = first_message(kRfc4475, "noreason");
  CHECK(noreason.status() == 100);
  CHECK(noreason.reason().empty());
  CHECK(first_message(kRfc4475, "bigcode").status() > 699);
  // Well formed; whoever forwards looks at the second Via.
  const Message bcast = first_message(kRfc4475, "bcast");
  CHECK(parse_via(bcast.values(FieldId::Via)[1])->host == "255.255.255.255");
}

TEST_CASE("bext01, zeromf, regaut01: what the next step needs is there") {
  const Message bext01 = first_message(kRfc4475, "bext01");
  CHECK(unknown_options(bext01, FieldId::ProxyRequire, {"path"}) ==
        "noProxiesSupportThis, norDoAnyProxiesSupportThis");
  CHECK(unknown_options(bext01, FieldId::Require, {"nothingsupportsthis"}) ==
        "nothingSupportsThisEither");
  CHECK(first_message(kRfc4475, "zeromf").value(FieldId::MaxForwards) == "0");
  const Message regaut01 = first_message(kRfc4475, "regaut01");
  const base::Result<AuthParams> auth = parse_auth(regaut01.value(FieldId::Authorization));
  REQUIRE(auth);
  CHECK(auth->scheme == "NoOneKnowsThisScheme");
}

TEST_CASE("a head whose framing is at fault can still be answered") {
  for (const char* name : {"ncl", "mcl01"}) {
    CAPTURE(name);
    const std::string text = read_case(kRfc4475, name);
    Framer framer;
    const Frame frame = framer.next(text);
    REQUIRE(frame.kind == Frame::Kind::Bad);
    REQUIRE(frame.bytes > 0);
    const base::Result<Message> head = parse_message(std::string_view(text).substr(0, frame.bytes));
    REQUIRE(head);
    CHECK(head->count(FieldId::Via) == 1);
    const std::optional<Fault> fault = check_request(*head);
    REQUIRE(fault);
    CHECK(fault->status == 400);
  }
}

TEST_CASE("RFC 5118: addresses and ports") {
  const Message ambiguous = first_message(kRfc5118, "port-ambiguous");
  const base::Result<Uri> uri = parse_uri(ambiguous.uri());
  REQUIRE(uri);
  CHECK(uri->host == "2001:db8::10:5070");
  CHECK_FALSE(uri->port);
  const Message unambiguous = first_message(kRfc5118, "port-unambiguous");
  CHECK(parse_uri(unambiguous.uri())->host == "2001:db8::10");
  CHECK(parse_uri(unambiguous.uri())->port == 5070);

  for (const char* name : {"via-received-param-with-delim", "via-received-param-no-delim"}) {
    CAPTURE(name);
    const Message message = first_message(kRfc5118, name);
    const base::Result<Via> via = parse_via(message.value(FieldId::Via));
    REQUIRE(via);
    const auto received = base::parse_ip(find_param(via->params, "received").value_or(""));
    REQUIRE(received);
    CHECK(base::to_string(*received) == "2001:db8::9:255");
  }
  for (const char* name : {"ipv6-bug-abnf-3-colons", "ipv6-correct-abnf-2-colons"}) {
    CAPTURE(name);
    const Message message = first_message(kRfc5118, name);
    const auto address = host_address(parse_uri(message.uri())->host);
    REQUIRE(address);
    CHECK(base::to_string(*address) == "2001:db8::c000:201");
  }
  const Message mapped = first_message(kRfc5118, "ipv4-mapped-ipv6");
  const auto address = host_address(parse_via(mapped.values(FieldId::Via)[1])->host);
  REQUIRE(address);
  CHECK(base::to_string(*address) == "192.0.2.2");
  CHECK(first_message(kRfc5118, "mult-ip-in-header").values(FieldId::Via).size() == 3);
}

}  // namespace
}  // namespace sip
