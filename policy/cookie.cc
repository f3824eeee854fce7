#include "policy/cookie.h"

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

}  // namespace

void SessionCookie::read(std::string_view field) {
  for (bool more = true; more;) {
    const std::size_t end = field.find(';');
    const Pair pair = split_pair(field.substr(0, end));
    more = end != std::string_view::npos;
    if (more) field.remove_prefix(end + 1);
    if (pair.name != kSessionCookie) continue;
    value_ = pair.value;
    ++count_;
  }
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
