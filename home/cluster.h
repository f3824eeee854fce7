#pragma once
// The cluster as it shows itself in documents: its nodes and ports. An immutable snapshot.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace home {

struct Cluster {
  std::string version = "9.1.2";            // of the call manager we answer as
  std::vector<std::string> nodes;           // host names, at least one; the first is the publisher
  std::vector<std::string> domains;         // of the users; none: those that the nodes are in
  std::vector<std::string> presence;        // presence nodes named in the service profile
  std::uint16_t files_port = 6970;          // of the configuration files, on every node
  std::uint16_t sip_port = 5060;            // of the registrar, likewise
  std::int64_t registration_seconds = 120;  // what clients are told to ask for, and get at most
};

// The node that a request was sent to: the one whose name `authority` (RFC 9110 section 7.2)
// holds, in full or without its domain; the publisher when it is none of ours. So a made-up Host
// never appears in a document.
const std::string& node_asked(const Cluster& cluster, std::string_view authority);

// The account's user when its domain, without ASCII case, is one of the users' domains; else, and
// for an account without a domain, the whole text. A user's name may hold '@' itself, so who has
// the whole text as a name goes first.
std::string_view without_domain(const Cluster& cluster, std::string_view account);

}  // namespace home
