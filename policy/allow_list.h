#pragma once
// What a client may ask of the inside: scheme, host, port, path and method, judged on the exact
// bytes that will be sent upstream. Compiled once, then immutable; share it as
// shared_ptr<const AllowList>. The time of a check does not depend on the number of rules.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "base/text_map.h"
#include "policy/host_path.h"

namespace policy {

struct Rule {
  enum class Match {
    Exact,   // this path and no other
    Prefix,  // this path and everything below it: "/a" and "/a/" match "/a/b", never "/ab"
    File,    // one name directly below it: "/" matches "/x.xml", never "/d/x.xml"
  };
  std::string name;  // for the log: "uds ucm-pub.example.com"
  Scheme scheme = Scheme::Https;
  std::string
      host;  // a qualified name or, when it must be, an address as base::to_string writes it
  std::uint16_t port = 8443;
  std::string path = "/";  // canonical (policy/path.h), no query
  Match match = Match::Prefix;
  std::vector<std::string> methods = {"GET", "HEAD"};  // of kKnownMethods
  bool operator==(const Rule&) const = default;
};

inline constexpr std::string_view kKnownMethods[] = {"GET",    "HEAD",  "POST",   "PUT",
                                                     "DELETE", "PATCH", "OPTIONS"};

// What is about to be sent upstream. Views need only live during the check.
struct AllowRequest {
  Scheme scheme = Scheme::Https;
  std::string_view host;  // as HostPath gives it, qualified
  std::uint16_t port = 0;
  std::string_view method;  // exactly as sent; methods are case-sensitive (RFC 9110, 9.1)
  std::string_view target;  // path and query exactly as sent; the query is not judged
};

enum class AllowReason {
  Allowed,
  HostNotAllowed,
  PathNotCanonical,
  PathNotAllowed,
  MethodNotAllowed
};
// In words, for the log: "host not allowed".
const char* to_string(AllowReason reason);

// Its views are valid as long as the list.
struct AllowVerdict {
  AllowReason reason = AllowReason::HostNotAllowed;
  // The name of the deciding rule; for MethodNotAllowed of the one that fits.
  std::string_view rule;
  std::string_view detail;  // for PathNotCanonical: what is wrong with it
  bool allowed() const { return reason == AllowReason::Allowed; }
};

class AllowList final {
 public:
  AllowList() = default;  // allows nothing
  // Malformed when a rule has a path that is not canonical, an unknown method, no method, a host
  // that is no host, or port 0; the detail names the rule.
  static base::Result<AllowList> compile(std::span<const Rule> rules);

  // Every rule that matches host and path may allow the method; the most specific gives its name.
  AllowVerdict check(const AllowRequest& request) const;
  // Whether any rule names this host and port: asked before a name is resolved.
  bool knows_host(Scheme scheme, std::string_view host, std::uint16_t port) const;

 private:
  struct Entry {
    std::uint32_t methods = 0;  // bit n: kKnownMethods[n]
    std::string name;
  };
  using Paths = base::TextMap<std::vector<Entry>>;
  struct Host {
    Paths exact;                     // by the whole path
    Paths prefixes;                  // by the path without its final '/'
    Paths folders;                   // rules of kind File, by the folder without its final '/'
    std::size_t deepest_prefix = 0;  // segments of the longest prefix: no need to look beyond
  };
  struct HostKey {
    Scheme scheme;
    std::uint16_t port;
    std::string_view host;
    bool operator==(const HostKey&) const = default;
  };
  struct OwnedKey {
    Scheme scheme;
    std::uint16_t port;
    std::string host;
    operator HostKey() const { return {scheme, port, host}; }
  };
  struct HostHash {
    using is_transparent = void;
    std::size_t operator()(const HostKey& key) const;
  };
  struct HostEqual {
    using is_transparent = void;
    bool operator()(const HostKey& a, const HostKey& b) const { return a == b; }
  };

  const Host* find_host(Scheme scheme, std::string_view host, std::uint16_t port) const;

  std::unordered_map<OwnedKey, Host, HostHash, HostEqual> hosts_;
};

// A server that discovery found, for which the rules make themselves.
struct Node {
  enum class Kind { Uds, Tftp };
  Kind kind = Kind::Uds;
  std::string host;        // qualified, lower case
  std::uint16_t port = 0;  // 0: the default of its kind, 8443 or 6970
  bool operator==(const Node&) const = default;
};

// UDS: https, GET and HEAD below /cucm-uds/, and PUT, POST and DELETE below /cucm-uds/user/ (users
// change their own settings there). TFTP: http, GET and HEAD of single files and of those in /CUPC/
// (which file for whom is the business of policy/files.h).
std::vector<Rule> rules_for_nodes(std::span<const Node> nodes);

}  // namespace policy
