#include "certs/describe.h"

#include <fmt/format.h>

#include <cstdint>
#include <string_view>

#include "certs/key.h"
#include "certs/openssl.h"
#include "certs/strength.h"
#include "certs/subject.h"
#include "certs/time.h"

namespace certs {
namespace {

struct Bit {
  std::uint32_t bit;
  std::string_view name;
};
constexpr Bit kKeyUsages[] = {
    {KU_DIGITAL_SIGNATURE, "digitalSignature"},
    {KU_NON_REPUDIATION, "nonRepudiation"},
    {KU_KEY_ENCIPHERMENT, "keyEncipherment"},
    {KU_DATA_ENCIPHERMENT, "dataEncipherment"},
    {KU_KEY_AGREEMENT, "keyAgreement"},
    {KU_KEY_CERT_SIGN, "keyCertSign"},
    {KU_CRL_SIGN, "cRLSign"},
};
constexpr Bit kExtendedUsages[] = {
    {XKU_SSL_SERVER, "serverAuth"},      {XKU_SSL_CLIENT, "clientAuth"},
    {XKU_SMIME, "emailProtection"},      {XKU_CODE_SIGN, "codeSigning"},
    {XKU_TIMESTAMP, "timeStamping"},     {XKU_OCSP_SIGN, "OCSPSigning"},
    {XKU_ANYEKU, "anyExtendedKeyUsage"},
};

template <std::size_t N>
std::string list(const Bit (&bits)[N], std::uint32_t set) {
  if (set == UINT32_MAX) return "any";  // the extension is absent
  std::string text;
  for (const Bit& bit : bits) {
    if ((set & bit.bit) == 0) continue;
    if (!text.empty()) text += ", ";
    text += bit.name;
  }
  return text.empty() ? "none of the known" : text;
}

std::string names_text(X509* certificate) {
  const auto identity = identity_of(certificate);
  if (!identity) return "refused: " + identity.error().detail;
  std::string text;
  for (const Name& name : names_of(*identity)) {
    if (!text.empty()) text += ", ";
    text += to_string(name);
  }
  return text.empty() ? "none" : text;
}

std::string validity_text(X509* certificate, std::chrono::sys_seconds now) {
  const auto start = not_before(certificate);
  const auto end = not_after(certificate);
  if (!start || !end) return "unreadable";
  const std::string span = to_text(*start) + " to " + to_text(*end);
  const auto days = [](std::chrono::seconds length) {
    const auto count = std::chrono::floor<std::chrono::days>(length).count();
    return fmt::format("{} {}", count, count == 1 ? "day" : "days");
  };
  if (now < *start) return span + fmt::format(" (begins in {})", days(*start - now));
  if (now > *end) return span + fmt::format(" (expired {} ago)", days(now - *end));
  return span + fmt::format(" ({} left)", days(*end - now));
}

std::string authority_text(X509* certificate) {
  if (X509_check_ca(certificate) == 0) return "no";
  const long length = X509_get_pathlen(certificate);
  return length < 0 ? "yes" : fmt::format("yes, with at most {} below", length);
}

std::string with_weakness(std::string text, const std::optional<std::string>& weakness) {
  if (weakness) text += " (refused)";
  return text;
}

std::string serial_text(X509* certificate) {
  std::string bytes;
  const ASN1_INTEGER* serial = X509_get0_serialNumber(certificate);
  const unsigned char* data = ASN1_STRING_get0_data(serial);
  // RFC 5280 4.1.2.2 allows 20 bytes; more is only there to fill a screen.
  for (int i = 0; i < ASN1_STRING_length(serial) && i < 20; ++i) {
    bytes += fmt::format("{:02x}", data[i]);
  }
  return bytes;
}

std::string fingerprint_text(const X509* certificate) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (X509_digest(certificate, EVP_sha256(), digest, &size) != 1) return "unreadable";
  std::string text;
  for (unsigned i = 0; i < size; ++i)
    text += fmt::format("{:02x}", digest[i]);
  return text;
}

}  // namespace

std::string describe(X509* certificate, std::chrono::sys_seconds now) {
  const EVP_PKEY* key = X509_get0_pubkey(certificate);
  const auto line = [](std::string_view name, std::string_view value) {
    return fmt::format("  {:<12} {}\n", name, value);
  };
  return line("subject", to_text(X509_get_subject_name(certificate))) +
         line("issuer", to_text(X509_get_issuer_name(certificate))) +
         line("names", names_text(certificate)) + line("valid", validity_text(certificate, now)) +
         line("key", with_weakness(describe(key), weakness_of_key(key))) +
         line("signature",
              with_weakness(describe_signature(certificate), weakness_of_signature(certificate))) +
         line("authority", authority_text(certificate)) +
         line("key usage", list(kKeyUsages, X509_get_key_usage(certificate))) +
         line("used for", list(kExtendedUsages, X509_get_extended_key_usage(certificate))) +
         line("serial", serial_text(certificate)) + line("sha256", fingerprint_text(certificate));
}

}  // namespace certs
