// No text but the signer's own verifies, and a verified one signs back to itself. The key is fixed,
// so that the corpus can hold tokens that verify.

#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "policy/revocations.h"
#include "policy/session.h"

namespace {

// Made for this file; nothing else trusts it.
constexpr std::string_view kPem =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
    "-----END PRIVATE KEY-----\n";

void check(bool holds) {
  if (!holds) std::abort();
}

struct Lab {
  std::unique_ptr<policy::SessionSigner> signer;
  policy::SessionVerifier verifier;
  Lab() : signer(std::move(*policy::SessionSigner::from_pem(kPem))) {
    check(static_cast<bool>(verifier.add_key(signer->public_key())));
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Lab lab;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const policy::WallTime now{std::chrono::seconds{1'800'000'000}};
  const policy::SessionVerdict verdict = lab.verifier.verify(text, now);
  check(static_cast<bool>(verdict) ? verdict.token != nullptr : true);
  if (verdict.token) check(lab.signer->sign(*verdict.token) == text);
  const auto revocation = policy::parse_revocation(text);
  if (revocation) check(policy::to_string(*revocation) == text);
  return 0;
}
