#pragma once
// Basic credentials (RFC 7617). Pure.

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace policy {

inline constexpr std::size_t kMaxBasicUserBytes = 384;  // user (128), '@' and domain (253) fit
inline constexpr std::size_t kMaxPasswordBytes = 256;

struct BasicCredentials {
  std::string user;      // as written, UTF-8, no controls: see policy/user.h for the account
  std::string password;  // may hold ':'; may be empty
  bool operator==(const BasicCredentials&) const = default;
};

// Reads the value of an Authorization field. The scheme is taken in any case, then one space or
// more, then canonical base64 with padding. Unsupported: another scheme. TooLarge: beyond the
// limits. Malformed: anything else, among it text that is not UTF-8, has a control character, no
// ':' or no user.
base::Result<BasicCredentials> parse_basic(std::string_view field);

// "Basic <base64>", to ask the call manager with the user's own credentials.
std::string to_string(const BasicCredentials& credentials);

}  // namespace policy
