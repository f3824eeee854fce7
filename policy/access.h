#pragma once
// Who may sign in from outside at all. Immutable after it was made; share it between workers.

#include <string>
#include <string_view>
#include <vector>

#include "base/text_map.h"

namespace policy {

// Names as canonical_user gives them or as people write them; case does not count.
struct AccessRules {
  bool by_default = true;            // for users in neither list
  std::vector<std::string> allowed;  // matters when by_default is false
  std::vector<std::string> denied;   // always wins
};

class Access final {
 public:
  explicit Access(const AccessRules& rules = {});
  // `user` without its domain.
  bool allows(std::string_view user) const;

 private:
  bool by_default_;
  base::TextSet allowed_;  // in lower case
  base::TextSet denied_;
};

}  // namespace policy
