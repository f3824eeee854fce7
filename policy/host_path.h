#pragma once
// The host path: where inside a client's HTTPS request wants to go (wire.md, 3).
//
//   "/" base64(domain ["/" scheme "/" host ["/" port]]) rest      rest = "/" anything

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace policy {

enum class Scheme { Http, Https };
const char* to_string(Scheme scheme);       // "http", "https"
std::uint16_t default_port(Scheme scheme);  // 6970, 8443

inline constexpr std::size_t kMaxHostPathBase64 = 1024;  // two names of 253 bytes fit well

struct HostPath {
  struct Target {
    Scheme scheme = Scheme::Https;
    std::string host;         // lower case, no final dot; an address without brackets (RFC 5952)
    std::uint16_t port = 0;   // the default port of the scheme when none was written
    bool is_address = false;  // an IP literal: allowed only where a rule names it
    bool qualified = true;    // false: one label, so the domain's search suffix must be added
    bool operator==(const Target&) const = default;
  };

  std::string domain;            // lower case, no final dot
  std::optional<Target> target;  // absent: the request is for the core itself
  // Exactly as received, begins with '/', with its query. A view of what was parsed.
  std::string_view rest;
  bool operator==(const HostPath&) const = default;
};

// Reads the target of a request ("/dWNsYWIuY29t/get_edge_config?x=y"). Both alphabets are taken
// (neither '/' nor '+' nor '-' nor '_' can in fact occur: no byte of the grammar leads to them),
// and padding may be absent, '=' or "%3D" (some clients escape it). Malformed: a first segment with
// any other escape or byte, base64 that is not canonical, a decoded text that does not fit the
// grammar to the last byte (schemes are lower case, names are letters, digits and inner hyphens, a
// name may not end in a number unless it is an address, an IPv6 address stands in brackets), no
// rest, a control, space or '#' in the rest. TooLarge: beyond kMaxHostPathBase64.
base::Result<HostPath> parse_host_path(std::string_view target);

// Reads targets as parse_host_path() does, and remembers what their first segments said: clients
// ask for the same few hosts again and again. A new one takes the place of another, and what did
// not parse is not remembered; some 30 KiB. Not thread-safe.
class HostPathCache final {
 public:
  base::Result<HostPath> parse(std::string_view target);

 private:
  static constexpr std::size_t kMaxSegment = 256;  // bytes; longer ones are parsed each time
  struct Entry {
    std::string segment;  // empty: none
    HostPath path;        // without a rest
  };
  std::array<Entry, 128> entries_;
};

// The canonical spelling, URL-safe and without padding; the port is always written. What
// parse_host_path reads back is equal.
std::string to_string(const HostPath& path);

}  // namespace policy
