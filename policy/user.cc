#include "policy/user.h"

#include <algorithm>

#include "base/text.h"

namespace policy {

bool is_user_name(std::string_view name) {
  if (name.empty() || name.size() > kMaxUserBytes) return false;
  const char first = name.front();
  if (!base::is_alnum(first) && first != '_' && first != '+') return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return base::is_alnum(c) || std::string_view("._-+~").find(c) != std::string_view::npos;
  });
}

base::Result<std::string> canonical_user(std::string_view typed, std::string_view domain) {
  const std::size_t at = typed.find('@');
  const std::string_view name = typed.substr(0, at);
  if (!is_user_name(name)) return base::Error{base::Errc::Malformed, "not a user name"};
  if (at != std::string_view::npos && !base::iequals(typed.substr(at + 1), domain)) {
    return base::Error{base::Errc::Refused, "a user of another domain"};
  }
  return base::to_lower(name);
}

}  // namespace policy
