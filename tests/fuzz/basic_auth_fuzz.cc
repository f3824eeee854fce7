// Credentials that are accepted are written back to what is read as the same, and hold nothing that
// could end a line.

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>

#include "policy/basic_auth.h"
#include "policy/user.h"

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

bool is_clean(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view field(reinterpret_cast<const char*>(data), size);
  const auto credentials = policy::parse_basic(field);
  if (!credentials) return 0;
  check(is_clean(credentials->user) && is_clean(credentials->password));
  check(!credentials->user.empty());
  const auto again = policy::parse_basic(policy::to_string(*credentials));
  check(again && *again == *credentials);
  const auto user = policy::canonical_user(credentials->user, "lab.example");
  if (user) check(policy::is_user_name(*user) && *policy::canonical_user(*user, "x") == *user);
  return 0;
}
