#pragma once
// getEdgeConfigResponse: what a client learns at sign-in (docs/wire.md 4). Pure.

#include <cstdint>
#include <string>
#include <vector>

#include "base/address.h"
#include "core/discovery.h"

namespace core {

struct NamedPort {
  std::string address;
  std::uint16_t port = 0;
};

struct EdgeConfigDocument {
  std::vector<Service> services;  // in the order to be listed
  std::vector<base::IpAddress> tftp_servers;
  std::vector<NamedPort> sip_edges;
  std::vector<std::string> sip_routes;  // URIs without brackets: "sip:10.1.2.3:5061;transport=tls"
  std::vector<NamedPort> xmpp_edges;
  std::vector<NamedPort> http_edges;
  std::vector<NamedPort> turn_edges;
  std::vector<NamedPort> user_uds_servers;
};

std::string to_xml(const EdgeConfigDocument& document);

// The services a query asks for: the values of its service_name parameters, each once, in order;
// none asked gives _cisco-uds and _cuplogin. Malformed beyond kMaxAskedServices, or for a value
// that is not "_" and letters, digits and inner hyphens.
inline constexpr std::size_t kMaxAskedServices = 10;
base::Result<std::vector<std::string>> asked_services(std::string_view query);

}  // namespace core
