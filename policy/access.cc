#include "policy/access.h"

#include "base/text.h"

namespace policy {
namespace {

base::TextSet lower_set(const std::vector<std::string>& names) {
  base::TextSet lower;
  for (const std::string& name : names)
    lower.insert(base::to_lower(name));
  return lower;
}

}  // namespace

Access::Access(const AccessRules& rules)
    : by_default_(rules.by_default),
      allowed_(lower_set(rules.allowed)),
      denied_(lower_set(rules.denied)) {}

bool Access::allows(std::string_view user) const {
  if (by_default_ && denied_.empty()) return true;  // the usual case costs nothing
  const std::string name = base::to_lower(user);
  if (denied_.contains(name)) return false;
  return by_default_ || allowed_.contains(name);
}

}  // namespace policy
