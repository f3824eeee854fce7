// Only what the sealer made opens, and it seals back to the same text. The first bytes are also
// taken for a state of their own.

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "sip/sealed.h"

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

std::uint64_t number_of(std::string_view text, std::size_t at) {
  std::uint64_t number = 0;
  for (std::size_t i = at; i < at + 8; ++i) {
    number = number << 8 | (i < text.size() ? static_cast<unsigned char>(text[i]) : 0u);
  }
  return number;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // Made for this file, so that the corpus can hold texts that open.
  static const sip::Sealer sealer("the secret of the fuzz target, 32 bytes and more");
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto opened = sealer.open(text)) check(sealer.seal(*opened) == text);
  if (const auto flow = sip::parse_flow(text)) check(sip::to_string(*flow) == text);
  sip::RouteState state;
  state.kind = static_cast<sip::RouteState::Kind>(1 + (size > 0 ? data[0] % 4 : 0));
  state.edge = number_of(text, 0);
  state.edge_worker = static_cast<std::uint16_t>(number_of(text, 8));
  state.transaction = number_of(text, 16);
  state.connection = number_of(text, 24);
  std::copy_n(text.begin(), std::min(size, state.flow.size()), state.flow.begin());
  std::string sealed = sealer.seal(state);
  check(sealer.open(sealed) == state);
  const std::size_t at = size % sealed.size();
  sealed[at] = sealed[at] == 'A' ? 'B' : 'A';
  check(!sealer.open(sealed));
  return 0;
}
