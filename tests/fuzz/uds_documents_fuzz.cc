// Whatever a call manager sends as a UDS document: what is taken of it is within its limits, hosts
// are host names in lower case, and reading it again gives the same.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/text.h"
#include "core/uds_documents.h"

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

void check_host(const std::string& host) {
  check(base::is_host_name(host) && base::to_lower(host) == host);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto home = core::home_node_of(text); home && *home) check_host(**home);
  if (const auto servers = core::servers_of(text)) {
    check(servers->size() <= core::kMaxServers);
    for (const std::string& server : *servers)
      check_host(server);
  }
  if (const auto devices = core::devices_of(text)) {
    check(devices->size() <= core::kMaxDevices);
    for (const std::string& device : *devices)
      check(!device.empty() && device.size() <= size);
    check(*core::devices_of(text) == *devices);
  }
  if (const auto lines = core::lines_of(text)) {
    check(lines->size() <= core::kMaxLines);
    for (const std::string& line : *lines)
      check(!line.empty() && line.size() <= core::kMaxLineBytes &&
            line.find_first_of(" \r\n<>@;\"") == std::string::npos);
  }
  if (const auto host = core::host_of_uri(text)) {
    check_host(*host);
    check(core::host_of_uri("https://" + *host + ":8443/x") == host);
  }
  return 0;
}
