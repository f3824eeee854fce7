#include "certs/authority.h"

#include <openssl/err.h>

#include <utility>

#include "certs/csr.h"
#include "certs/key.h"
#include "certs/openssl.h"

namespace certs {
namespace {

using base::Errc;
using base::Error;

constexpr unsigned kPublicMode = 0644;
constexpr unsigned kPrivateMode = 0600;

bool is_self_signed(X509* certificate) {
  return X509_self_signed(certificate, 0) == 1;
}

Template as_authority(Template wanted) {
  wanted.is_authority = true;
  wanted.roles.clear();
  wanted.names.clear();
  return wanted;
}

}  // namespace

base::Result<std::unique_ptr<const Authority>> Authority::create(const Template& wanted,
                                                                 std::string_view key_kind) {
  auto key = generate_key(key_kind);
  if (!key) return key.error();
  auto certificate = build(as_authority(wanted), key->get(), nullptr, nullptr);
  if (!certificate) return certificate.error();
  std::unique_ptr<Authority> authority(new Authority);
  authority->chain_.push_back(*std::move(certificate));
  authority->key_ = *std::move(key);
  return std::unique_ptr<const Authority>(std::move(authority));
}

base::Result<std::unique_ptr<const Authority>> Authority::create_below(const Authority& parent,
                                                                       const Template& wanted,
                                                                       std::string_view key_kind) {
  auto key = generate_key(key_kind);
  if (!key) return key.error();
  auto certificate = parent.certify(as_authority(wanted), key->get());
  if (!certificate) return certificate.error();
  std::unique_ptr<Authority> authority(new Authority);
  authority->chain_.push_back(*std::move(certificate));
  for (const Certificate& above : parent.chain_) {
    X509_up_ref(above.get());
    authority->chain_.emplace_back(above.get());
  }
  authority->key_ = *std::move(key);
  return std::unique_ptr<const Authority>(std::move(authority));
}

base::Result<std::unique_ptr<const Authority>> Authority::load(const std::string& folder) {
  const std::string chain_file = folder + "/" + kChainFile;
  const std::string key_file = folder + "/" + kKeyFile;
  const auto chain_pem = read_file(chain_file);
  if (!chain_pem) return chain_pem.error();
  const auto key_pem = read_file(key_file);
  if (!key_pem) return key_pem.error();
  auto chain = parse_chain(*chain_pem);
  if (!chain) return Error{chain.error().code, chain_file + ": " + chain.error().detail};
  auto key = parse_key(*key_pem);
  if (!key) return Error{key.error().code, key_file + ": " + key.error().detail};
  const bool fits = X509_check_private_key(chain->front().get(), key->get()) == 1;
  const bool is_authority = X509_check_ca(chain->front().get()) == 1;
  ERR_clear_error();
  if (!fits) return Error{Errc::Refused, key_file + ": is not the key of " + chain_file};
  if (!is_authority) return Error{Errc::Refused, chain_file + ": is not an authority's"};
  std::unique_ptr<Authority> authority(new Authority);
  authority->chain_ = *std::move(chain);
  authority->key_ = *std::move(key);
  return std::unique_ptr<const Authority>(std::move(authority));
}

base::Result<> Authority::save(const std::string& folder, Existing existing) const {
  // The key first: a run that stops between the two leaves no authority that nobody can sign for.
  const auto key = write_file(folder + "/" + kKeyFile, to_pem(key_.get()), kPrivateMode, existing);
  if (!key) return key;
  return write_file(folder + "/" + kChainFile, chain_pem(), kPublicMode, existing);
}

base::Result<Certificate> Authority::certify(const Template& wanted, EVP_PKEY* key) const {
  return build(wanted, key, certificate(), key_.get());
}

base::Result<Issued> Authority::issue(const Template& wanted, std::string_view key_kind) const {
  const auto key = generate_key(key_kind);
  if (!key) return key.error();
  auto leaf = certify(wanted, key->get());
  if (!leaf) return leaf.error();
  Issued issued = with_chain(*leaf);
  issued.key_pem = to_pem(key->get());
  return issued;
}

base::Result<Issued> Authority::sign_request(Template wanted, std::string_view request_pem) const {
  auto request = parse_request(request_pem);
  if (!request) return request.error();
  if (wanted.names.empty()) wanted.names = std::move(request->names);
  if (wanted.names.empty()) return Error{Errc::Malformed, "the request holds no name"};
  if (wanted.common_name.empty()) {
    wanted.common_name = fitting_common_name(wanted.names.front().text);
  }
  const auto leaf = certify(wanted, request->key.get());
  if (!leaf) return leaf.error();
  return with_chain(*leaf);
}

std::string Authority::chain_pem() const {
  std::string pem;
  for (const Certificate& certificate : chain_)
    pem += to_pem(certificate.get());
  return pem;
}

Issued Authority::with_chain(const Certificate& leaf) const {
  Issued issued;
  issued.chain_pem = to_pem(leaf.get());
  for (const Certificate& above : chain_) {
    if (!is_self_signed(above.get())) issued.chain_pem += to_pem(above.get());
  }
  return issued;
}

}  // namespace certs
