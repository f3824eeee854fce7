// Bytes as a certificate in DER: its names are read or refused without a fault, and no name or
// subject that comes out holds a byte that could forge a log line or a comparison.

#include <openssl/x509.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "certs/describe.h"
#include "certs/strength.h"
#include "certs/subject.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

bool is_clean(const std::string& text, char lowest) {
  for (const char c : text) {
    if (c < lowest || c >= 0x7f) return false;
  }
  return true;
}

void check(X509* certificate) {
  const std::string words = certs::describe(certificate, std::chrono::sys_seconds{});
  for (const char c : words)
    require(c == '\n' || (c >= 0x20 && c < 0x7f));
  (void)certs::weakness_of_signature(certificate);
  const auto identity = certs::identity_of(certificate);
  if (!identity) return;
  require(is_clean(identity->subject, 0x20) && is_clean(identity->issuer, 0x20));
  require(identity->fingerprint.size() == 64);
  for (const std::string& name : identity->dns_names)
    require(!name.empty() && is_clean(name, 0x21));
  for (const std::string& name : identity->srv_names)
    require(!name.empty() && is_clean(name, 0x21));
  // What is found by a name that can be asked for is that name or a wildcard over it.
  for (const certs::Name& name : certs::names_of(*identity)) {
    const auto asked = certs::parse_name(certs::to_string(name));
    if (asked && *asked == name) require(certs::holds(*identity, *asked));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const unsigned char* at = data;
  X509* certificate = d2i_X509(nullptr, &at, static_cast<long>(size));
  if (certificate != nullptr) check(certificate);
  X509_free(certificate);
  return 0;
}
