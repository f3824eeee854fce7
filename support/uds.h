#pragma once
// The answers of the User Data Service that a sign-in reads (wire.md section 5), and where their
// URIs lead. Pure: text in, values out; every function is Malformed, with the element in the
// detail, when a client could not work with the answer.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace support {

inline constexpr std::size_t kMaxUdsEntries = 256;  // servers, devices, URIs of one answer

// Where a document lies inside: a host path of wire.md section 3 and a target.
struct Location {
  std::string scheme;  // "https" or "http"
  std::string host;    // a host name, lower case, or an IP address
  std::uint16_t port = 0;
  std::string target;  // origin form: "/MDonald.cnf.xml"
  bool operator==(const Location&) const = default;
};

// Reads an http or https URI as UDS writes it. Without a port 8443 (https) or 6970 (http) is meant,
// as in a host path. Malformed for user information, fragments and bytes outside the URI grammar.
base::Result<Location> parse_location(std::string_view uri);

// <versionInformation>
struct UdsVersion {
  std::string name;     // "Cisco User Data Service"; may be empty
  std::string version;  // "9.1.2"
};
base::Result<UdsVersion> parse_version(std::string_view body);

struct UdsUser {
  std::string user_name;
  std::string first_name;  // may be empty, as may the rest
  std::string last_name;
  std::string phone_number;
};
// <users> with the one entry that was asked for, or <clusterUser>, which later call managers send.
// NotFound when this cluster is not the user's home, or does not know the user.
base::Result<UdsUser> parse_cluster_user(std::string_view body, std::string_view user_name);
// <user>; Malformed when it is about somebody else.
base::Result<UdsUser> parse_user(std::string_view body, std::string_view user_name);

// <servers>: the host names of the cluster's nodes; at least one.
base::Result<std::vector<std::string>> parse_servers(std::string_view body);

struct UdsDevice {
  std::string name;                 // "MDonald", the stem of its configuration file
  std::string model;                // may be empty
  std::vector<Location> provision;  // where its configuration file lies; may be empty
};
// <devices>; may be empty. The name of a device may stand in a file name: letters, digits, '-', '_'
// and '.', at most 128 bytes, not starting with a dot.
base::Result<std::vector<UdsDevice>> parse_devices(std::string_view body);

}  // namespace support
