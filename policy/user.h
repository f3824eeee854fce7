#pragma once
// Names of users: one spelling for each account, and safe inside a path.

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace policy {

inline constexpr std::size_t kMaxUserBytes = 128;

// Letters, digits and "._-+~", beginning with a letter, a digit, '_' or '+', at most kMaxUserBytes.
// So a name is one path segment that needs no escape and is never "." or "..".
bool is_user_name(std::string_view name);

// The account behind what somebody typed: "mac.donald", "Mac.Donald" and "mac.donald@LAB.example"
// are "mac.donald" of domain "lab.example". Refused: another domain than `domain`. Malformed: not a
// user name.
base::Result<std::string> canonical_user(std::string_view typed, std::string_view domain);

}  // namespace policy
