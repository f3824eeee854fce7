#include "core/uds_documents.h"

#include <doctest/doctest.h>

#include "tests/support/seed_bodies.h"

namespace core {
namespace {

namespace seed = support::seed;

TEST_CASE("the seed's documents are read") {
  const auto home = home_node_of(seed::kClusterUser);
  REQUIRE(home);
  CHECK(*home == std::optional<std::string>("uclabcucm-pub"));
  const auto servers = servers_of(seed::kServers);
  REQUIRE(servers);
  CHECK(*servers == std::vector<std::string>{"uclabcucm-pub", "uclabcucm-sub"});
  const auto devices = devices_of(seed::kDevices);
  REQUIRE(devices);
  CHECK(*devices == std::vector<std::string>{"MDonald"});
}

TEST_CASE("a user that no cluster knows is no error") {
  const auto home = home_node_of(R"(<users totalCount="0" version="9.1.2"/>)");
  REQUIRE(home);
  CHECK_FALSE(*home);
  const auto servers = servers_of("<servers/>");
  CHECK((servers && servers->empty()));
  const auto devices = devices_of("<devices></devices>");
  CHECK((devices && devices->empty()));
}

TEST_CASE("a home node is a host name and nothing else") {
  struct Case {
    const char* uri;
    const char* host;  // null: refused
  };
  const Case cases[] = {
      {"https://ucm-pub.lab.example:8443/cucm-uds/user/x", "ucm-pub.lab.example"},
      {"https://UCM-Pub.LAB.example/x", "ucm-pub.lab.example"},
      {"http://ucm-pub", "ucm-pub"},
      {"https://ucm-pub?x", "ucm-pub"},
      {"https://ucm-pub#x", "ucm-pub"},
      {"", nullptr},
      {"ucm-pub", nullptr},
      {"https://", nullptr},
      {"https:///x", nullptr},
      {"https://:8443/x", nullptr},
      {"https://user@ucm-pub/x", nullptr},
      {"https://a b/x", nullptr},
      {"https://ucm_pub/x", nullptr},
      {"https://ucm-pub%2eevil.example/x", nullptr},
      {"https://ucm-pub\\@evil.example/x", nullptr},
      {"https://127.0.0.1/x", nullptr},
      {"https://0x7f000001/x", nullptr},
      {"https://[::1]:8443/x", nullptr},
      {"https://-a/x", nullptr},
      {"https://a..b/x", nullptr},
  };
  for (const Case& c : cases) {
    CAPTURE(c.uri);
    const auto host = host_of_uri(c.uri);
    CHECK(host.has_value() == (c.host != nullptr));
    if (host && c.host) CHECK(*host == c.host);
    const auto home = home_node_of("<users><user uri=\"" + std::string(c.uri) + "\"/></users>");
    CHECK(static_cast<bool>(home) == (c.host != nullptr));
  }
}

TEST_CASE("the first user of the list is the one, whatever follows") {
  const auto home = home_node_of(
      "<users><user uri='https://a.lab.example/'/><user uri='https://b.lab.example/'/></users>");
  REQUIRE(home);
  CHECK(**home == "a.lab.example");
}

TEST_CASE("servers that are no host names are left out") {
  const auto servers = servers_of(
      "<servers><server>UCM-Pub</server><server>127.0.0.1</server><server>a/b</server>"
      "<server/><server> ucm </server><other>x</other><server>ucm-sub</server></servers>");
  REQUIRE(servers);
  CHECK(*servers == std::vector<std::string>{"ucm-pub", "ucm-sub"});
}

TEST_CASE("what is not the document it should be is malformed") {
  const std::string bomb =
      "<!DOCTYPE users [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">"
      "<!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;\">]><users><user uri=\"https://&c;/\"/></users>";
  const std::string cases[] = {
      "",
      " ",
      "no XML",
      "{\"users\": []}",
      "<users",
      "<users>",
      "<users></user>",
      "<other/>",
      "<x><users/><servers/><devices/></x>",
      bomb,
      "<!DOCTYPE users SYSTEM \"file:///etc/passwd\"><users/>",
      "<!DOCTYPE servers SYSTEM \"http://evil.example/x\"><servers/>",
      "<!DOCTYPE devices><devices/>",
      std::string("<us\0ers/>", 9),
      "\xff\xfe",
      "<html><body>login</body></html>",
  };
  for (const std::string& text : cases) {
    CAPTURE(text);
    CHECK_FALSE(home_node_of(text));
    CHECK_FALSE(servers_of(text));
    CHECK_FALSE(devices_of(text));
  }
}

TEST_CASE("an entity is text and never a file or a longer text") {
  const auto devices = devices_of(
      "<devices><device><name>A&amp;B</name></device><device><name>&xxe;</name></device></"
      "devices>");
  REQUIRE(devices);
  CHECK(*devices == std::vector<std::string>{"A&B", "&xxe;"});
}

TEST_CASE("a document that is cut anywhere is malformed, and so is one with bytes behind it") {
  const std::string documents[] = {seed::kClusterUser, seed::kServers, seed::kDevices};
  for (const std::string& whole : documents) {
    for (std::size_t length = 0; length < whole.size(); ++length) {
      CAPTURE(length);
      const std::string cut = whole.substr(0, length);
      CHECK_FALSE(home_node_of(cut));
      CHECK_FALSE(servers_of(cut));
      CHECK_FALSE(devices_of(cut));
    }
  }
}

TEST_CASE("depth does not eat the stack") {
  std::string deep = "<devices>";
  for (int i = 0; i < 100'000; ++i)
    deep += "<d>";
  for (int i = 0; i < 100'000; ++i)
    deep += "</d>";
  deep += "</devices>";
  REQUIRE(deep.size() < kMaxUdsBytes);
  const auto devices = devices_of(deep);
  CHECK((!devices || devices->empty()));
}

TEST_CASE("one over each limit is not read") {
  std::string servers = "<servers>";
  std::string devices = "<devices>";
  for (std::size_t i = 0; i <= kMaxServers; ++i)
    servers += "<server>ucm" + std::to_string(i) + "</server>";
  for (std::size_t i = 0; i <= kMaxDevices; ++i)
    devices += "<device><name>D" + std::to_string(i) + "</name></device>";
  const auto some_servers = servers_of(servers + "</servers>");
  REQUIRE(some_servers);
  CHECK(some_servers->size() == kMaxServers);
  const auto some_devices = devices_of(devices + "</devices>");
  REQUIRE(some_devices);
  CHECK(some_devices->size() == kMaxDevices);

  std::string large = "<devices>";
  large.resize(kMaxUdsBytes - std::string_view("</devices>").size(), ' ');
  large += "</devices>";
  CHECK(devices_of(large));
  large.insert(9, " ");
  const auto too_large = devices_of(large);
  REQUIRE_FALSE(too_large);
  CHECK(too_large.error().code == base::Errc::TooLarge);
}

TEST_CASE("lines are found wherever a model keeps them, each once") {
  struct Case {
    const char* document;
    std::vector<std::string> lines;
  };
  const Case cases[] = {
      {"<device/>", {}},
      {"<device><sipProfile><sipLines><line button=\"1\"><featureID>9</featureID>"
       "<name>5002</name></line><line><name> 5004 </name></line></sipLines></sipProfile></device>",
       {"5002", "5004"}},
      {"<device><line><name>5002</name></line><line><name>5002</name></line></device>", {"5002"}},
      {"<device><line><name>+4420</name></line><line/><line><name/></line></device>", {"+4420"}},
      {"<device><line><name>a b</name></line><line><name>5002@x</name></line></device>", {}},
      {"<device><name>5002</name></device>", {}},
  };
  for (const Case& c : cases) {
    CAPTURE(c.document);
    const auto lines = lines_of(c.document);
    REQUIRE(lines);
    CHECK(*lines == c.lines);
  }
  for (const char* bad : {"", "<devices/>", "<!DOCTYPE x><device/>", "<device>"})
    CHECK_FALSE(lines_of(bad));
}

TEST_CASE("devices without a name are left out, and nested ones do not count") {
  const auto devices = devices_of(
      "<devices><device/><device><name/></device><device><x><name>A</name></x></device>"
      "<device><name>B</name><name>C</name></device></devices>");
  REQUIRE(devices);
  CHECK(*devices == std::vector<std::string>{"B"});
}

}  // namespace
}  // namespace core
