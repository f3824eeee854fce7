#include "certs/constraints.h"

#include <openssl/err.h>

#include <cstddef>
#include <string_view>

#include "certs/builder.h"
#include "certs/openssl.h"
#include "certs/path.h"

namespace certs {
namespace {

using Constraints = Handle<NAME_CONSTRAINTS, NAME_CONSTRAINTS_free>;

// "_collab-edge._tls.lab.example" -> "lab.example"
std::string_view domain_of(std::string_view service) {
  while (service.starts_with('_')) {
    const std::size_t dot = service.find('.');
    if (dot == std::string_view::npos) return {};
    service.remove_prefix(dot + 1);
  }
  return service;
}

// OpenSSL judges certificates, not names: one that holds the domains and nothing else.
Certificate stand_in(const std::vector<std::string>& services) {
  std::vector<Name> names;
  for (const std::string& service : services)
    names.push_back(dns_name(domain_of(service)));
  Certificate certificate(X509_new());
  const auto extension = names_extension(names, true);
  if (certificate == nullptr || !extension ||
      X509_add_ext(certificate.get(), extension->get(), -1) != 1) {
    return nullptr;
  }
  X509_get_extension_flags(certificate.get());  // only this makes OpenSSL see the extension
  return certificate;
}

}  // namespace

std::optional<std::string> breach_by_service(const CertificateChain& chain,
                                             const Identity& identity) {
  if (identity.srv_names.empty()) return std::nullopt;
  Certificate domains;
  for (std::size_t i = 1; i < chain.size(); ++i) {
    const Constraints constraints(static_cast<NAME_CONSTRAINTS*>(
        X509_get_ext_d2i(chain[i].get(), NID_name_constraints, nullptr, nullptr)));
    ERR_clear_error();
    if (constraints == nullptr) continue;  // a malformed one has failed the path before
    if (domains == nullptr) domains = stand_in(identity.srv_names);
    const bool kept =
        domains != nullptr && NAME_CONSTRAINTS_check(domains.get(), constraints.get()) == X509_V_OK;
    ERR_clear_error();
    if (!kept) {
      return prefix_for(chain[i].get(), false) +
             "may not issue for the domain of a service name (name constraints)";
    }
  }
  return std::nullopt;
}

}  // namespace certs
