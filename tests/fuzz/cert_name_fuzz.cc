// A text as the name to look for: what is read is written back the same, holds nothing that a
// certificate cannot, and is found in an identity of just that name.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "certs/identity.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

certs::Identity only(const certs::Name& name) {
  certs::Identity identity;
  switch (name.kind) {
    case certs::Name::Kind::Dns:
      identity.dns_names.push_back(name.text);
      break;
    case certs::Name::Kind::Srv:
      identity.srv_names.push_back(name.text);
      break;
    case certs::Name::Kind::Ip: {
      const auto address = base::parse_ip(name.text);
      require(static_cast<bool>(address));
      identity.addresses.push_back(*address);
      break;
    }
  }
  return identity;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto presented = certs::parse_presented_name(text);
  const auto name = certs::parse_name(text);
  if (!name) return 0;
  require(presented && *presented == *name);
  for (const char c : name->text)
    require(c > 0x20 && c < 0x7f && c != '*');
  const auto again = certs::parse_name(certs::to_string(*name));
  require(again && *again == *name);
  require(certs::holds(only(*name), *name));
  return 0;
}
