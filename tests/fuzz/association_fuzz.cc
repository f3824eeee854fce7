// Bytes that are taken for an association are the ones that it is written as.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "policy/associations.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto association = policy::decode_association(bytes);
  if (!association) return 0;
  if (policy::encode_association(*association) != bytes) std::abort();
  if (size > policy::Store::kMaxValueBytes) std::abort();
  return 0;
}
