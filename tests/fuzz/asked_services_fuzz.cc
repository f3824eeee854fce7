// Whatever query a client sends to get_edge_config: the services read from it are names that can
// stand in the DNS and in XML as they are, each once, and asking for them again gives the same.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/text.h"
#include "core/edge_config.h"

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view query(reinterpret_cast<const char*>(data), size);
  const auto asked = core::asked_services(query);
  if (!asked) {
    check(!asked.error().detail.empty());
    return 0;
  }
  check(!asked->empty() && asked->size() <= core::kMaxAskedServices);
  std::string again;
  for (const std::string& name : *asked) {
    check(base::is_service_name(name) && name.front() == '_');
    check(name.find('.') == std::string::npos);
    check(std::count(asked->begin(), asked->end(), name) == 1);
    again += "service_name=" + name + "&";
  }
  const auto twice = core::asked_services(again);
  check(twice && *twice == *asked);
  return 0;
}
