#include "core/uds_documents.h"

#include <algorithm>
#include <cstring>
#include <pugixml.hpp>

#include "base/text.h"

namespace core {
namespace {

// Entities and processing instructions are not needed and a DTD is refused, so a document can only
// be as large as its bytes.
base::Result<pugi::xml_node> parse(pugi::xml_document& document, std::string_view text,
                                   const char* root) {
  if (text.size() > kMaxUdsBytes) {
    return base::Error{base::Errc::TooLarge, std::string(root) + ": document too large"};
  }
  const auto parsed =
      document.load_buffer(text.data(), text.size(), pugi::parse_default | pugi::parse_doctype);
  if (!parsed) {
    return base::Error{base::Errc::Malformed,
                       std::string(root) + ": not XML: " + parsed.description()};
  }
  for (const pugi::xml_node node : document.children()) {
    if (node.type() == pugi::node_doctype) {
      return base::Error{base::Errc::Malformed, std::string(root) + ": a DTD is not accepted"};
    }
  }
  const pugi::xml_node found = document.child(root);
  if (!found) {
    return base::Error{base::Errc::Malformed, std::string("no element ") + root};
  }
  return found;
}

}  // namespace

std::optional<std::string> host_of_uri(std::string_view uri) {
  const std::size_t scheme = uri.find("://");
  if (scheme == std::string_view::npos) return std::nullopt;
  uri.remove_prefix(scheme + 3);
  uri = uri.substr(0, uri.find_first_of("/?#"));
  uri = uri.substr(0, uri.find(':'));
  if (!base::is_host_name(uri)) return std::nullopt;
  return base::to_lower(uri);
}

base::Result<std::optional<std::string>> home_node_of(std::string_view text) {
  pugi::xml_document document;
  const auto users = parse(document, text, "users");
  if (!users) return users.error();
  const pugi::xml_node user = users->child("user");
  if (!user) return std::optional<std::string>{};
  std::optional<std::string> host = host_of_uri(user.attribute("uri").value());
  if (!host) return base::Error{base::Errc::Malformed, "users: the user has no usable uri"};
  return host;
}

base::Result<std::vector<std::string>> servers_of(std::string_view text) {
  pugi::xml_document document;
  const auto servers = parse(document, text, "servers");
  if (!servers) return servers.error();
  std::vector<std::string> hosts;
  for (const pugi::xml_node server : servers->children("server")) {
    const std::string_view host = server.text().get();
    if (base::is_host_name(host)) hosts.push_back(base::to_lower(host));
    if (hosts.size() == kMaxServers) break;
  }
  return hosts;
}

base::Result<std::vector<std::string>> devices_of(std::string_view text) {
  pugi::xml_document document;
  const auto devices = parse(document, text, "devices");
  if (!devices) return devices.error();
  std::vector<std::string> names;
  for (const pugi::xml_node device : devices->children("device")) {
    const std::string_view name = device.child("name").text().get();
    if (!name.empty()) names.emplace_back(name);
    if (names.size() == kMaxDevices) break;
  }
  return names;
}

base::Result<std::vector<std::string>> lines_of(std::string_view text) {
  pugi::xml_document document;
  const auto device = parse(document, text, "device");
  if (!device) return device.error();
  const auto fits = [](std::string_view name) {
    return !name.empty() && name.size() <= kMaxLineBytes &&
           std::all_of(name.begin(), name.end(), [](char c) {
             return base::is_alnum(c) ||
                    std::string_view("-_.!~*'()&=+$,%").find(c) != std::string_view::npos;
           });
  };
  std::vector<std::string> names;
  // Where the lines stand differs between models: <sipProfile><sipLines> is one place.
  for (const pugi::xpath_node found : device->select_nodes(".//line/name")) {
    const std::string_view name = base::trim(found.node().text().get());
    if (!fits(name) || std::find(names.begin(), names.end(), name) != names.end()) continue;
    names.emplace_back(name);
    if (names.size() == kMaxLines) break;
  }
  return names;
}

}  // namespace core
