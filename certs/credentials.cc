#include "certs/credentials.h"

#include <openssl/err.h>
#include <openssl/x509.h>

#include <limits>
#include <utility>

#include "certs/openssl.h"
#include "certs/pem.h"
#include "certs/subject.h"

namespace certs {
namespace {

using base::Errc;
using base::Error;

// Where distributions keep the authorities they trust, as one file. Not OpenSSL's own defaults:
// those read a folder later and bit by bit, and follow environment variables.
constexpr const char* kSystemBundles[] = {
    "/etc/ssl/certs/ca-certificates.crt",  // Debian
    "/etc/pki/tls/certs/ca-bundle.crt",    // Fedora
    "/etc/ssl/cert.pem",                   // BSD, Alpine
};

Error in_file(const std::string& path, Error error) {
  if (!error.detail.starts_with(path)) error.detail = path + ": " + error.detail;
  return error;
}

// Why the key is not the leaf's, with the likely slip: the file begins with an authority.
Error misfit(const CertificateChain& chain, EVP_PKEY* key) {
  for (std::size_t i = 1; i < chain.size(); ++i) {
    if (X509_check_private_key(chain[i].get(), key) != 1) continue;
    ERR_clear_error();
    return {Errc::Refused, "the private key belongs to certificate " + std::to_string(i + 1) +
                               " of the chain, and the first must be its own"};
  }
  ERR_clear_error();
  return {Errc::Refused, "the private key does not belong to the certificate"};
}

}  // namespace

void FreeX509::operator()(X509* certificate) const noexcept {
  X509_free(certificate);
}
void FreeKey::operator()(EVP_PKEY* key) const noexcept {
  EVP_PKEY_free(key);
}
void FreeStore::operator()(X509_STORE* store) const noexcept {
  X509_STORE_free(store);
}

base::Result<CertificateChain> parse_chain(std::string_view pem) {
  return parse_certificates(pem, kMaxChain);
}

base::Result<std::shared_ptr<const Credentials>> Credentials::load(const std::string& chain_file,
                                                                   const std::string& key_file) {
  const auto chain_pem = read_file(chain_file);
  if (!chain_pem) return chain_pem.error();
  auto chain = parse_chain(*chain_pem);
  if (!chain) return in_file(chain_file, chain.error());
  const auto key_pem = read_file(key_file);
  if (!key_pem) return key_pem.error();
  auto key = parse_key(*key_pem);
  if (!key) return in_file(key_file, key.error());
  auto credentials = from_parts(*std::move(chain), *std::move(key));
  if (!credentials) return in_file(chain_file, credentials.error());
  return credentials;
}

base::Result<std::shared_ptr<const Credentials>> Credentials::from_pem(std::string_view chain_pem,
                                                                       std::string_view key_pem) {
  auto chain = parse_chain(chain_pem);
  if (!chain) return Error{chain.error().code, "certificate: " + chain.error().detail};
  auto key = parse_key(key_pem);
  if (!key) return Error{key.error().code, "private key: " + key.error().detail};
  return from_parts(*std::move(chain), *std::move(key));
}

base::Result<std::shared_ptr<const Credentials>> Credentials::from_parts(CertificateChain chain,
                                                                         Key key) {
  if (X509_check_private_key(chain.front().get(), key.get()) != 1) {
    return misfit(chain, key.get());
  }
  auto identity = identity_of(chain.front().get());
  if (!identity) return identity.error();
  const std::shared_ptr<Credentials> credentials(new Credentials);
  credentials->chain_ = std::move(chain);
  credentials->key_ = std::move(key);
  credentials->identity_ = *std::move(identity);
  return std::shared_ptr<const Credentials>(credentials);
}

base::Result<std::shared_ptr<const Trust>> Trust::load(const std::string& ca_file) {
  const auto pem = read_file(ca_file);
  if (!pem) return pem.error();
  auto trust = from_pem(*pem);
  if (!trust) return in_file(ca_file, trust.error());
  return trust;
}

base::Result<std::shared_ptr<const Trust>> Trust::from_pem(std::string_view pem) {
  const auto authorities = parse_certificates(pem, std::numeric_limits<std::size_t>::max());
  if (!authorities) return authorities.error();
  const std::shared_ptr<Trust> trust(new Trust);
  trust->store_.reset(X509_STORE_new());
  if (trust->store_ == nullptr) return openssl_error("make a trust store");
  for (const Certificate& authority : *authorities) {
    if (X509_STORE_add_cert(trust->store_.get(), authority.get()) != 1) {
      return openssl_error("trust a certificate");
    }
  }
  return std::shared_ptr<const Trust>(trust);
}

base::Result<std::shared_ptr<const Trust>> Trust::system() {
  for (const char* bundle : kSystemBundles) {
    auto trust = load(bundle);
    if (trust || trust.error().code != Errc::NotFound) return trust;
  }
  return Error{Errc::NotFound, "no authorities of the operating system (ca-certificates)"};
}

}  // namespace certs
