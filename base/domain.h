#pragma once
// DNS domains as sets of names.

#include <string_view>

#include "base/text.h"

namespace base {

// Whether `host` is `domain` or below it; without case, neither with a final dot (RFC 1034 section
// 3.1: whole labels count, so "evillab.example" is not in "lab.example").
inline bool is_in_domain(std::string_view host, std::string_view domain) {
  if (host.size() <= domain.size()) return iequals(host, domain);
  const std::size_t at = host.size() - domain.size();
  return at > 1 && host[at - 1] == '.' && iequals(host.substr(at), domain);
}

}  // namespace base
