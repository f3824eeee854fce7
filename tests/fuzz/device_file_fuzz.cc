// Whatever a call manager writes into a device's file: the property is tests/support/properties.h.

#include <cstdint>

#include "tests/support/properties.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  support::device_file_property({reinterpret_cast<const char*>(data), size});
  return 0;
}
