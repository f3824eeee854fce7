#include "core/edge_config.h"

#include <algorithm>
#include <pugixml.hpp>
#include <sstream>

#include "base/text.h"

namespace core {
namespace {

void add_text(pugi::xml_node parent, const char* name, const std::string& text) {
  parent.append_child(name).text().set(text.c_str());
}

void add_service(pugi::xml_node parent, const Service& service) {
  pugi::xml_node node = parent.append_child("service");
  add_text(node, "name", service.name);
  if (service.targets.empty()) {
    // While the DNS fails, targets known from before are as good as new.
    add_text(node, "error", dns::to_string(service.outcome));
    return;
  }
  for (const dns::SrvTarget& target : service.targets) {
    pugi::xml_node server = node.append_child("server");
    add_text(server, "priority", std::to_string(target.priority));
    add_text(server, "weight", std::to_string(target.weight));
    add_text(server, "port", std::to_string(target.port));
    add_text(server, "address", target.host);
  }
}

void add_edges(pugi::xml_node parent, const char* name, const std::vector<NamedPort>& edges) {
  pugi::xml_node node = parent.append_child(name);
  for (const NamedPort& edge : edges) {
    pugi::xml_node server = node.append_child("server");
    add_text(server, "address", edge.address);
    add_text(server, "tlsPort", std::to_string(edge.port));
  }
}

bool is_service_label(std::string_view name) {
  return name.starts_with('_') && name.find('.') == std::string_view::npos &&
         base::is_service_name(name);
}

}  // namespace

std::string to_xml(const EdgeConfigDocument& document) {
  pugi::xml_document xml;
  pugi::xml_node declaration = xml.append_child(pugi::node_declaration);
  declaration.append_attribute("version") = "1.0";
  declaration.append_attribute("encoding") = "UTF-8";
  pugi::xml_node root = xml.append_child("getEdgeConfigResponse");
  root.append_attribute("version") = "1.0";

  pugi::xml_node services = root.append_child("serviceConfig");
  for (const Service& service : document.services)
    add_service(services, service);
  pugi::xml_node tftp = services.append_child("service");
  add_text(tftp, "name", "tftpServer");
  for (const base::IpAddress& address : document.tftp_servers) {
    add_text(tftp, "address", base::to_string(address));
  }

  pugi::xml_node edges = root.append_child("edgeConfig");
  add_edges(edges, "sipEdgeServer", document.sip_edges);
  pugi::xml_node request = edges.append_child("sipRequest");
  for (const std::string& route : document.sip_routes) {
    add_text(request, "route", "<" + route + ">");
  }
  add_edges(edges, "xmppEdgeServer", document.xmpp_edges);
  add_edges(edges, "httpEdgeServer", document.http_edges);
  add_edges(edges, "turnEdgeServer", document.turn_edges);
  add_edges(edges, "userUdsServer", document.user_uds_servers);

  std::ostringstream out;
  xml.save(out, "", pugi::format_raw);
  return out.str();
}

base::Result<std::vector<std::string>> asked_services(std::string_view query) {
  constexpr std::string_view kParameter = "service_name=";
  std::vector<std::string> asked;
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    if (!pair.starts_with(kParameter)) continue;
    const std::string name(pair.substr(kParameter.size()));
    if (!is_service_label(name)) {
      return base::Error{base::Errc::Malformed, "service_name: not a service name: " + name};
    }
    if (std::find(asked.begin(), asked.end(), name) != asked.end()) continue;
    if (asked.size() == kMaxAskedServices) {
      return base::Error{base::Errc::TooLarge,
                         "service_name: more than " + std::to_string(kMaxAskedServices)};
    }
    asked.push_back(name);
  }
  if (asked.empty()) asked = {"_cisco-uds", "_cuplogin"};
  return asked;
}

}  // namespace core
