#include "policy/cookie.h"

#include <algorithm>

#include "base/text.h"

namespace policy {
namespace {

struct Pair {
  std::string_view name;
  std::string_view value;
};

Pair split_pair(std::string_view part) {
  part = base::trim(part);
  const std::size_t equals = part.find('=');
  if (equals == std::string_view::npos) return {{}, part};
  return {base::trim(part.substr(0, equals)), base::trim(part.substr(equals + 1))};
}

bool is_token_text(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return base::is_alnum(c) || c == '-' || c == '_';
  });
}

}  // namespace

base::Result<std::optional<std::string_view>> find_session_cookie(
    std::span<const std::string_view> fields) {
  std::optional<std::string_view> found;
  for (std::string_view field : fields) {
    for (bool more = true; more;) {
      const std::size_t end = field.find(';');
      const Pair pair = split_pair(field.substr(0, end));
      more = end != std::string_view::npos;
      if (more) field.remove_prefix(end + 1);
      if (pair.name != kSessionCookie) continue;
      if (found) return base::Error{base::Errc::Malformed, "more than one session cookie"};
      if (!is_token_text(pair.value)) {
        return base::Error{base::Errc::Malformed, "a session cookie that is no token"};
      }
      found = pair.value;
    }
  }
  return found;
}

std::string without_session_cookie(std::string_view field) {
  std::string kept;
  bool dropped_before = false;  // then the next part loses the blank that separated them
  bool any = false;
  for (bool more = true; more;) {
    const std::size_t end = field.find(';');
    std::string_view part = field.substr(0, end);
    more = end != std::string_view::npos;
    if (more) field.remove_prefix(end + 1);
    if (base::iequals(split_pair(part).name, kSessionCookie)) {
      dropped_before = true;
      continue;
    }
    if (any) kept += ';';
    if (!any && dropped_before) part = base::trim(part);
    any = true;
    kept += part;
  }
  // Only separators around what went: nothing is left.
  if (dropped_before && kept.find_first_not_of("; \t") == std::string::npos) kept.clear();
  return kept;
}

std::string to_set_cookie(std::string_view token, std::string_view cookie_domain) {
  std::string field(kSessionCookie);
  field += '=';
  field += token;
  field += "; Path=/; Secure; HttpOnly";
  if (!cookie_domain.empty()) {
    field += "; Domain=";
    field += cookie_domain;
  }
  return field;
}

}  // namespace policy
