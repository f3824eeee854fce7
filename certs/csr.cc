#include "certs/csr.h"

#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/pem.h>

#include <utility>

#include "certs/builder.h"
#include "certs/openssl.h"
#include "certs/subject.h"

namespace certs {
namespace {

using base::Errc;
using base::Error;

using Extensions = Handle<STACK_OF(X509_EXTENSION), [](STACK_OF(X509_EXTENSION) * all) {
  sk_X509_EXTENSION_pop_free(all, X509_EXTENSION_free);
}>;

bool add_extension(X509_REQ* request, Extension extension) {
  const Extensions all(sk_X509_EXTENSION_new_null());
  if (all == nullptr || sk_X509_EXTENSION_push(all.get(), extension.get()) <= 0) return false;
  extension.release();
  return X509_REQ_add_extensions(request, all.get()) == 1;
}

base::Result<std::vector<Name>> names_in(X509_REQ* request) {
  const Extensions all(X509_REQ_get_extensions(request));
  if (all == nullptr) return std::vector<Name>();
  int found = 0;
  const Names list(static_cast<GENERAL_NAMES*>(
      X509V3_get_d2i(all.get(), NID_subject_alt_name, &found, nullptr)));
  ERR_clear_error();
  if (list == nullptr && found == -1) return std::vector<Name>();
  if (list == nullptr) return Error{Errc::Malformed, "the names of the request do not decode"};
  Identity identity;
  const auto added = add_names(list.get(), identity);
  if (!added) return added.error();
  std::vector<Name> names;
  for (const Name& name : names_of(identity)) {
    // What a certificate may not hold is not signed, whoever asks.
    auto checked = parse_presented_name(to_string(name));
    if (!checked) return checked.error();
    names.push_back(*std::move(checked));
  }
  return names;
}

}  // namespace

base::Result<std::string> make_request(EVP_PKEY* key, const std::string& common_name,
                                       const std::vector<Name>& names) {
  const Request request(X509_REQ_new());
  if (request == nullptr) return openssl_error("make a request");
  const auto named = set_common_name(X509_REQ_get_subject_name(request.get()), common_name);
  if (!named) return named.error();
  if (!names.empty()) {
    auto extension = names_extension(names, common_name.empty());
    if (!extension) return extension.error();
    if (!add_extension(request.get(), *std::move(extension))) return openssl_error("add names");
  }
  const int kind = EVP_PKEY_get_base_id(key);
  const bool hashes = kind != EVP_PKEY_ED25519 && kind != EVP_PKEY_ED448;
  const Bio memory(BIO_new(BIO_s_mem()));
  if (memory == nullptr || X509_REQ_set_pubkey(request.get(), key) != 1 ||
      X509_REQ_sign(request.get(), key, hashes ? EVP_sha256() : nullptr) == 0 ||
      PEM_write_bio_X509_REQ(memory.get(), request.get()) != 1) {
    return openssl_error("sign a request");
  }
  return text_in(memory.get());
}

base::Result<RequestContent> parse_request(std::string_view pem) {
  if (pem.size() > kMaxPemBytes) return Error{Errc::TooLarge, "more than 1 MiB of PEM"};
  const Bio input = reader_of(pem);
  if (input == nullptr) return openssl_error("read PEM");
  const Request request(PEM_read_bio_X509_REQ(input.get(), nullptr, nullptr, nullptr));
  ERR_clear_error();
  if (request == nullptr) return Error{Errc::Malformed, "no certificate request in it"};
  Key key(X509_REQ_get_pubkey(request.get()));
  const bool proven = key != nullptr && X509_REQ_verify(request.get(), key.get()) == 1;
  ERR_clear_error();
  if (!proven) return Error{Errc::Refused, "the request is not signed with its own key"};
  auto names = names_in(request.get());
  if (!names) return names.error();
  return RequestContent{std::move(key), *std::move(names)};
}

}  // namespace certs
