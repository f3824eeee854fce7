// Whatever a Cookie field holds: once the session's cookie is taken out none is found any more,
// taking it out again changes nothing, and a field without one is untouched.

#include <cstdlib>
#include <span>
#include <string>
#include <string_view>

#include "base/text.h"
#include "policy/cookie.h"

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view field(reinterpret_cast<const char*>(data), size);
  const auto found = policy::find_session_cookie(std::span(&field, 1));
  if (found && *found) check(field.find(**found) != std::string_view::npos);
  const std::string left = policy::without_session_cookie(field);
  const std::string_view view = left;
  const auto after = policy::find_session_cookie(std::span(&view, 1));
  check(after && !*after);
  check(policy::without_session_cookie(left) == left);
  const std::string lower = base::to_lower(field);
  if (lower.find("x-auth") == std::string::npos) check(left == field);
  return 0;
}
