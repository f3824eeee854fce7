// Whatever UDS sends to a client: the property is tests/support/properties.h.

#include <cstdint>

#include "tests/support/properties.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  support::uds_property({reinterpret_cast<const char*>(data), size});
  return 0;
}
