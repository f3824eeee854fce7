// An answer is well formed, belongs to the question, and is no question itself.

#include <cstdlib>
#include <string_view>

#include "sip/stun.h"

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const base::Endpoint v4 = *base::parse_endpoint("192.0.2.1:32853");
  static const base::Endpoint v6 = *base::parse_endpoint("[2001:db8::1]:32853");
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const base::Endpoint& client : {v4, v6}) {
    const auto answer = sip::answer_stun(text, client);
    if (!answer) continue;
    check(text.size() >= sip::kStunHeaderBytes && text.size() <= sip::kMaxStunBytes);
    check(answer->size() <= sip::kMaxStunBytes && answer->size() % 4 == 0);
    check(answer->substr(4, 16) == text.substr(4, 16));
    const auto length =
        static_cast<unsigned char>((*answer)[2]) * 256u + static_cast<unsigned char>((*answer)[3]);
    check(length + sip::kStunHeaderBytes == answer->size());
    check((*answer)[0] == 1 && ((*answer)[1] == 1 || (*answer)[1] == 0x11));
    check(!sip::answer_stun(*answer, client));
  }
  return 0;
}
