#include "home/uds_documents.h"

#include <doctest/doctest.h>

#include <pugixml.hpp>

#include "tests/home/outline.h"

namespace home {
namespace {

// The layouts of a call manager of version 9.1: elements in their order, attributes in theirs.
constexpr std::string_view kVersionLayout =
    "versionInformation @version @uri\n"
    " name\n"
    " version\n"
    " installedProducts\n"
    "  product\n"
    "  product\n";

constexpr std::string_view kUserFields =
    "  userName\n"
    "  firstName\n"
    "  lastName\n"
    "  middleName\n"
    "  nickName\n"
    "  phoneNumber\n"
    "  homeNumber\n"
    "  mobileNumber\n"
    "  mobileConnect\n"
    "  userLocale @xmlns:xsi @xsi:nil\n"
    "  email\n"
    "  msUri\n"
    "  department\n"
    "  manager\n"
    "  title\n"
    "  pager\n"
    "  useLdapAuth\n"
    "  directoryUri\n";

constexpr std::string_view kUsersHead =
    "users @totalCount @returnedCount @requestedCount @start @version @uri\n";

constexpr std::string_view kDevicesLayout =
    "devices @version @uri\n"
    " device @hasPrimaryNumber @uri\n"
    "  id\n"
    "  name\n"
    "  model\n"
    "  product\n"
    "  description\n"
    "  protocol\n"
    "  provision\n"
    "   uri\n"
    "   uri\n"
    "  hasSoftkeyTemplate\n"
    "  hasPhoneTemplate\n"
    "  supportsFeatures\n"
    "   audibleMwi\n"
    "   dnd @configurable\n"
    "   dualMode\n"
    "   phoneTemplate\n"
    "   softkeyTemplate\n"
    "   lineTextLabel\n"
    "   localization\n"
    "   logMissedCallsOption\n"
    "   mobility\n"
    "   mwlPolicy\n"
    "   onlineUserGuide\n"
    "   supportsIpPhoneServices\n"
    "   serviceProfile\n"
    "  userGuide @uri\n"
    "  userLocale @typeTableUri\n"
    "  defaultLocale\n"
    "  doNotDisturbSettings @uri\n"
    "  speeddials @uri\n"
    "  subscribedServices @uri\n"
    "  phoneButtons @uri\n"
    "  numbers @uri\n"
    "  requirecerlocation\n";

struct Lab {
  Cluster cluster;
  Place place{cluster, "https://ucm-sub:8443/cucm-uds"};
  User mac{"mac.donald", "Mac", "Donald", "5002", "", ""};
  Device device;

  Lab() {
    cluster.nodes = {"ucm-pub", "ucm-sub"};
    device.id = "29e15ce2-637f-c0bc-edbd-34515e83acec";
    device.name = "MDonald";
    device.lines = {{"96446082-3aa2-435b-9c73-671751df5635", "5002"}};
  }
};

pugi::xml_document parse(const std::string& text) {
  pugi::xml_document document;
  REQUIRE(document.load_string(text.c_str()));
  return document;
}

TEST_CASE("version is laid out as in the seed") {
  const Lab lab;
  const std::string text = version_document(lab.place);
  CHECK(outline(text) == kVersionLayout);
  const auto document = parse(text);
  const auto root = document.document_element();
  CHECK(std::string(root.attribute("uri").value()) == "https://ucm-sub:8443/cucm-uds/version");
  CHECK(std::string(root.child("version").child_value()) == "9.1.2");
}

TEST_CASE("servers names every node") {
  const Lab lab;
  const std::string text = servers_document(lab.place);
  CHECK(outline(text) == "servers @version @uri\n server\n server\n");
  CHECK(text.ends_with("<server>ucm-pub</server><server>ucm-sub</server></servers>"));
}

TEST_CASE("users are laid out as in the seed, with the counts of the page") {
  const Lab lab;
  UserQuery query;
  query.count = 4;
  const std::string text = users_document(lab.place, {1, {lab.mac}}, query);
  CHECK(outline(text) == std::string(kUsersHead) + " user @uri\n" + std::string(kUserFields));
  const auto document = parse(text);
  const auto root = document.document_element();
  CHECK(root.attribute("totalCount").as_int() == 1);
  CHECK(root.attribute("returnedCount").as_int() == 1);
  CHECK(root.attribute("requestedCount").as_int() == 4);
  CHECK(root.attribute("start").as_int() == 0);
  CHECK(std::string(root.child("user").attribute("uri").value()) ==
        "https://ucm-sub:8443/cucm-uds/user/mac.donald");
  CHECK(outline(users_document(lab.place, {}, query)) == kUsersHead);
}

TEST_CASE("a user alone holds the same fields") {
  const Lab lab;
  std::string fields;
  for (std::size_t at = 0; at < kUserFields.size();) {  // one level further out
    const std::size_t end = kUserFields.find('\n', at);
    fields.append(kUserFields.substr(at + 1, end - at));
    at = end + 1;
  }
  CHECK(outline(user_document(lab.place, lab.mac)) == "user @version @uri\n" + fields);
}

TEST_CASE("devices are laid out as in the seed") {
  const Lab lab;
  const std::string text = devices_document(lab.place, "mac.donald", {lab.device});
  CHECK(outline(text) == kDevicesLayout);
  const auto document = parse(text);
  const auto device = document.document_element().child("device");
  CHECK(std::string(device.attribute("hasPrimaryNumber").value()) == "true");
  CHECK(std::string(device.attribute("uri").value()) ==
        "https://ucm-sub:8443/cucm-uds/user/mac.donald/device/"
        "29e15ce2-637f-c0bc-edbd-34515e83acec");
  CHECK(std::string(device.child("provision").child("uri").child_value()) ==
        "http://ucm-pub:6970/MDonald.cnf.xml");
  CHECK(std::string(device.child("product").child_value()) == "390");
  CHECK(outline(devices_document(lab.place, "x", {})) == "devices @version @uri\n");
}

TEST_CASE("a device without a line has no primary number") {
  Lab lab;
  lab.device.lines.clear();
  const std::string text = device_document(lab.place, "mac.donald", lab.device);
  CHECK(text.find("hasPrimaryNumber=\"false\"") != std::string::npos);
}

TEST_CASE("what people typed cannot leave its element") {
  Lab lab;
  lab.mac.first_name = "</firstName><admin>true</admin>";
  lab.mac.last_name = "\" onload=\"";
  const std::string text = user_document(lab.place, lab.mac);
  const auto document = parse(text);
  CHECK_FALSE(document.document_element().child("admin"));
  CHECK(document.document_element().child("firstName").child_value() == lab.mac.first_name);
}

}  // namespace
}  // namespace home
