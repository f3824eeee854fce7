// Whatever a Cookie field holds: once the session's cookie is taken out none is found any more,
// taking it out again changes nothing, and a field without one is untouched.

#include <cstdlib>
#include <string>
#include <string_view>

#include "base/text.h"
#include "policy/cookie.h"

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

policy::SessionCookie read(std::string_view field) {
  policy::SessionCookie cookie;
  cookie.read(field);
  return cookie;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view field(reinterpret_cast<const char*>(data), size);
  const policy::SessionCookie cookie = read(field);
  check(!cookie.found() || !cookie.repeated());
  if (cookie.found()) check(field.find(cookie.value()) != std::string_view::npos);
  const std::string left = policy::without_session_cookie(field);
  const policy::SessionCookie after = read(left);
  check(!after.found() && !after.repeated());
  check(policy::without_session_cookie(left) == left);
  const std::string lower = base::to_lower(field);
  if (lower.find("x-auth") == std::string::npos) check(left == field);
  return 0;
}
