#pragma once
// Whom an address belongs to, for what is counted by address.

#include <string>

#include "base/address.h"

namespace edge {

// Whoever has one address of IPv6 has all of its /64: the bytes that tell owners apart.
inline std::string network_of(const base::IpAddress& address) {
  constexpr std::size_t kPrefixBytes = 8;
  return std::string(address.is_v4() ? address.bytes() : address.bytes().substr(0, kPrefixBytes));
}

}  // namespace edge
