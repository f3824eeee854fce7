// Addresses, endpoints and ports that are accepted are written in one canonical form that reads
// back as the same value, and no host name can be mistaken for an address.

#include "base/address.h"

#include <cstdint>
#include <cstdlib>

#include "base/text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto address = base::parse_ip(text)) {
    const auto again = base::parse_ip(base::to_string(*address));
    if (!again || *again != *address) std::abort();
    if (base::is_host_name(text)) std::abort();
  }
  if (const auto endpoint = base::parse_endpoint(text)) {
    const auto again = base::parse_endpoint(base::to_string(*endpoint));
    if (!again || *again != *endpoint) std::abort();
  }
  if (const auto port = base::parse_port(text)) {
    if (*port == 0 || std::to_string(*port) != text) std::abort();
  }
  return 0;
}
