#pragma once
// A certificate chain with its private key, and the set of authorities we trust.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "certs/identity.h"

typedef struct x509_st X509;
typedef struct evp_pkey_st EVP_PKEY;
typedef struct x509_store_st X509_STORE;

namespace certs {

struct FreeX509 {
  void operator()(X509* certificate) const noexcept;
};
struct FreeKey {
  void operator()(EVP_PKEY* key) const noexcept;
};
struct FreeStore {
  void operator()(X509_STORE* store) const noexcept;
};
using Certificate = std::unique_ptr<X509, FreeX509>;
using CertificateChain = std::vector<Certificate>;  // leaf first
using Key = std::unique_ptr<EVP_PKEY, FreeKey>;

// Limits of what is read from a file: a chain is at most 10 certificates, a file 1 MiB.
inline constexpr std::size_t kMaxChain = 10;
inline constexpr std::size_t kMaxPemBytes = 1024 * 1024;

// Reads every certificate of a PEM text, leaf first. Malformed when there is none or one does not
// parse; TooLarge beyond the limits.
base::Result<CertificateChain> parse_chain(std::string_view pem);

// What we show to a peer. Immutable after loading; share it as shared_ptr<const Credentials>.
class Credentials final {
 public:
  // Loads PEM files, which may be one and the same. Errors name the file; Refused when key and
  // certificate do not fit together or the key is encrypted.
  static base::Result<std::shared_ptr<const Credentials>> load(const std::string& chain_file,
                                                               const std::string& key_file);
  // The same from PEM texts.
  static base::Result<std::shared_ptr<const Credentials>> from_pem(std::string_view chain_pem,
                                                                   std::string_view key_pem);

  X509* leaf() const { return chain_.front().get(); }
  const CertificateChain& chain() const { return chain_; }
  EVP_PKEY* key() const { return key_.get(); }
  const Identity& identity() const { return identity_; }

 private:
  Credentials() = default;
  static base::Result<std::shared_ptr<const Credentials>> from_parts(CertificateChain chain,
                                                                     Key key);

  CertificateChain chain_;
  Key key_;
  Identity identity_;
};

// The authorities a peer's chain must end in: self-signed certificates, any number of them in one
// PEM text up to kMaxPemBytes. Others in the text help to build a path but do not end one.
// Immutable after loading.
class Trust final {
 public:
  static base::Result<std::shared_ptr<const Trust>> load(const std::string& ca_file);
  static base::Result<std::shared_ptr<const Trust>> from_pem(std::string_view pem);
  // Those of the operating system (/etc/ssl/certs).
  static base::Result<std::shared_ptr<const Trust>> system();

  X509_STORE* store() const { return store_.get(); }

 private:
  Trust() = default;

  std::unique_ptr<X509_STORE, FreeStore> store_;
};

}  // namespace certs
