#include "certs/subject.h"

#include <openssl/err.h>
#include <openssl/objects.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/hex.h"
#include "base/text.h"
#include "certs/openssl.h"

namespace certs {
namespace {

using base::Errc;
using base::Error;

std::string_view bytes_of(const ASN1_STRING* text) {
  const int size = ASN1_STRING_length(text);
  if (size <= 0) return {};
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
          static_cast<std::size_t>(size)};
}

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}
bool is_printable(char c) {
  return c >= 0x20 && c < 0x7f;
}

Error malformed(std::string_view why) {
  return {Errc::Malformed, "subject alternative name: " + std::string(why)};
}

base::Result<std::string> read_name(const ASN1_STRING* text, std::string_view kind) {
  const std::string_view bytes = bytes_of(text);
  if (bytes.empty()) return malformed(std::string(kind) + " is empty");
  if (!std::all_of(bytes.begin(), bytes.end(), base::is_visible)) {
    return malformed(std::string(kind) + " holds a NUL, control or non-ASCII byte");
  }
  return base::to_lower(bytes);
}

base::Result<base::IpAddress> read_address(const ASN1_OCTET_STRING* octets) {
  const std::string_view bytes = bytes_of(octets);
  if (bytes.size() == 4) {
    std::array<std::uint8_t, 4> v4{};
    std::copy(bytes.begin(), bytes.end(), v4.begin());
    return base::IpAddress::v4(v4);
  }
  if (bytes.size() == 16) {
    std::array<std::uint8_t, 16> v6{};
    std::copy(bytes.begin(), bytes.end(), v6.begin());
    return base::IpAddress::v6(v6);
  }
  return malformed("iPAddress is " + std::to_string(bytes.size()) + " bytes long, not 4 or 16");
}

// id-on-dnsSRV is kept; of the other forms (UPN, XmppAddr) a text must not hold control bytes.
base::Result<> add_other_name(const OTHERNAME& other, Identity& identity) {
  if (OBJ_obj2nid(other.type_id) == NID_SRVName) {
    if (other.value == nullptr || ASN1_TYPE_get(other.value) != V_ASN1_IA5STRING) {
      return malformed("SRVName is not an IA5String");
    }
    auto name = read_name(other.value->value.ia5string, "SRVName");
    if (!name) return name.error();
    identity.srv_names.push_back(*std::move(name));
    return {};
  }
  if (other.value == nullptr) return malformed("otherName without a value");
  switch (ASN1_TYPE_get(other.value)) {
    case V_ASN1_UTF8STRING:
    case V_ASN1_IA5STRING:
    case V_ASN1_PRINTABLESTRING:
    case V_ASN1_T61STRING:
    case V_ASN1_VISIBLESTRING: {
      const std::string_view bytes = bytes_of(other.value->value.asn1_string);
      if (std::none_of(bytes.begin(), bytes.end(), is_control)) return {};
      return malformed("otherName holds a control byte");
    }
    default:
      return {};  // not a text: nothing of it is ever compared or shown
  }
}

base::Result<> add_name(const GENERAL_NAME& general, Identity& identity) {
  switch (general.type) {
    case GEN_DNS: {
      auto name = read_name(general.d.dNSName, "dNSName");
      if (!name) return name.error();
      identity.dns_names.push_back(*std::move(name));
      return {};
    }
    case GEN_IPADD: {
      const auto address = read_address(general.d.iPAddress);
      if (!address) return address.error();
      identity.addresses.push_back(*address);
      return {};
    }
    case GEN_OTHERNAME:
      return add_other_name(*general.d.otherName, identity);
    case GEN_EMAIL:
    case GEN_URI: {
      const std::string_view bytes = bytes_of(general.d.ia5);
      if (std::all_of(bytes.begin(), bytes.end(), is_printable)) return {};
      return malformed("mail address or URI holds a NUL, control or non-ASCII byte");
    }
    default:
      return {};  // directory names, object identifiers: never compared
  }
}

// Null and no error: there is no such extension.
base::Result<Names> names_in(const X509* certificate) {
  const int at = X509_get_ext_by_NID(certificate, NID_subject_alt_name, -1);
  if (at < 0) return Names();
  if (X509_get_ext_by_NID(certificate, NID_subject_alt_name, at) >= 0) {
    return malformed("the extension occurs twice");
  }
  // Not X509_get_ext_d2i(), which lets bytes stand behind the sequence.
  const std::string_view value = bytes_of(X509_EXTENSION_get_data(X509_get_ext(certificate, at)));
  const auto* begin = reinterpret_cast<const unsigned char*>(value.data());
  const unsigned char* next = begin;
  Names list(d2i_GENERAL_NAMES(nullptr, &next, static_cast<long>(value.size())));
  ERR_clear_error();
  if (list == nullptr || next != begin + value.size()) {
    return malformed("the extension does not decode");
  }
  return list;
}

std::string fingerprint_of(const X509* certificate) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (X509_digest(certificate, EVP_sha256(), digest.data(), &size) != 1) return {};
  return base::encode_hex({reinterpret_cast<const char*>(digest.data()), size});
}

}  // namespace

base::Result<> add_names(const GENERAL_NAMES* list, Identity& identity) {
  for (int i = 0; i < sk_GENERAL_NAME_num(list); ++i) {
    auto added = add_name(*sk_GENERAL_NAME_value(list, i), identity);
    if (!added) return added;
  }
  return {};
}

base::Result<Identity> identity_of(X509* certificate) {
  const auto list = names_in(certificate);
  if (!list) return list.error();
  Identity identity;
  if (*list != nullptr) {
    const auto added = add_names(list->get(), identity);
    if (!added) return added.error();
  }
  identity.subject = to_text(X509_get_subject_name(certificate));
  identity.issuer = to_text(X509_get_issuer_name(certificate));
  identity.fingerprint = fingerprint_of(certificate);
  if (identity.fingerprint.empty()) return openssl_error("SHA-256 of a certificate");
  return identity;
}

}  // namespace certs
