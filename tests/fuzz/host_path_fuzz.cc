// A host path that is accepted has one meaning: written and read again it is the same, its names
// are host names or addresses in their one spelling, and its rest is the end of what was sent. What
// was remembered of others changes none of that.

#include <cstdlib>
#include <string>
#include <string_view>

#include "base/address.h"
#include "base/text.h"
#include "policy/host_path.h"

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto path = policy::parse_host_path(text);
  static policy::HostPathCache cache;
  for (int i = 0; i < 2; ++i) {
    const auto remembered = cache.parse(text);
    check(path ? remembered && *remembered == *path
               : !remembered && remembered.error().code == path.error().code);
  }
  if (!path) return 0;
  check(path->rest.starts_with('/') && text.ends_with(path->rest));
  check(base::is_host_name(path->domain) && base::to_lower(path->domain) == path->domain);
  if (path->target) {
    const auto address = base::parse_ip(path->target->host);
    check(path->target->is_address == static_cast<bool>(address));
    check(address ? base::to_string(*address) == path->target->host
                  : base::is_host_name(path->target->host));
    check(path->target->port != 0);
  }
  const std::string written = policy::to_string(*path);
  const auto again = policy::parse_host_path(written);
  check(again && *again == *path);
  return 0;
}
