#include "support/uds.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/address.h"
#include "base/text.h"
#include "net/http/message.h"
#include "support/xml.h"

namespace support {
namespace {

using base::Errc;
using base::Error;

constexpr std::uint16_t kHttpsPort = 8443;
constexpr std::uint16_t kHttpPort = 6970;
constexpr std::size_t kMaxDeviceNameBytes = 128;  // the call manager's own limit

Error too_many(const char* what) {
  return {Errc::TooLarge, fmt::format("more than {} <{}>", kMaxUdsEntries, what)};
}

base::Result<UdsUser> read_user(pugi::xml_node node) {
  UdsUser user;
  auto name = child_text(node, "userName");
  if (!name) return name.error();
  if (name->empty()) return Error{Errc::Malformed, "<userName> is empty"};
  user.user_name = std::move(*name);
  const std::pair<const char*, std::string&> rest[] = {{"firstName", user.first_name},
                                                       {"lastName", user.last_name},
                                                       {"phoneNumber", user.phone_number}};
  for (const auto& [element, value] : rest) {
    auto text = optional_text(node, element);
    if (!text) return text.error();
    value = std::move(*text);
  }
  return user;
}

// <clusterUser><result found="true" uri="…"/></clusterUser>
base::Result<UdsUser> read_result(pugi::xml_node root, std::string_view user_name) {
  const auto result = only_child(root, "result");
  if (!result) return result.error();
  if (std::string_view(result->attribute("found").value()) != "true") {
    return Error{Errc::NotFound, "the cluster does not know the user"};
  }
  return UdsUser{std::string(user_name), {}, {}, {}};
}

bool is_device_name(std::string_view name) {
  const auto fits = [](char c) { return base::is_alnum(c) || c == '-' || c == '_' || c == '.'; };
  return !name.empty() && name.size() <= kMaxDeviceNameBytes && name[0] != '.' &&
         std::ranges::all_of(name, fits);
}

base::Result<UdsDevice> read_device(pugi::xml_node node) {
  UdsDevice device;
  auto name = child_text(node, "name");
  if (!name) return name.error();
  if (!is_device_name(*name)) {
    return Error{Errc::Malformed, "the <name> of a <device> cannot stand in a file name"};
  }
  device.name = std::move(*name);
  auto model = optional_text(node, "model");
  if (!model) return model.error();
  device.model = std::move(*model);

  if (!node.child("provision")) return device;
  const auto provision = only_child(node, "provision");
  if (!provision) return provision.error();
  for (const pugi::xml_node child : provision->children("uri")) {
    if (device.provision.size() == kMaxUdsEntries) return too_many("uri");
    const auto uri = text_of(child);
    if (!uri) return uri.error();
    auto location = parse_location(*uri);
    if (!location) return location.error();
    device.provision.push_back(std::move(*location));
  }
  return device;
}

}  // namespace

base::Result<Location> parse_location(std::string_view uri) {
  Location location;
  for (const std::string_view scheme : {"https", "http"}) {
    if (uri.size() > scheme.size() && base::iequals(uri.substr(0, scheme.size()), scheme) &&
        uri.substr(scheme.size()).starts_with("://")) {
      location.scheme = scheme;
      uri.remove_prefix(scheme.size() + 3);
      break;
    }
  }
  if (location.scheme.empty()) return Error{Errc::Malformed, "a URI is neither http nor https"};

  const std::size_t slash = std::min(uri.find_first_of("/?#"), uri.size());
  auto authority = net::http::parse_authority(uri.substr(0, slash));
  if (!authority) return Error{Errc::Malformed, "the host of a URI does not parse"};
  if (!authority->is_address && !base::is_host_name(authority->host)) {
    return Error{Errc::Malformed, "the host of a URI is not a host name"};
  }
  location.host = std::move(authority->host);
  location.port = authority->port.value_or(location.scheme == "https" ? kHttpsPort : kHttpPort);
  if (location.port == 0) return Error{Errc::Malformed, "the port of a URI is 0"};
  location.target = slash == uri.size() ? "/" : std::string(uri.substr(slash));
  if (!net::http::is_origin_form(location.target)) {
    return Error{Errc::Malformed, "the path of a URI does not parse"};
  }
  return location;
}

base::Result<UdsVersion> parse_version(std::string_view body) {
  const auto document = parse_xml(body, "versionInformation");
  if (!document) return document.error();
  auto name = optional_text(document->document_element(), "name");
  if (!name) return name.error();
  auto version = child_text(document->document_element(), "version");
  if (!version) return version.error();
  if (version->empty()) return Error{Errc::Malformed, "<version> is empty"};
  return UdsVersion{std::move(*name), std::move(*version)};
}

base::Result<UdsUser> parse_cluster_user(std::string_view body, std::string_view user_name) {
  if (const auto document = parse_xml(body, "clusterUser")) {
    return read_result(document->document_element(), user_name);
  }
  const auto document = parse_xml(body, "users");
  if (!document) return document.error();
  std::size_t count = 0;
  for (const pugi::xml_node node : document->document_element().children("user")) {
    if (++count > kMaxUdsEntries) return too_many("user");
    auto user = read_user(node);
    if (!user) return user.error();
    if (base::iequals(user->user_name, user_name)) return user;
  }
  return Error{Errc::NotFound, "the cluster does not know the user"};
}

base::Result<UdsUser> parse_user(std::string_view body, std::string_view user_name) {
  const auto document = parse_xml(body, "user");
  if (!document) return document.error();
  auto user = read_user(document->document_element());
  if (!user) return user.error();
  if (!base::iequals(user->user_name, user_name)) {
    return Error{Errc::Malformed, "the answer is about another user"};
  }
  return user;
}

base::Result<std::vector<std::string>> parse_servers(std::string_view body) {
  const auto document = parse_xml(body, "servers");
  if (!document) return document.error();
  std::vector<std::string> servers;
  for (const pugi::xml_node node : document->document_element().children("server")) {
    if (servers.size() == kMaxUdsEntries) return too_many("server");
    auto name = text_of(node);
    if (!name) return name.error();
    if (!base::is_host_name(*name) && !base::parse_ip(*name)) {
      return Error{Errc::Malformed, "a <server> is neither a host name nor an address"};
    }
    servers.push_back(std::move(*name));
  }
  if (servers.empty()) return Error{Errc::Malformed, "<servers> names no server"};
  return servers;
}

base::Result<std::vector<UdsDevice>> parse_devices(std::string_view body) {
  const auto document = parse_xml(body, "devices");
  if (!document) return document.error();
  std::vector<UdsDevice> devices;
  for (const pugi::xml_node node : document->document_element().children("device")) {
    if (devices.size() == kMaxUdsEntries) return too_many("device");
    auto device = read_device(node);
    if (!device) return device.error();
    devices.push_back(std::move(*device));
  }
  return devices;
}

}  // namespace support
