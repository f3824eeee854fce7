#include "edge/public_certificate.h"

#include <algorithm>

#include "certs/verify.h"

namespace edge {

std::vector<std::string> public_certificate_faults(const certs::Credentials& credentials,
                                                   const certs::Trust& trust,
                                                   const std::string& name,
                                                   const std::vector<std::string>& domains,
                                                   std::chrono::system_clock::time_point now) {
  std::vector<X509*> chain;
  for (const certs::Certificate& certificate : credentials.chain())
    chain.push_back(certificate.get());
  const certs::Expectation expected{certs::Role::Server, {}, now};
  certs::Verdict verdict = certs::verify(chain, trust, expected);
  if (!verdict.accepted && verdict.rule == "chain") {
    if (const auto system = certs::Trust::system()) {
      certs::Verdict by_system = certs::verify(chain, **system, expected);
      if (by_system.accepted || by_system.rule != "chain") verdict = std::move(by_system);
    }
  }
  std::vector<std::string> faults;
  if (!verdict.accepted) {
    faults.push_back(verdict.reason + " (rule " + verdict.rule +
                     "): cores answer 437 to SIP sign-ins, and clients may refuse it");
  }
  const certs::Identity& identity = credentials.identity();
  if (!certs::holds(identity, certs::dns_name(name))) {
    const bool has_service = std::any_of(domains.begin(), domains.end(), [&](const auto& domain) {
      return certs::holds(identity, {certs::Name::Kind::Srv, "_collab-edge._tls." + domain});
    });
    faults.push_back("it does not hold DNS:" + name +
                     (has_service ? ", only the service name of a domain: cores answer 437"
                                  : ": cores answer 437 and clients refuse it"));
  }
  return faults;
}

}  // namespace edge
