#include "support/uds.h"

#include <doctest/doctest.h>

#include <functional>

#include "tests/support/seed_bodies.h"

namespace support {
namespace {

TEST_CASE("a URI of UDS tells scheme, host, port and target") {
  struct Case {
    std::string_view uri;
    Location location;
  };
  const Case cases[] = {
      {"http://uclabcucm-pub:6970/MDonald.cnf.xml",
       {"http", "uclabcucm-pub", 6970, "/MDonald.cnf.xml"}},
      {"https://UCM.uclab.com/cucm-uds/x?y=1", {"https", "ucm.uclab.com", 8443, "/cucm-uds/x?y=1"}},
      {"HTTP://ucm", {"http", "ucm", 6970, "/"}},
      {"http://10.106.4.82/a", {"http", "10.106.4.82", 6970, "/a"}},
      {"http://[2001:db8::1]:80/a", {"http", "2001:db8::1", 80, "/a"}},
  };
  for (const Case& c : cases) {
    CAPTURE(c.uri);
    const auto location = parse_location(c.uri);
    REQUIRE(location);
    CHECK(*location == c.location);
  }
}

TEST_CASE("a URI that leads elsewhere or does not parse is refused") {
  for (const char* uri : {"",
                          "/MDonald.cnf.xml",
                          "ftp://ucm/x",
                          "http:/ucm/x",
                          "http://",
                          "http:///x",
                          "http://user@ucm/x",
                          "http://ucm:0/x",
                          "http://ucm:/x",
                          "http://ucm:65536/x",
                          "http://ucm:1x/y",
                          "http://ucm/a b",
                          "http://ucm/a\r\nX: y",
                          "http://ucm/a#b",
                          "http://a_/x",
                          "http://ucm?x",
                          "http://ucm/%zz",
                          "http://a%2fb/x",
                          "http://ucm/\xc3\xa4",
                          "https//ucm/x"}) {
    CAPTURE(uri);
    CHECK(!parse_location(uri));
  }
}

TEST_CASE("the seed's answers are read") {
  CHECK(parse_version(seed::kVersion)->version == "9.1.2");
  CHECK(parse_version(seed::kVersion)->name == "Cisco User Data Service");
  CHECK(parse_cluster_user(seed::kClusterUser, "Mac.Donald")->phone_number == "5002");
  CHECK(*parse_servers(seed::kServers) ==
        std::vector<std::string>{"uclabcucm-pub", "uclabcucm-sub"});
  CHECK(parse_user(seed::kUser, "mac.donald")->last_name == "Donald");
  const auto devices = parse_devices(seed::kDevices);
  REQUIRE(devices);
  REQUIRE(devices->size() == 1);
  CHECK((*devices)[0].name == "MDonald");
  CHECK((*devices)[0].model == "Cisco Unified Client Services Framework");
  REQUIRE((*devices)[0].provision.size() == 2);
  CHECK((*devices)[0].provision[1].host == "uclabcucm-sub");
}

TEST_CASE("an answer that is cut anywhere is refused") {
  const std::pair<std::string_view, std::function<bool(const std::string&)>> readers[] = {
      {seed::kVersion, [](const std::string& b) { return bool(parse_version(b)); }},
      {seed::kClusterUser, [](const std::string& b) { return bool(parse_cluster_user(b, "x")); }},
      {seed::kServers, [](const std::string& b) { return bool(parse_servers(b)); }},
      {seed::kDevices, [](const std::string& b) { return bool(parse_devices(b)); }},
      {seed::kUser, [](const std::string& b) { return bool(parse_user(b, "mac.donald")); }},
  };
  for (const auto& [whole, accepts] : readers) {
    for (std::size_t size = 0; size < whole.size(); ++size) {
      CAPTURE(size);
      CHECK(!accepts(std::string(whole.substr(0, size))));
    }
  }
}

TEST_CASE("a cluster that is not the user's home is told from one that is broken") {
  struct Case {
    std::string_view body;
    base::Errc code;
  };
  const Case cases[] = {
      {"<users/>", base::Errc::NotFound},
      {"<users><user><userName>other</userName></user></users>", base::Errc::NotFound},
      {"<users><user/></users>", base::Errc::Malformed},
      {"<users><user><userName/></user></users>", base::Errc::Malformed},
      {"<clusterUser><result found='false'/></clusterUser>", base::Errc::NotFound},
      {"<clusterUser/>", base::Errc::Malformed},
      {"<html/>", base::Errc::Malformed},
  };
  for (const Case& c : cases) {
    CAPTURE(c.body);
    const auto user = parse_cluster_user(c.body, "mac.donald");
    REQUIRE(!user);
    CHECK(user.error().code == c.code);
  }
  CHECK(parse_cluster_user("<clusterUser><result found='true'/></clusterUser>", "mac.donald"));
}

TEST_CASE("answers a client could not work with are refused") {
  CHECK(!parse_version("<versionInformation/>"));
  CHECK(!parse_version("<versionInformation><version> </version></versionInformation>"));
  CHECK(!parse_user("<user><userName>other</userName></user>", "mac.donald"));
  CHECK(!parse_servers("<servers/>"));
  CHECK(!parse_servers("<servers><server>a b</server></servers>"));
  CHECK(!parse_servers("<servers><server><x/></server></servers>"));
}

TEST_CASE("a device may be without a file, but not with a name that leaves its folder") {
  const auto with = [](const std::string& inner) {
    return parse_devices("<devices><device>" + inner + "</device></devices>");
  };
  CHECK(parse_devices("<devices/>")->empty());
  CHECK(with("<name>SEP001122334455</name>")->front().provision.empty());
  CHECK(with("<name>" + std::string(128, 'A') + "</name>"));
  for (const char* inner :
       {"", "<name/>", "<name>../x</name>", "<name>.x</name>", "<name>a/b</name>",
        "<name>a%2fb</name>", "<name>a b</name>", "<name>A</name><name>B</name>",
        "<name>A</name><provision><uri>file:///etc/passwd</uri></provision>",
        "<name>A</name><provision/><provision/>"}) {
    CAPTURE(inner);
    CHECK(!with(inner));
  }
  CHECK(!with("<name>" + std::string(129, 'A') + "</name>"));
}

TEST_CASE("a list may be as long as its limit and no longer") {
  const auto servers = [](std::size_t count) {
    std::string body = "<servers>";
    for (std::size_t i = 0; i < count; ++i)
      body += "<server>ucm</server>";
    return parse_servers(body + "</servers>");
  };
  CHECK(servers(kMaxUdsEntries)->size() == kMaxUdsEntries);
  REQUIRE(!servers(kMaxUdsEntries + 1));
  CHECK(servers(kMaxUdsEntries + 1).error().code == base::Errc::TooLarge);
}

}  // namespace
}  // namespace support
