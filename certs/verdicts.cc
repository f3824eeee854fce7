#include "certs/verdicts.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace certs {

const Verdict& Verdicts::verify(const std::shared_ptr<const CertificateChain>& chain,
                                const std::shared_ptr<const Trust>& trust,
                                const Expectation& expected) {
  Expectation asked = expected;
  asked.at = std::chrono::floor<std::chrono::seconds>(expected.at);
  const auto found = std::ranges::find_if(kept_, [&](const Kept& kept) {
    return kept.chain == chain && kept.trust == trust && kept.expected == asked;
  });
  if (found != kept_.end()) return found->verdict;
  std::erase_if(kept_, [&](const Kept& kept) { return kept.expected.at != asked.at; });
  if (kept_.size() == kMaxKept) kept_.erase(kept_.begin());
  std::vector<X509*> certificates;
  for (const Certificate& certificate : *chain)
    certificates.push_back(certificate.get());
  Verdict verdict = certs::verify(certificates, *trust, asked);
  return kept_.emplace_back(Kept{chain, trust, std::move(asked), std::move(verdict)}).verdict;
}

}  // namespace certs
