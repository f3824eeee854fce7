#pragma once
// A certificate authority of one's own: for the lab, for tests, and for sites that sign the link
// between edge and core themselves. It keeps no list of what it issued and cannot revoke.

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "certs/builder.h"
#include "certs/credentials.h"
#include "certs/pem.h"

namespace certs {

// A certificate and its chain, as PEM texts.
struct Issued {
  std::string chain_pem;  // leaf first, then the intermediates, without the root
  std::string key_pem;    // empty for a signed request: its key never was here
};

// Immutable: one authority may sign from any thread.
class Authority final {
 public:
  static constexpr const char* kChainFile = "ca.pem";
  static constexpr const char* kKeyFile = "ca.key";

  // A new root with a key of `key_kind` (certs/key.h). Of `wanted` the name, times, path length and
  // digest count.
  static base::Result<std::unique_ptr<const Authority>> create(const Template& wanted,
                                                               std::string_view key_kind);
  // An intermediate that `parent` signs.
  static base::Result<std::unique_ptr<const Authority>> create_below(const Authority& parent,
                                                                     const Template& wanted,
                                                                     std::string_view key_kind);
  // Reads kChainFile and kKeyFile of a folder. Errors name the file; Refused when the two do not
  // fit together or the certificate is no authority's.
  static base::Result<std::unique_ptr<const Authority>> load(const std::string& folder);

  // Writes both files into a folder that exists: the chain for everybody, the key with mode 0600.
  base::Result<> save(const std::string& folder, Existing existing) const;

  // A certificate for a public key that is at hand.
  base::Result<Certificate> certify(const Template& wanted, EVP_PKEY* key) const;
  // A fresh key of `key_kind` and a certificate for it.
  base::Result<Issued> issue(const Template& wanted, std::string_view key_kind) const;
  // Signs a PEM request (certs/csr.h). The names are those of `wanted`, or if it has none those of
  // the request; nothing else of the request is taken over. Malformed when neither has names.
  base::Result<Issued> sign_request(Template wanted, std::string_view request_pem) const;

  X509* certificate() const { return chain_.front().get(); }
  EVP_PKEY* key() const { return key_.get(); }
  // What a peer must trust: for a root its certificate.
  std::string chain_pem() const;

 private:
  Authority() = default;
  Issued with_chain(const Certificate& leaf) const;

  std::vector<Certificate> chain_;  // its own certificate, then those above it
  Key key_;
};

}  // namespace certs
