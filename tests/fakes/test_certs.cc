#include "tests/fakes/test_certs.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <cassert>
#include <utility>

namespace fakes {
namespace {

certs::Key make_key(const std::string& kind) {
  if (kind.starts_with("RSA-")) {
    return certs::Key(EVP_RSA_gen(static_cast<unsigned>(std::stoi(kind.substr(4)))));
  }
  return certs::Key(EVP_EC_gen(kind.c_str()));
}

void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  assert(extension != nullptr);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

void set_time(ASN1_TIME* time, std::chrono::hours from_now) {
  X509_gmtime_adj(time, std::chrono::seconds(from_now).count());
}

certs::Certificate blank(const std::string& common_name, EVP_PKEY* key) {
  certs::Certificate certificate(X509_new());
  X509* x = certificate.get();
  X509_set_version(x, X509_VERSION_3);
  BIGNUM* serial = BN_new();
  BN_rand(serial, 127, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY);
  BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(x));
  BN_free(serial);
  const auto* text = reinterpret_cast<const unsigned char*>(common_name.c_str());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_UTF8, text, -1, -1, 0);
  X509_set_pubkey(x, key);
  return certificate;
}

void sign(X509* certificate, EVP_PKEY* key, const std::string& digest) {
  const EVP_MD* md = EVP_get_digestbyname(digest.c_str());
  assert(md != nullptr);
  const int length = X509_sign(certificate, key, md);
  assert(length > 0);
}

template <typename Write>
std::string to_pem(Write write) {
  BIO* bio = BIO_new(BIO_s_mem());
  const int done = write(bio);
  assert(done == 1);
  char* data = nullptr;
  const long length = BIO_get_mem_data(bio, &data);
  std::string text(data, static_cast<std::size_t>(length));
  BIO_free(bio);
  return text;
}

std::string pem_of(X509* certificate) {
  return to_pem([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate); });
}

std::string pem_of(EVP_PKEY* key) {
  return to_pem([&](BIO* bio) {
    return PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
  });
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts)
    text += (text.empty() ? "" : ",") + part;
  return text;
}

}  // namespace

TestCa::TestCa(const std::string& common_name) {
  make(nullptr, common_name);
}

TestCa::TestCa(const TestCa& parent, const std::string& common_name) {
  make(&parent, common_name);
  below_ = pem_ + parent.below_;
}

TestCa::~TestCa() = default;

void TestCa::make(const TestCa* parent, const std::string& common_name) {
  key_ = make_key("P-256");
  certificate_ = blank(common_name, key_.get());
  X509* x = certificate_.get();
  X509* issuer = parent != nullptr ? parent->certificate_.get() : x;
  X509_set_issuer_name(x, X509_get_subject_name(issuer));
  set_time(X509_getm_notBefore(x), std::chrono::hours(-24 * 365));
  set_time(X509_getm_notAfter(x), std::chrono::hours(24 * 365));
  add_extension(x, issuer, NID_basic_constraints, "critical,CA:TRUE");
  add_extension(x, issuer, NID_key_usage, "critical,keyCertSign,cRLSign");
  add_extension(x, issuer, NID_subject_key_identifier, "hash");
  sign(x, parent != nullptr ? parent->key_.get() : key_.get(), "SHA256");
  pem_ = pem_of(x);
}

PemPair TestCa::issue(const LeafSpec& spec) const {
  const certs::Key key = make_key(spec.key);
  assert(key != nullptr);
  const certs::Certificate leaf = blank(spec.common_name, key.get());
  X509* x = leaf.get();
  X509* issuer = certificate_.get();
  X509_set_issuer_name(x, X509_get_subject_name(issuer));
  set_time(X509_getm_notBefore(x), spec.valid_from);
  set_time(X509_getm_notAfter(x), spec.valid_until);
  add_extension(x, issuer, NID_basic_constraints, "critical,CA:FALSE");
  add_extension(x, issuer, NID_key_usage, "critical,digitalSignature");
  if (!spec.usage.empty()) add_extension(x, issuer, NID_ext_key_usage, spec.usage);
  if (!spec.names.empty()) add_extension(x, issuer, NID_subject_alt_name, joined(spec.names));
  sign(x, key_.get(), spec.digest);
  return {pem_of(x) + below_, pem_of(key.get())};
}

std::shared_ptr<const certs::Trust> TestCa::trust() const {
  auto trust = certs::Trust::from_pem(pem_);
  assert(trust);
  return *trust;
}

std::shared_ptr<const certs::Credentials> TestCa::credentials(const LeafSpec& spec) const {
  const PemPair pems = issue(spec);
  auto credentials = certs::Credentials::from_pem(pems.chain, pems.key);
  assert(credentials);
  return *credentials;
}

}  // namespace fakes
