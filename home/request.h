#pragma once
// What a request asks for, decoded once and strictly: the path's segments, the query's parameters,
// the credentials. Whatever has two readings is refused rather than read one way here and another
// way by somebody else.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "home/records.h"
#include "policy/basic_auth.h"

namespace home {

inline constexpr std::size_t kMaxSegments = 8;     // our deepest path has five
inline constexpr std::size_t kMaxParameters = 32;  // a search has at most seven
// Of what somebody signs in as: a user's name, and a domain (RFC 1035 section 3.1) behind '@'.
inline constexpr std::size_t kMaxAccountBytes = kMaxNameBytes + 1 + 253;

struct Parameter {
  std::string name;
  std::string value;
};

struct Resource {
  std::vector<std::string> segments;  // "/cucm-uds/version" has two; none is empty
  std::vector<Parameter> query;       // names are unique

  // The value of a parameter; none if it is absent.
  std::optional<std::string_view> parameter(std::string_view name) const;
};

// Reads an origin-form target (RFC 9112 section 3.2.1). Segments are percent-decoded (RFC 3986
// section 2.1), parameters also take '+' as a space (HTML form encoding). Malformed: a '%' without
// two hex digits, an empty or dot segment, a decoded '/', '\', control character or ill-formed
// UTF-8, a parameter without name or given twice. TooLarge beyond the limits.
base::Result<Resource> parse_target(std::string_view target);

// `text` as one segment of a URI: everything but RFC 3986's unreserved characters and "@+" is
// percent-encoded.
std::string encode_segment(std::string_view text);

// policy::parse_basic, and TooLarge for a name or password that no user of ours can have.
base::Result<policy::BasicCredentials> parse_basic(std::string_view field);

}  // namespace home
