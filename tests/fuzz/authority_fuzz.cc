// An accepted authority has a canonical spelling that is accepted and means the same.

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "net/http/message.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto authority = net::http::parse_authority(text);
  assert(net::http::is_authority(text) == static_cast<bool>(authority));
  if (!authority) return 0;
  const std::string_view host = authority->host;
  assert(!host.empty());
  assert(host.find_first_of(std::string_view(" \t\r\n\0/@?#%\\[]", 13)) == std::string_view::npos);
  const bool is_v6 = host.find(':') != std::string_view::npos;
  assert(!is_v6 || authority->is_address);

  std::string spelled(host);
  if (is_v6) spelled = "[" + spelled + "]";
  if (authority->port) spelled += ":" + std::to_string(*authority->port);
  const auto again = net::http::parse_authority(spelled);
  assert(again && again->host == authority->host);
  assert(again->port == authority->port && again->is_address == authority->is_address);
  return 0;
}
