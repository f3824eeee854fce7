#pragma once
// The body of a get_edge_config answer (wire.md section 4): what a client learns about the inside
// and about the ports of the edge. Pure: text in, values out.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace support {

// No list of the answer is longer in any cluster (20 call managers, 8 presence nodes, 16 edges);
// a longer one is TooLarge.
inline constexpr std::size_t kMaxListed = 64;

// One SRV record that the core looked up inside (RFC 2782).
struct ServiceServer {
  std::uint16_t priority = 0;
  std::uint16_t weight = 0;
  std::uint16_t port = 0;
  std::string address;  // a host name or an IP address
  bool operator==(const ServiceServer&) const = default;
};

struct Service {
  std::string name;   // "_cisco-uds"
  std::string error;  // "NameError", "ServerError" or "Timeout"; empty: there are servers
  std::vector<ServiceServer> servers;  // in the order of selection
  bool operator==(const Service&) const = default;
};

struct EdgeServer {
  std::string address;  // a host name or an IP address
  std::uint16_t port = 0;
  bool operator==(const EdgeServer&) const = default;
};

struct EdgeConfig {
  std::vector<Service> services;          // without tftpServer
  std::vector<std::string> tftp_servers;  // host names or addresses
  std::vector<EdgeServer> sip_edges;      // at least one
  std::vector<std::string> sip_routes;  // at least one: "<sip:10.1.2.3:5061;transport=tls;…;lr>"
  std::vector<EdgeServer> xmpp_edges;   // empty: the site has no chat
  std::vector<EdgeServer> http_edges;   // at least one
  std::vector<EdgeServer> turn_edges;   // empty while TURN is not configured
  std::vector<EdgeServer> user_uds_nodes;  // at least one: the user's home

  bool operator==(const EdgeConfig&) const = default;
  // The service of that name; null when the answer has none.
  const Service* service(std::string_view name) const;
};

// Reads the answer. Malformed, with the element in the detail, for whatever a client could not
// work with: a section that is missing or repeated, a server without address or port, a service
// with both error and servers or neither, an unknown error word, a service named twice, a route
// that is no loose-routing SIP URI in angle brackets. Elements nobody knows are passed over.
base::Result<EdgeConfig> parse_edge_config(std::string_view body);

// Writes the answer in the order of wire.md; parse_edge_config() gives back the same value.
std::string to_xml(const EdgeConfig& config);

}  // namespace support
