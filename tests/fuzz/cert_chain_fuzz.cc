// Bytes as a PEM text: what parses as a chain is written, parsed and written again to the
// same text, and is judged without a fault. Against an authority that signed none of it, nothing
// is accepted.

#include <openssl/x509.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "certs/authority.h"
#include "certs/csr.h"
#include "certs/verify.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

std::shared_ptr<const certs::Trust> stranger() {
  certs::Template wanted;
  wanted.common_name = "Stranger CA";
  wanted.not_after = std::chrono::sys_days(std::chrono::year(2100) / 1 / 1);
  const auto authority = certs::Authority::create(wanted, "ec:p256");
  require(static_cast<bool>(authority));
  const auto trust = certs::Trust::from_pem((*authority)->chain_pem());
  require(static_cast<bool>(trust));
  return *trust;
}

std::string to_pem(const certs::CertificateChain& chain) {
  std::string pem;
  for (const certs::Certificate& certificate : chain)
    pem += certs::to_pem(certificate.get());
  return pem;
}

// Writing makes DER of what was read as BER, so the first writing is the one to be kept.
void check_round_trip(const certs::CertificateChain& chain) {
  const std::string pem = to_pem(chain);
  const auto again = certs::parse_chain(pem);
  require(again && again->size() == chain.size() && to_pem(*again) == pem);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::shared_ptr<const certs::Trust> trust = stranger();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)certs::parse_key(text);
  (void)certs::parse_request(text);
  const auto chain = certs::parse_chain(text);
  if (!chain) return 0;
  require(!chain->empty() && chain->size() <= certs::kMaxChain);
  check_round_trip(*chain);
  std::vector<X509*> raw;
  for (const certs::Certificate& certificate : *chain)
    raw.push_back(certificate.get());
  const auto at = std::chrono::sys_days(std::chrono::year(2026) / 11 / 20);
  const certs::Verdict verdict = certs::verify(raw, *trust, {certs::Role::Server, {}, at});
  require(!verdict.accepted && !verdict.rule.empty() && !verdict.reason.empty());
  return 0;
}
