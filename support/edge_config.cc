#include "support/edge_config.h"

#include <fmt/core.h>

#include <algorithm>
#include <sstream>

#include "base/address.h"
#include "base/text.h"
#include "support/xml.h"

namespace support {
namespace {

using base::Errc;
using base::Error;

constexpr char kTftp[] = "tftpServer";  // a service of another shape: addresses only

base::Result<std::string> parse_host(pugi::xml_node node) {
  auto text = text_of(node);
  if (!text) return text.error();
  if (!base::is_host_name(*text) && !base::parse_ip(*text)) {
    return Error{Errc::Malformed, fmt::format("<{}> of <{}> is neither a host name nor an address",
                                              node.name(), node.parent().name())};
  }
  return std::move(*text);
}

// Reads every child of that name with `parse_one`, which takes the node.
template <typename T, typename ParseOne>
base::Result<std::vector<T>> parse_list(pugi::xml_node parent, const char* name,
                                        ParseOne parse_one) {
  std::vector<T> list;
  for (const pugi::xml_node node : parent.children(name)) {
    if (list.size() == kMaxListed) {
      return Error{Errc::TooLarge,
                   fmt::format("<{}> has more than {} <{}>", parent.name(), kMaxListed, name)};
    }
    auto item = parse_one(node);
    if (!item) return item.error();
    list.push_back(std::move(*item));
  }
  return list;
}

base::Result<ServiceServer> parse_service_server(pugi::xml_node node) {
  const auto address = only_child(node, "address");
  if (!address) return address.error();
  auto host = parse_host(*address);
  if (!host) return host.error();
  const auto priority = child_number(node, "priority");
  if (!priority) return priority.error();
  const auto weight = child_number(node, "weight");
  if (!weight) return weight.error();
  const auto port = child_number(node, "port");
  if (!port) return port.error();
  if (*port == 0) return Error{Errc::Malformed, "a <server> of a service has port 0"};
  return ServiceServer{*priority, *weight, *port, std::move(*host)};
}

base::Result<Service> parse_service(pugi::xml_node node, std::string name) {
  if (!base::is_service_name(name)) {
    return Error{Errc::Malformed, "the <name> of a <service> is not the name of a service"};
  }
  Service service{std::move(name), {}, {}};
  auto servers = parse_list<ServiceServer>(node, "server", parse_service_server);
  if (!servers) return servers.error();
  service.servers = std::move(*servers);
  auto error = optional_text(node, "error");
  if (!error) return error.error();
  service.error = std::move(*error);

  if (service.error.empty() == service.servers.empty()) {
    return Error{Errc::Malformed,
                 fmt::format("service {} needs either an <error> or <server>s", service.name)};
  }
  constexpr std::string_view kErrors[] = {"", "NameError", "ServerError", "Timeout"};
  if (std::ranges::find(kErrors, service.error) == std::end(kErrors)) {
    return Error{Errc::Malformed, fmt::format("service {} has an unknown <error>", service.name)};
  }
  return service;
}

base::Result<> parse_services(pugi::xml_node parent, EdgeConfig& config) {
  bool has_tftp = false;
  for (const pugi::xml_node node : parent.children("service")) {
    auto name = child_text(node, "name");
    if (!name) return name.error();
    const bool is_tftp = *name == kTftp;
    if (is_tftp ? has_tftp : config.service(*name) != nullptr) {
      return Error{Errc::Malformed, fmt::format("service {} is there twice", *name)};
    }
    if (is_tftp) {
      has_tftp = true;
      auto addresses = parse_list<std::string>(node, "address", parse_host);
      if (!addresses) return addresses.error();
      config.tftp_servers = std::move(*addresses);
      continue;
    }
    if (config.services.size() == kMaxListed) {
      return Error{Errc::TooLarge, fmt::format("more than {} services", kMaxListed)};
    }
    auto service = parse_service(node, std::move(*name));
    if (!service) return service.error();
    config.services.push_back(std::move(*service));
  }
  if (config.services.empty()) {
    return Error{Errc::Malformed, "<serviceConfig> names no service"};
  }
  return {};
}

base::Result<EdgeServer> parse_edge_server(pugi::xml_node node) {
  const auto address = only_child(node, "address");
  if (!address) return address.error();
  auto host = parse_host(*address);
  if (!host) return host.error();
  const auto port = child_number(node, "tlsPort");
  if (!port) return port.error();
  if (*port == 0) return Error{Errc::Malformed, "a <tlsPort> is 0"};
  return EdgeServer{std::move(*host), *port};
}

base::Result<std::vector<EdgeServer>> parse_edge_servers(pugi::xml_node parent, const char* name,
                                                         bool may_be_empty) {
  const auto section = only_child(parent, name);
  if (!section) return section.error();
  auto servers = parse_list<EdgeServer>(*section, "server", parse_edge_server);
  if (!servers) return servers.error();
  if (servers->empty() && !may_be_empty) {
    return Error{Errc::Malformed, fmt::format("<{}> names no server", name)};
  }
  return servers;
}

// "<sip:host:port;transport=tls;…;lr>": what a client puts into Route (RFC 3261 section 20.34)
// without looking inside. Only what would break its request is checked here.
base::Result<std::string> parse_route(pugi::xml_node node) {
  auto text = text_of(node);
  if (!text) return text.error();
  const std::string_view route = *text;
  const bool visible = std::ranges::all_of(route, base::is_visible);
  if (!visible || !(route.starts_with("<sip:") || route.starts_with("<sips:")) ||
      route.find('>') != route.size() - 1 || route.rfind('<') != 0) {
    return Error{Errc::Malformed, "a <route> is not a SIP URI in angle brackets"};
  }
  const auto params = base::split(route.substr(0, route.size() - 1), ';');
  if (std::find(params.begin() + 1, params.end(), "lr") == params.end()) {
    return Error{Errc::Malformed, "a <route> has no ;lr (RFC 3261 section 19.1.1)"};
  }
  return std::move(*text);
}

base::Result<> parse_edges(pugi::xml_node parent, EdgeConfig& config) {
  struct Section {
    const char* name;
    std::vector<EdgeServer>& list;
    bool may_be_empty;
  };
  const Section sections[] = {
      {"sipEdgeServer", config.sip_edges, false},      {"xmppEdgeServer", config.xmpp_edges, true},
      {"httpEdgeServer", config.http_edges, false},    {"turnEdgeServer", config.turn_edges, true},
      {"userUdsServer", config.user_uds_nodes, false},
  };
  for (const Section& section : sections) {
    // A site without chat need not say so.
    if (&section.list == &config.xmpp_edges && !parent.child(section.name)) continue;
    auto servers = parse_edge_servers(parent, section.name, section.may_be_empty);
    if (!servers) return servers.error();
    section.list = std::move(*servers);
  }
  const auto request = only_child(parent, "sipRequest");
  if (!request) return request.error();
  auto routes = parse_list<std::string>(*request, "route", parse_route);
  if (!routes) return routes.error();
  if (routes->empty()) return Error{Errc::Malformed, "<sipRequest> names no route"};
  config.sip_routes = std::move(*routes);
  return {};
}

void append_text(pugi::xml_node parent, const char* name, std::string_view text) {
  parent.append_child(name).text().set(std::string(text).c_str());
}

void append_servers(pugi::xml_node parent, const char* name, const std::vector<EdgeServer>& list) {
  pugi::xml_node section = parent.append_child(name);
  for (const EdgeServer& server : list) {
    pugi::xml_node node = section.append_child("server");
    append_text(node, "address", server.address);
    append_text(node, "tlsPort", std::to_string(server.port));
  }
}

void append_service(pugi::xml_node parent, const Service& service) {
  pugi::xml_node node = parent.append_child("service");
  append_text(node, "name", service.name);
  if (!service.error.empty()) append_text(node, "error", service.error);
  for (const ServiceServer& server : service.servers) {
    pugi::xml_node item = node.append_child("server");
    append_text(item, "priority", std::to_string(server.priority));
    append_text(item, "weight", std::to_string(server.weight));
    append_text(item, "port", std::to_string(server.port));
    append_text(item, "address", server.address);
  }
}

}  // namespace

const Service* EdgeConfig::service(std::string_view name) const {
  const auto found = std::ranges::find(services, name, &Service::name);
  return found == services.end() ? nullptr : &*found;
}

base::Result<EdgeConfig> parse_edge_config(std::string_view body) {
  const auto document = parse_xml(body, "getEdgeConfigResponse");
  if (!document) return document.error();
  const pugi::xml_node root = document->document_element();
  if (std::string_view(root.attribute("version").value()) != "1.0") {
    return Error{Errc::Unsupported, "<getEdgeConfigResponse> is not of version 1.0"};
  }
  const auto services = only_child(root, "serviceConfig");
  if (!services) return services.error();
  const auto edges = only_child(root, "edgeConfig");
  if (!edges) return edges.error();

  EdgeConfig config;
  if (const auto parsed = parse_services(*services, config); !parsed) return parsed.error();
  if (const auto parsed = parse_edges(*edges, config); !parsed) return parsed.error();
  return config;
}

std::string to_xml(const EdgeConfig& config) {
  pugi::xml_document document;
  pugi::xml_node root = document.append_child("getEdgeConfigResponse");
  root.append_attribute("version").set_value("1.0");
  pugi::xml_node services = root.append_child("serviceConfig");
  for (const Service& service : config.services)
    append_service(services, service);
  pugi::xml_node tftp = services.append_child("service");
  append_text(tftp, "name", kTftp);
  for (const std::string& address : config.tftp_servers)
    append_text(tftp, "address", address);

  pugi::xml_node edges = root.append_child("edgeConfig");
  append_servers(edges, "sipEdgeServer", config.sip_edges);
  pugi::xml_node request = edges.append_child("sipRequest");
  for (const std::string& route : config.sip_routes)
    append_text(request, "route", route);
  append_servers(edges, "xmppEdgeServer", config.xmpp_edges);
  append_servers(edges, "httpEdgeServer", config.http_edges);
  append_servers(edges, "turnEdgeServer", config.turn_edges);
  append_servers(edges, "userUdsServer", config.user_uds_nodes);

  std::ostringstream out;
  document.save(out, "", pugi::format_raw, pugi::encoding_utf8);
  return out.str();
}

}  // namespace support
