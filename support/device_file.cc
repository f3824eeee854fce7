#include "support/device_file.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/address.h"
#include "base/text.h"
#include "support/xml.h"

namespace support {
namespace {

using base::Errc;
using base::Error;

constexpr std::string_view kDirectoryNumber = "9";  // featureID of what can be called

// Both are written into URIs, so a control character could break a message.
base::Result<> check_user_part(const std::string& text, std::string_view element) {
  if (text.size() <= kMaxLineBytes && std::ranges::all_of(text, base::is_visible)) return {};
  return Error{Errc::Malformed, fmt::format("<{}> of the line is not 1 to {} visible characters",
                                            element, kMaxLineBytes)};
}

base::Result<> read_line(pugi::xml_node line, PhoneSettings& settings) {
  auto name = optional_text(line, "name");
  if (!name) return name.error();
  auto contact = optional_text(line, "contact");
  if (!contact) return contact.error();
  if (const auto checked = check_user_part(*name, "name"); !checked) return checked;
  if (const auto checked = check_user_part(*contact, "contact"); !checked) return checked;
  settings.line = std::move(*name);
  settings.contact = std::move(*contact);
  return {};
}

// The first line with a number; speed dials and the like stand among them.
base::Result<> read_lines(pugi::xml_node root, PhoneSettings& settings) {
  const pugi::xml_node lines = root.child("sipProfile").child("sipLines");
  for (const pugi::xml_node line : lines.children("line")) {
    const auto feature = optional_text(line, "featureID");
    if (!feature) return feature.error();
    if (!feature->empty() && *feature != kDirectoryNumber) continue;
    if (const auto read = read_line(line, settings); !read) return read;
    if (!settings.line.empty()) return {};
  }
  return {};
}

base::Result<CallManager> read_member(pugi::xml_node member) {
  const pugi::xml_node node = member.child("callManager");
  const auto name = child_text(node, "processNodeName");
  if (!name) return name.error();
  CallManager found{base::to_lower(*name), kSipPort};
  if (const auto address = base::parse_ip(found.host)) {
    found.host = base::to_string(*address);
  } else if (!base::is_host_name(found.host)) {
    return Error{Errc::Malformed, "<processNodeName> is neither a host name nor an address"};
  }
  const pugi::xml_node ports = node.child("ports");
  if (!ports.child("sipPort")) return found;
  const auto port = child_number(ports, "sipPort");
  if (!port) return port.error();
  if (*port == 0) return Error{Errc::Malformed, "<sipPort> is 0"};
  found.port = *port;
  return found;
}

base::Result<> read_call_managers(pugi::xml_node root, PhoneSettings& settings) {
  const pugi::xml_node members =
      root.child("devicePool").child("callManagerGroup").child("members");
  std::vector<pugi::xml_node> nodes;
  for (const pugi::xml_node member : members.children("member")) {
    if (nodes.size() == kMaxCallManagers) break;
    nodes.push_back(member);
  }
  std::ranges::stable_sort(
      nodes, {}, [](pugi::xml_node member) { return member.attribute("priority").as_uint(); });
  for (const pugi::xml_node member : nodes) {
    auto found = read_member(member);
    if (!found) return found.error();
    settings.call_managers.push_back(std::move(*found));
  }
  return {};
}

}  // namespace

base::Result<PhoneSettings> parse_device_file(std::string_view body) {
  const auto document = parse_xml(body, "device");
  if (!document) return document.error();
  const pugi::xml_node root = document->document_element();
  PhoneSettings settings;
  if (const auto read = read_lines(root, settings); !read) return read.error();
  if (const auto read = read_call_managers(root, settings); !read) return read.error();
  return settings;
}

}  // namespace support
