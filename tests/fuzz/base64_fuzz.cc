// Base64 that is accepted has one meaning: writing it again gives the same text, but for alphabet
// and padding.

#include "base/base64.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>

namespace {

std::string normal(std::string_view text) {
  std::string normal(text.substr(0, text.find('=')));
  std::ranges::replace(normal, '+', '-');
  std::ranges::replace(normal, '/', '_');
  return normal;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto bytes = base::decode_base64(text)) {
    if (base::encode_base64url(*bytes) != normal(text)) std::abort();
  }
  // And all bytes come through unharmed.
  const auto again = base::decode_base64(base::encode_base64(text));
  if (!again || *again != text) std::abort();
  return 0;
}
