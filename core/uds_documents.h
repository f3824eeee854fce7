#pragma once
// What the core reads of a call manager's UDS answers (docs/wire.md 5). Pure.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace core {

inline constexpr std::size_t kMaxUdsBytes = 1024 * 1024;  // of a document; some KiB are usual
inline constexpr std::size_t kMaxDevices = 500;           // of one user; more are not read
inline constexpr std::size_t kMaxServers = 100;           // of one cluster

// /cucm-uds/clusterUser?username=: the node that the user's own URI names, lower case, or nullopt
// when no such user is known. Malformed: not the XML it should be, or a DTD in it.
base::Result<std::optional<std::string>> home_node_of(std::string_view document);

// /cucm-uds/servers: host names as written there, lower case; what is no host name is left out.
base::Result<std::vector<std::string>> servers_of(std::string_view document);

// /cucm-uds/user/<user>/devices: device names.
base::Result<std::vector<std::string>> devices_of(std::string_view document);

// A device's configuration file, <Device>.cnf.xml: the names of its lines, in order, each once;
// what could be no user part of a SIP URI is left out.
inline constexpr std::size_t kMaxLines = 64;       // of one device; more are not read
inline constexpr std::size_t kMaxLineBytes = 128;  // of one name
base::Result<std::vector<std::string>> lines_of(std::string_view document);

// The host of "https://host:port/path", lower case; none if it is not such a URI.
std::optional<std::string> host_of_uri(std::string_view uri);

}  // namespace core
