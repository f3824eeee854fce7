#include "home/device_file.h"

#include <doctest/doctest.h>

#include <pugixml.hpp>

#include "tests/home/outline.h"

namespace home {
namespace {

struct Lab {
  Cluster cluster;
  User mac{"mac.donald", "Mac", "Donald", "5002", "", ""};
  Device device;

  Lab() {
    cluster.nodes = {"ucm-pub.lab.example", "ucm-sub.lab.example"};
    cluster.presence = {"imp-pub.lab.example"};
    device.id = "29e15ce2-637f-c0bc-edbd-34515e83acec";
    device.name = "MDonald";
    device.owner = "mac.donald";
    device.changed = 1'409'605'170;
    device.lines = {{"96446082-3aa2-435b-9c73-671751df5635", "5002"}, {"b", "5010"}};
  }
};

pugi::xml_document parse(const std::string& text) {
  pugi::xml_document document;
  REQUIRE(document.load_string(text.c_str()));
  return document;
}

std::string at(const pugi::xml_document& document, const char* path) {
  CAPTURE(path);
  const auto node = document.select_node(path).node();
  REQUIRE(node);
  return node.child_value();
}

TEST_CASE("a device file begins as in the seed and declares its prefixes") {
  const Lab lab;
  const std::string text = device_file(lab.cluster, lab.device, lab.mac);
  CHECK(text.find("<device xsi:type=\"axl:XIPPhone\" ctiid=\"11\" "
                  "uuid=\"{29e15ce2-637f-c0bc-edbd-34515e83acec}\"") != std::string::npos);
  CHECK(text.find("xmlns:xsi=") != std::string::npos);
  CHECK(text.find("xmlns:axl=") != std::string::npos);
}

TEST_CASE("a device file says where to register and with what lines") {
  const Lab lab;
  const auto document = parse(device_file(lab.cluster, lab.device, lab.mac));
  CHECK(at(document, "/device/fullConfig") == "true");
  CHECK(document.select_nodes("/device/devicePool/callManagerGroup/members/member").size() == 2);
  const std::string members = "/device/devicePool/callManagerGroup/members/member[2]/callManager";
  CHECK(at(document, (members + "/processNodeName").c_str()) == "ucm-sub.lab.example");
  CHECK(at(document, (members + "/ports/sipPort").c_str()) == "5060");
  CHECK(document.select_nodes("/device/sipProfile/sipLines/line").size() == 2);
  const std::string line = "/device/sipProfile/sipLines/line[@button='1']";
  CHECK(at(document, (line + "/featureID").c_str()) == "9");
  CHECK(at(document, (line + "/name").c_str()) == "5002");
  CHECK(at(document, (line + "/displayName").c_str()) == "Mac Donald");
  CHECK(at(document, (line + "/authName").c_str()) == "mac.donald");
  CHECK(at(document, (line + "/contact").c_str()) == "96446082-3aa2-435b-9c73-671751df5635");
  CHECK(at(document, "/device/sipProfile/sipStack/timerRegisterExpires") == "120");
}

TEST_CASE("the version stamp changes exactly when the content does") {
  Lab lab;
  const auto stamp = [&] {
    return at(parse(device_file(lab.cluster, lab.device, lab.mac)), "/device/versionStamp");
  };
  const std::string before = stamp();
  CHECK(before.starts_with("1409605170-"));
  CHECK(stamp() == before);
  lab.mac.last_name = "McDonald";
  CHECK(stamp() != before);
  const std::string profile = service_profile_file(lab.cluster);
  CHECK(profile == service_profile_file(lab.cluster));
  lab.cluster.presence.clear();
  CHECK(profile != service_profile_file(lab.cluster));
}

TEST_CASE("a device of nobody without lines still has a file") {
  Lab lab;
  lab.device.lines.clear();
  const auto document = parse(device_file(lab.cluster, lab.device, User{}));
  CHECK(document.select_node("/device/sipProfile/sipLines"));
  CHECK(at(document, "/device/ownerUserId").empty());
}

TEST_CASE("the service profile begins with its stamp and names every service") {
  const Lab lab;
  const std::string text = service_profile_file(lab.cluster);
  CHECK(text.find("<serviceProfile><versionStamp>") != std::string::npos);
  const auto document = parse(text);
  CHECK(at(document, "/serviceProfile/services/service[@type='imp']/hostnameorip") ==
        "imp-pub.lab.example");
  CHECK(document.select_nodes("/serviceProfile/services/service[@type='directory']").size() == 2);
}

TEST_CASE("dial rules are an empty document") {
  CHECK(outline(dial_rules_file()) == "DialRules\n");
}

}  // namespace
}  // namespace home
