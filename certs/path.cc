#include "certs/path.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include "certs/openssl.h"
#include "certs/time.h"

namespace certs {
namespace {

using Context = Handle<X509_STORE_CTX, X509_STORE_CTX_free>;

void free_stack(STACK_OF(X509) * stack) {
  sk_X509_free(stack);
}  // not the certificates in it
using Stack = Handle<STACK_OF(X509), free_stack>;

// What X509_verify_cert said first of each class of faults.
struct Findings {
  int chain_error = X509_V_OK;
  int time_error = X509_V_OK;
  std::string chain_reason;
  std::string time_reason;
};

bool is_about_time(int error) {
  switch (error) {
    case X509_V_ERR_CERT_NOT_YET_VALID:
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD:
    case X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD:
      return true;
    default:
      return false;
  }
}

bool is_about_signature(int error) {
  switch (error) {
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
    case X509_V_ERR_UNABLE_TO_DECRYPT_CERT_SIGNATURE:
    case X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY:
    case X509_V_ERR_NO_ISSUER_PUBLIC_KEY:
    case X509_V_ERR_UNSUPPORTED_SIGNATURE_ALGORITHM:
    case X509_V_ERR_SIGNATURE_ALGORITHM_MISMATCH:
    case X509_V_ERR_SIGNATURE_ALGORITHM_INCONSISTENCY:
    case X509_V_ERR_EC_KEY_EXPLICIT_PARAMS:
      return true;
    default:
      return false;
  }
}

std::string time_reason(int error, const X509* certificate) {
  if (error == X509_V_ERR_CERT_HAS_EXPIRED) {
    const auto end = not_after(certificate);
    if (end) return "expired on " + to_text(*end);
  }
  if (error == X509_V_ERR_CERT_NOT_YET_VALID) {
    const auto start = not_before(certificate);
    if (start) return "not valid before " + to_text(*start);
  }
  return "has a time of validity that cannot be read";
}

std::string chain_reason(int error, const X509* certificate) {
  switch (error) {
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return fmt::format("issued by {}, which is neither in the chain nor trusted",
                         to_text(X509_get_issuer_name(certificate)));
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      return "self-signed and not trusted";
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
      return "the chain ends in this authority, which is not trusted";
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
      return "its signature is not its issuer's";
    case X509_V_ERR_INVALID_CA:
      return "has issued a certificate, but is no authority (basic constraints, key usage)";
    case X509_V_ERR_PATH_LENGTH_EXCEEDED:
      return "has more authorities below it than its path length allows";
    case X509_V_ERR_CERT_CHAIN_TOO_LONG:
      return "the path to a trusted authority is too long";
    case X509_V_ERR_PERMITTED_VIOLATION:
      return "holds a name outside those that its issuer is permitted (name constraints)";
    case X509_V_ERR_EXCLUDED_VIOLATION:
      return "holds a name that its issuer is denied (name constraints)";
    case X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION:
      return "has a critical extension that is not known here";
    default:
      return X509_verify_cert_error_string(error);
  }
}

// OpenSSL asks here about every fault. An answer of 1 goes on: faults of time do not end the search
// for one of the chain, which says more. C calls this, so nothing may be thrown out of it.
int on_verdict(int ok, X509_STORE_CTX* context) noexcept {
  if (ok == 1) return 1;
  auto* findings = static_cast<Findings*>(X509_STORE_CTX_get_app_data(context));
  const int error = X509_STORE_CTX_get_error(context);
  const X509* certificate = X509_STORE_CTX_get_current_cert(context);
  const bool is_leaf = X509_STORE_CTX_get_error_depth(context) == 0;
  if (is_about_time(error)) {
    if (findings->time_error != X509_V_OK || certificate == nullptr) return 1;
    findings->time_error = error;
    findings->time_reason = prefix_for(certificate, is_leaf) + time_reason(error, certificate);
    return 1;
  }
  findings->chain_error = error;
  findings->chain_reason =
      certificate == nullptr ? X509_verify_cert_error_string(error)
                             : prefix_for(certificate, is_leaf) + chain_reason(error, certificate);
  return 0;
}

CertificateChain built_chain(X509_STORE_CTX* context) {
  CertificateChain chain;
  const STACK_OF(X509)* stack = X509_STORE_CTX_get0_chain(context);
  for (int i = 0; i < sk_X509_num(stack); ++i) {
    X509* certificate = sk_X509_value(stack, i);
    X509_up_ref(certificate);
    chain.emplace_back(certificate);
  }
  return chain;
}

bool prepare(X509_STORE_CTX* context, const Trust& trust, X509* leaf, STACK_OF(X509) * others,
             std::chrono::system_clock::time_point at) {
  if (X509_STORE_CTX_init(context, trust.store(), leaf, others) != 1) return false;
  X509_VERIFY_PARAM* parameters = X509_STORE_CTX_get0_param(context);
  X509_VERIFY_PARAM_set_time(parameters, std::chrono::system_clock::to_time_t(at));
  X509_VERIFY_PARAM_set_auth_level(parameters, 0);  // certs/strength.h judges, and says why
  X509_VERIFY_PARAM_set_depth(parameters, static_cast<int>(kMaxChain));
  X509_STORE_CTX_set_verify_cb(context, on_verdict);
  return true;
}

}  // namespace

std::string prefix_for(const X509* certificate, bool is_leaf) {
  if (is_leaf) return {};
  return to_text(X509_get_subject_name(certificate)) + ": ";
}

Path find_path(X509* leaf, const std::vector<X509*>& others, const Trust& trust,
               std::chrono::system_clock::time_point at) {
  Path path;
  path.fault = Path::Fault::Chain;
  const Context context(X509_STORE_CTX_new());
  const Stack stack(sk_X509_new_null());
  bool ready = context != nullptr && stack != nullptr;
  for (X509* other : others)
    ready = ready && sk_X509_push(stack.get(), other) > 0;
  if (!ready || !prepare(context.get(), trust, leaf, stack.get(), at)) {
    path.reason = openssl_error("validate a chain").detail;
    return path;
  }
  Findings findings;
  X509_STORE_CTX_set_app_data(context.get(), &findings);
  const bool valid = X509_verify_cert(context.get()) == 1;
  ERR_clear_error();
  path.chain = built_chain(context.get());
  if (!valid || findings.chain_error != X509_V_OK || path.chain.empty()) {
    path.reason =
        findings.chain_error != X509_V_OK ? findings.chain_reason : "the chain cannot be validated";
    path.signature_failed = is_about_signature(findings.chain_error);
    return path;
  }
  path.fault = findings.time_error != X509_V_OK ? Path::Fault::Time : Path::Fault::None;
  path.reason = findings.time_reason;
  return path;
}

}  // namespace certs
