#include "home/uds_documents.h"

#include "home/request.h"
#include "home/xml_writer.h"

namespace home {
namespace {

constexpr std::string_view kXsi = "http://www.w3.org/2001/XMLSchema-instance";

std::string uri(const Place& place, std::string_view path) {
  return std::string(place.root).append(1, '/').append(path);
}

std::string user_uri(const Place& place, std::string_view user) {
  return uri(place, "user/") + encode_segment(user);
}

// What every user element holds. Fields that we do not keep are there and empty, as at a call
// manager whose administrator left them so: clients look for the element.
void write_user_fields(XmlWriter& xml, const User& user) {
  xml.leaf("userName", user.name);
  xml.leaf("firstName", user.first_name);
  xml.leaf("lastName", user.last_name);
  xml.leaf("middleName", "");
  xml.leaf("nickName", "");
  xml.leaf("phoneNumber", user.phone);
  xml.leaf("homeNumber", "");
  xml.leaf("mobileNumber", "");
  xml.leaf("mobileConnect", "false");
  xml.empty("userLocale", {{"xmlns:xsi", kXsi}, {"xsi:nil", "true"}});
  xml.leaf("email", user.mail);
  for (const std::string_view name : {"msUri", "department", "manager", "title", "pager"}) {
    xml.leaf(name, "");
  }
  xml.leaf("useLdapAuth", "false");  // passwords are kept here
  xml.leaf("directoryUri", user.directory_uri);
}

// What a software phone can do; the same for every device of this model.
void write_features(XmlWriter& xml) {
  xml.open("supportsFeatures");
  xml.leaf("audibleMwi", "false");
  xml.leaf("dnd", "true", {{"configurable", "false"}});
  xml.leaf("dualMode", "false");
  xml.leaf("phoneTemplate", "true");
  xml.leaf("softkeyTemplate", "false");
  xml.leaf("lineTextLabel", "true");
  xml.leaf("localization", "true");
  xml.leaf("logMissedCallsOption", "false");
  xml.leaf("mobility", "true");
  xml.leaf("mwlPolicy", "false");
  xml.leaf("onlineUserGuide", "false");
  xml.leaf("supportsIpPhoneServices", "false");
  xml.leaf("serviceProfile", "true");
  xml.close();
}

// The URIs at which the device's file is, one for each node.
void write_provision(XmlWriter& xml, const Place& place, const Device& device) {
  const std::string file = encode_segment(device.name) + ".cnf.xml";
  xml.open("provision");
  for (const std::string& node : place.cluster.nodes) {
    xml.leaf("uri", "http://" + node + ":" + std::to_string(place.cluster.files_port) + "/" + file);
  }
  xml.close();
}

void write_device_fields(XmlWriter& xml, const Place& place, const Device& device,
                         const std::string& own_uri) {
  xml.leaf("id", device.id);
  xml.leaf("name", device.name);
  xml.leaf("model", device.model);
  xml.leaf("product", std::to_string(device.product));
  xml.leaf("description", device.description);
  xml.leaf("protocol", device.protocol);
  write_provision(xml, place, device);
  xml.leaf("hasSoftkeyTemplate", "");
  xml.leaf("hasPhoneTemplate", "");
  write_features(xml);
  xml.leaf("userGuide", "", {{"uri", ""}});
  xml.leaf("userLocale", "", {{"typeTableUri", uri(place, "typeTables/typeUserLocale")}});
  xml.leaf("defaultLocale", "1");
  xml.empty("doNotDisturbSettings", {{"uri", own_uri + "/dndsettings"}});
  xml.empty("speeddials", {{"uri", own_uri + "/speedDials"}});
  xml.empty("subscribedServices", {{"uri", own_uri + "/subscribedServices"}});
  xml.empty("phoneButtons", {{"uri", own_uri + "/phoneButtons"}});
  xml.empty("numbers", {{"uri", own_uri + "/numbers"}});
  xml.leaf("requirecerlocation", "false");
}

std::string_view has_primary(const Device& device) {
  return device.lines.empty() ? "false" : "true";
}

}  // namespace

std::string version_document(const Place& place) {
  XmlWriter xml;
  xml.open("versionInformation",
           {{"version", place.cluster.version}, {"uri", uri(place, "version")}});
  xml.leaf("name", "Cisco User Data Service");
  xml.leaf("version", place.cluster.version);
  xml.open("installedProducts");
  xml.leaf("product", "Cisco Unified Communications Manager");
  xml.leaf("product", "Cisco Enterprise License Manager");
  xml.close();
  xml.close();
  return xml.take();
}

std::string servers_document(const Place& place) {
  XmlWriter xml;
  xml.open("servers", {{"version", place.cluster.version}, {"uri", uri(place, "servers")}});
  for (const std::string& node : place.cluster.nodes)
    xml.leaf("server", node);
  xml.close();
  return xml.take();
}

std::string users_document(const Place& place, const UserPage& page, const UserQuery& query) {
  XmlWriter xml;
  xml.open("users", {{"totalCount", std::to_string(page.total)},
                     {"returnedCount", std::to_string(page.users.size())},
                     {"requestedCount", std::to_string(query.count)},
                     {"start", std::to_string(query.start)},
                     {"version", place.cluster.version},
                     {"uri", uri(place, "users")}});
  for (const User& user : page.users) {
    xml.open("user", {{"uri", user_uri(place, user.name)}});
    write_user_fields(xml, user);
    xml.close();
  }
  xml.close();
  return xml.take();
}

std::string user_document(const Place& place, const User& user) {
  XmlWriter xml;
  xml.open("user", {{"version", place.cluster.version}, {"uri", user_uri(place, user.name)}});
  write_user_fields(xml, user);
  xml.close();
  return xml.take();
}

std::string devices_document(const Place& place, std::string_view user,
                             const std::vector<Device>& devices) {
  const std::string base = user_uri(place, user);
  XmlWriter xml;
  xml.open("devices", {{"version", place.cluster.version}, {"uri", base + "/devices"}});
  for (const Device& device : devices) {
    const std::string own = base + "/device/" + device.id;
    xml.open("device", {{"hasPrimaryNumber", has_primary(device)}, {"uri", own}});
    write_device_fields(xml, place, device, own);
    xml.close();
  }
  xml.close();
  return xml.take();
}

std::string device_document(const Place& place, std::string_view user, const Device& device) {
  const std::string own = user_uri(place, user) + "/device/" + device.id;
  XmlWriter xml;
  xml.open("device", {{"hasPrimaryNumber", has_primary(device)},
                      {"version", place.cluster.version},
                      {"uri", own}});
  write_device_fields(xml, place, device, own);
  xml.close();
  return xml.take();
}

}  // namespace home
