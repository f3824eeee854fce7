#include "certs/builder.h"

#include <openssl/objects.h>
#include <openssl/rand.h>

#include <cstddef>
#include <ctime>
#include <utility>

#include "certs/openssl.h"

namespace certs {
namespace {

using base::Errc;
using base::Error;

constexpr std::size_t kMaxCommonName = 64;  // ub-common-name of RFC 5280 appendix A
constexpr int kSerialBits = 128;
constexpr long kVersion3 = 2;  // X.509 counts from 0

using Text = Handle<ASN1_STRING, ASN1_STRING_free>;
using General = Handle<GENERAL_NAME, GENERAL_NAME_free>;
using Object = Handle<ASN1_OBJECT, ASN1_OBJECT_free>;
using Value = Handle<ASN1_TYPE, ASN1_TYPE_free>;
using Time = Handle<ASN1_TIME, ASN1_TIME_free>;
using Number = Handle<BIGNUM, BN_free>;

Text text_of(int type, std::string_view bytes) {
  Text text(ASN1_STRING_type_new(type));
  if (text == nullptr ||
      ASN1_STRING_set(text.get(), bytes.data(), static_cast<int>(bytes.size())) != 1) {
    return nullptr;
  }
  return text;
}

General srv_name(std::string_view text) {
  Object type(OBJ_nid2obj(NID_SRVName));
  Value value(ASN1_TYPE_new());
  Text name = text_of(V_ASN1_IA5STRING, text);
  General general(GENERAL_NAME_new());
  if (type == nullptr || value == nullptr || name == nullptr || general == nullptr) return nullptr;
  ASN1_TYPE_set(value.get(), V_ASN1_IA5STRING, name.release());
  if (GENERAL_NAME_set0_othername(general.get(), type.get(), value.get()) != 1) return nullptr;
  type.release();
  value.release();
  return general;
}

General plain_name(int kind, int type, std::string_view bytes) {
  Text text = text_of(type, bytes);
  General general(GENERAL_NAME_new());
  if (text == nullptr || general == nullptr) return nullptr;
  GENERAL_NAME_set0_value(general.get(), kind, text.release());
  return general;
}

General general_name(const Name& name) {
  switch (name.kind) {
    case Name::Kind::Dns:
      return plain_name(GEN_DNS, V_ASN1_IA5STRING, name.text);
    case Name::Kind::Srv:
      return srv_name(name.text);
    case Name::Kind::Ip: {
      const auto address = base::parse_ip(name.text);
      if (!address) return nullptr;
      return plain_name(GEN_IPADD, V_ASN1_OCTET_STRING, address->bytes());
    }
  }
  return nullptr;
}

bool set_serial(X509* certificate) {
  const Number serial(BN_new());
  return serial != nullptr &&
         BN_rand(serial.get(), kSerialBits, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1 &&
         BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(certificate)) != nullptr;
}

Time asn1_time(std::chrono::sys_seconds time) {
  return Time(ASN1_TIME_set(nullptr, static_cast<std::time_t>(time.time_since_epoch().count())));
}

bool set_times(X509* certificate, const Template& wanted) {
  const Time start = asn1_time(wanted.not_before);
  const Time end = asn1_time(wanted.not_after);
  return start != nullptr && end != nullptr && X509_set1_notBefore(certificate, start.get()) == 1 &&
         X509_set1_notAfter(certificate, end.get()) == 1;
}

bool add_written(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  return extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool add_usage(X509* certificate, X509* issuer, const Template& wanted) {
  std::string constraints = "critical,CA:FALSE";
  if (wanted.is_authority) {
    constraints = "critical,CA:TRUE";
    if (wanted.path_length >= 0) {
      constraints += ",pathlen:" + std::to_string(wanted.path_length);
    }
  }
  const bool is_rsa = EVP_PKEY_get_base_id(X509_get0_pubkey(certificate)) == EVP_PKEY_RSA;
  std::string usage = "critical,digitalSignature";
  if (wanted.is_authority) usage = "critical,keyCertSign,cRLSign";
  if (!wanted.is_authority && is_rsa) usage += ",keyEncipherment";
  std::string extended;
  for (const Role role : wanted.roles) {
    if (!extended.empty()) extended += ',';
    extended += role == Role::Server ? "serverAuth" : "clientAuth";
  }
  return add_written(certificate, issuer, NID_basic_constraints, constraints) &&
         add_written(certificate, issuer, NID_key_usage, usage) &&
         (extended.empty() || add_written(certificate, issuer, NID_ext_key_usage, extended)) &&
         add_written(certificate, issuer, NID_subject_key_identifier, "hash") &&
         add_written(certificate, issuer, NID_authority_key_identifier, "keyid");
}

const EVP_MD* digest_for(const EVP_PKEY* key, const std::string& name, bool& is_known) {
  const int kind = EVP_PKEY_get_base_id(key);
  const EVP_MD* digest = EVP_get_digestbyname(name.c_str());
  is_known = digest != nullptr;
  return kind == EVP_PKEY_ED25519 || kind == EVP_PKEY_ED448 ? nullptr : digest;
}

base::Result<> fill(X509* certificate, const Template& wanted, EVP_PKEY* key, X509* issuer) {
  if (auto named = set_common_name(X509_get_subject_name(certificate), wanted.common_name);
      !named) {
    return named;
  }
  const X509_NAME* issuer_name =
      issuer == nullptr ? X509_get_subject_name(certificate) : X509_get_subject_name(issuer);
  X509* above = issuer == nullptr ? certificate : issuer;
  if (X509_set_version(certificate, kVersion3) != 1 || !set_serial(certificate) ||
      !set_times(certificate, wanted) || X509_set_issuer_name(certificate, issuer_name) != 1 ||
      X509_set_pubkey(certificate, key) != 1 || !add_usage(certificate, above, wanted)) {
    return openssl_error("fill in a certificate");
  }
  if (wanted.names.empty()) return {};
  const auto names = names_extension(wanted.names, wanted.common_name.empty());
  if (!names) return names.error();
  if (X509_add_ext(certificate, names->get(), -1) != 1) return openssl_error("add names");
  return {};
}

}  // namespace

void FreeExtension::operator()(X509_EXTENSION* extension) const noexcept {
  X509_EXTENSION_free(extension);
}

base::Result<> set_common_name(X509_NAME* subject, std::string_view text) {
  if (text.empty()) return {};
  if (text.size() > kMaxCommonName) {
    return Error{Errc::Malformed, "a common name has at most 64 bytes"};
  }
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  if (X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_UTF8, bytes,
                                 static_cast<int>(text.size()), -1, 0) != 1) {
    Error error = openssl_error("common name");
    error.code = Errc::Malformed;
    return error;
  }
  return {};
}

std::string fitting_common_name(std::string_view text) {
  return text.size() <= kMaxCommonName ? std::string(text) : std::string();
}

base::Result<Extension> names_extension(const std::vector<Name>& names, bool is_critical) {
  const Names list(GENERAL_NAMES_new());
  if (list == nullptr) return openssl_error("names");
  for (const Name& name : names) {
    General general = general_name(name);
    if (general == nullptr) return Error{Errc::Malformed, "cannot write " + to_string(name)};
    if (sk_GENERAL_NAME_push(list.get(), general.get()) <= 0) return openssl_error("names");
    general.release();
  }
  Extension extension(X509V3_EXT_i2d(NID_subject_alt_name, is_critical ? 1 : 0, list.get()));
  if (extension == nullptr) return openssl_error("names");
  return extension;
}

base::Result<Certificate> build(const Template& wanted, EVP_PKEY* key, X509* issuer,
                                EVP_PKEY* issuer_key) {
  if (wanted.not_after < wanted.not_before) {
    return Error{Errc::Malformed, "the validity ends before it begins"};
  }
  EVP_PKEY* signer = issuer == nullptr ? key : issuer_key;
  bool is_known = false;
  const EVP_MD* digest = digest_for(signer, wanted.digest, is_known);
  if (!is_known) return Error{Errc::Malformed, "no digest is called \"" + wanted.digest + "\""};
  Certificate certificate(X509_new());
  if (certificate == nullptr) return openssl_error("make a certificate");
  const auto filled = fill(certificate.get(), wanted, key, issuer);
  if (!filled) return filled.error();
  if (X509_sign(certificate.get(), signer, digest) == 0) return openssl_error("sign a certificate");
  return certificate;
}

}  // namespace certs
