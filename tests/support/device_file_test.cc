#include "support/device_file.h"

#include <doctest/doctest.h>

#include "tests/support/seed_bodies.h"

namespace support {
namespace {

std::string with_line(const std::string& line) {
  return "<device><sipProfile><sipLines>" + line + "</sipLines></sipProfile></device>";
}
std::string with_member(const std::string& member) {
  return "<device><devicePool><callManagerGroup><members><member><callManager>" + member +
         "</callManager></member></members></callManagerGroup></devicePool></device>";
}

TEST_CASE("a device file names the line and the call managers by priority") {
  const auto settings = parse_device_file(seed::kDeviceFile);
  REQUIRE(settings);
  CHECK(settings->line == "5002");
  CHECK(settings->contact == "96446082-3aa2-435b-9c73-671751df5635");
  CHECK(settings->call_managers ==
        std::vector<CallManager>{{"uclabcucm-pub", 5060}, {"uclabcucm-sub", 5060}});
}

TEST_CASE("what is not there is empty, what cannot be is refused") {
  struct Case {
    std::string body;
    bool accepted;
    std::string line;
  };
  const Case cases[] = {
      {"<device/>", true, ""},
      {with_line(""), true, ""},
      {with_line("<line><name>5002</name></line>"), true, "5002"},
      {with_line("<line><name/></line><line><name>5003</name></line>"), true, "5003"},
      {with_line("<line><featureID>21</featureID><name>1</name></line>"), true, ""},
      {with_line("<line><name>+49;30#</name></line>"), true, "+49;30#"},
      {with_line("<line><name>50 02</name></line>"), false, ""},
      {with_line("<line><name>5&#13;&#10;x</name></line>"), false, ""},
      {with_line("<line><name>5\xc3\xa4</name></line>"), false, ""},
      {with_line("<line><name>" + std::string(kMaxLineBytes, '1') + "</name></line>"), true,
       std::string(kMaxLineBytes, '1')},
      {with_line("<line><name>" + std::string(kMaxLineBytes + 1, '1') + "</name></line>"), false,
       ""},
      {with_line("<line><name>1</name><name>2</name></line>"), false, ""},
      {with_line("<line><name>1</name><contact>a b</contact></line>"), false, ""},
      {"<config/>", false, ""},
      {"", false, ""},
  };
  for (const Case& c : cases) {
    CAPTURE(c.body);
    const auto settings = parse_device_file(c.body);
    CHECK(settings.operator bool() == c.accepted);
    if (settings) CHECK(settings->line == c.line);
  }
}

TEST_CASE("a call manager is a host with a port") {
  struct Case {
    std::string member;
    bool accepted;
    CallManager found;
  };
  const Case cases[] = {
      {"<processNodeName>UCM</processNodeName>", true, {"ucm", 5060}},
      {"<processNodeName>10.1.2.3</processNodeName><ports><sipPort>5070</sipPort></ports>",
       true,
       {"10.1.2.3", 5070}},
      {"<processNodeName>[2001:DB8::1]</processNodeName>", true, {"2001:db8::1", 5060}},
      {"<processNodeName>u</processNodeName><ports><sipPort>0</sipPort></ports>", false, {}},
      {"<processNodeName>u</processNodeName><ports><sipPort>70000</sipPort></ports>", false, {}},
      {"<processNodeName>a b</processNodeName>", false, {}},
      {"<processNodeName>u&gt;x</processNodeName>", false, {}},
      {"", false, {}},
  };
  for (const Case& c : cases) {
    CAPTURE(c.member);
    const auto settings = parse_device_file(with_member(c.member));
    REQUIRE(settings.operator bool() == c.accepted);
    if (settings) CHECK(settings->call_managers == std::vector<CallManager>{c.found});
  }
}

TEST_CASE("no more call managers are kept than are tried") {
  std::string members;
  for (int i = 0; i < 20; ++i)
    members += "<member><callManager><processNodeName>u" + std::to_string(i) +
               "</processNodeName></callManager></member>";
  const auto settings =
      parse_device_file("<device><devicePool><callManagerGroup><members>" + members +
                        "</members></callManagerGroup></devicePool></device>");
  REQUIRE(settings);
  CHECK(settings->call_managers.size() == kMaxCallManagers);
}

}  // namespace
}  // namespace support
