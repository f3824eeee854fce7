#pragma once
// Values of the header fields that steer a message. Views into the text that was parsed; each
// parser takes one value, trimmed, as Message::values() gives it.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sip/uri.h"

namespace sip {

// name-addr or addr-spec with parameters: From, To, Contact, Route, Record-Route, Path,
// P-Asserted-Identity (RFC 3261 section 20.10).
struct NameAddr {
  std::string_view display;  // with its quotes
  std::string_view uri;      // without angle brackets; not judged, it may be of any scheme
  std::string_view params;   // behind the first ';' after the address, without it
  bool has_brackets = false;
  bool is_star = false;  // Contact: *

  std::optional<std::string_view> param(std::string_view name) const {
    return find_param(params, name);
  }
};
// Malformed: an open quote or bracket, blanks in the address, a display name without quotes that
// needs them, bad parameters.
base::Result<NameAddr> parse_name_addr(std::string_view value);

struct Via {
  std::string_view transport;  // "TLS", as written
  std::string_view host;       // without brackets
  std::optional<std::uint16_t> port;
  std::string_view params;
  bool is_ipv6 = false;

  std::string_view branch() const { return find_param(params, "branch").value_or(""); }
};
base::Result<Via> parse_via(std::string_view value);

struct CSeq {
  std::uint32_t number = 0;
  std::string_view method;
};
// Malformed also from 2^31 up (RFC 3261 section 8.1.1.5).
base::Result<CSeq> parse_cseq(std::string_view value);

// Delta-seconds: digits only, up to 2^32 - 1.
base::Result<std::uint32_t> parse_delta_seconds(std::string_view value);
// The Date of RFC 3261 section 20.17 in seconds since 1970: RFC 1123 form, GMT only.
base::Result<std::int64_t> parse_date(std::string_view value);
std::string format_date(std::int64_t seconds_since_1970);

// auth-param list of a challenge or of credentials (RFC 3261 section 20.27, 20.28): the scheme, and
// the parameters with quotes removed and escapes undone. At most kMaxParams; a name twice is
// Malformed.
struct AuthParams {
  std::string_view scheme;  // "Digest", as written
  struct Param {
    std::string_view name;   // as written
    std::string_view value;  // of the text, or of `plain` where it had escapes
    bool quoted = false;
  };
  std::vector<Param> params;
  std::vector<std::unique_ptr<const std::string>> plain;
  // Empty when there is none.
  std::string_view get(std::string_view name) const;
};
base::Result<AuthParams> parse_auth(std::string_view value);
// "text" with quotes and backslashes escaped.
std::string quote(std::string_view text);

}  // namespace sip
