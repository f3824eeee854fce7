#pragma once
// What the sources of this folder share of OpenSSL: owned handles and readable errors. Included by
// the .cc files of certs/ and their tests only, because it brings OpenSSL's own headers along.

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace certs {

template <auto free_object>
struct FreeWith {
  template <typename T>
  void operator()(T* object) const noexcept {
    free_object(object);
  }
};
template <typename T, auto free_object>
using Handle = std::unique_ptr<T, FreeWith<free_object>>;

using Bio = Handle<BIO, BIO_free>;
using Names = Handle<GENERAL_NAMES, GENERAL_NAMES_free>;
using Request = Handle<X509_REQ, X509_REQ_free>;

// A System error that says what was tried and what OpenSSL said about it ("sign: unknown digest").
// Empties the thread's error queue, so that nothing stale is found by the next TLS call.
base::Error openssl_error(std::string_view what);

// A BIO that reads `bytes`, which must outlive it; null when memory is short.
Bio reader_of(std::string_view bytes);
// What was written to a memory BIO so far.
std::string text_in(BIO* memory);

// A distinguished name as RFC 2253 writes it, "CN=edge.lab.example,O=Lab". Control bytes and bytes
// above 0x7e are escaped, and what exceeds 256 bytes is cut, so that it is safe in any log.
std::string to_text(const X509_NAME* name);

}  // namespace certs
