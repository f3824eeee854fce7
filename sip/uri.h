#pragma once
// SIP URIs (RFC 3261 section 19.1) and parameters. Views into the text that was parsed.

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "base/address.h"
#include "base/result.h"

namespace sip {

struct Uri {
  std::string_view scheme;  // "sip" or "sips", as written
  std::string_view user;    // escaped as written, with its parameters ("user;par=u%40example.net")
  std::string_view password;
  std::string_view host;  // an IPv6 address without brackets
  std::optional<std::uint16_t> port;
  std::string_view params;   // behind the first ';', without it; empty when there are none
  std::string_view headers;  // behind '?'
  bool has_user = false;
  bool is_ipv6 = false;

  bool is_sips() const;
  // The value of a parameter, "" for one without value; nothing when it is not there. Names are
  // compared without case.
  std::optional<std::string_view> param(std::string_view name) const;
};

// Unsupported for a URI of another scheme that is well formed; Malformed otherwise, naming the
// part.
base::Result<Uri> parse_uri(std::string_view text);

// From a list "a=1;b;c="x;y"" as URIs and header field values have it, the value of one name,
// quotes kept; "" for one without value.
std::optional<std::string_view> find_param(std::string_view params, std::string_view name);
// The list with the parameter set (replaced in place, or added at the end; an empty value: the name
// alone), or without some. Of a name that is set more than once only the first stays.
std::string with_param(std::string_view params, std::string_view name, std::string_view value);
std::string without_params(std::string_view params, std::initializer_list<std::string_view> names);
// Whether every parameter of the list is well formed, none comes twice (RFC 3261 section 7.3.1)
// and there are at most kMaxParams.
bool are_params(std::string_view params);

// %HH undone, once; Malformed for a '%' without two digits. The result may hold any byte.
base::Result<std::string> unescape(std::string_view text);
// "host" or "[2001:db8::1]", ":port" where there is one.
std::string host_port(std::string_view host, std::optional<std::uint16_t> port);

// A host of the grammar: a name, an IPv4 address or an IPv6 address in brackets, then [":" port].
// RFC 5118's "[2001:db8:::192.0.2.1]" is taken as the address it means.
struct HostPort {
  std::string_view host;  // without brackets
  std::optional<std::uint16_t> port;
  bool is_ipv6 = false;
};
base::Result<HostPort> parse_host_port(std::string_view text);
// The address that a host of Uri, Via or HostPort is; nothing for a name. Takes the three colons.
std::optional<base::IpAddress> host_address(std::string_view host);

}  // namespace sip
