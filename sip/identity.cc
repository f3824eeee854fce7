#include "sip/identity.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <optional>

#include "base/base64.h"
#include "sip/headers.h"

namespace sip {
namespace {

// Base64 of a signature by RSA 16384, the largest key OpenSSL verifies with, is 2,732 bytes.
constexpr std::size_t kMaxIdentityBytes = 4096;

base::Error malformed(std::string_view what) {
  return {base::Errc::Malformed, "Identity: " + std::string(what)};
}

struct FreeDigest {
  void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, FreeDigest>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// A '|' in a field could make two messages have one digest string; no grammar of these has it.
base::Result<> append(std::string& out, std::string_view text, std::string_view name) {
  if (text.find('|') != text.npos) return malformed(std::string(name) + " holds '|'");
  out += text;
  out += '|';
  return {};
}

base::Result<> append_field(std::string& out, const Message& message, FieldId id) {
  if (message.count(id) != 1 || message.value(id).empty()) {
    return malformed("no single " + std::string(name_of(id)));
  }
  return append(out, message.value(id), name_of(id));
}

base::Result<> append_address(std::string& out, const Message& message, FieldId id) {
  const auto values = message.values(id);
  if (values.size() != 1) return malformed("no single " + std::string(name_of(id)));
  const auto address = parse_name_addr(values.front());
  if (!address || address->is_star || address->uri.empty()) {
    return malformed("no address in " + std::string(name_of(id)));
  }
  return append(out, address->uri, name_of(id));
}

// What the key signs with; the outer nothing for a key of another kind.
std::optional<const EVP_MD*> digest_for(const EVP_PKEY* key) {
  switch (key == nullptr ? EVP_PKEY_NONE : EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA:
    case EVP_PKEY_EC:
      return EVP_sha256();
    case EVP_PKEY_ED25519:
    case EVP_PKEY_ED448:
      return nullptr;
    default:
      return std::nullopt;
  }
}

// Empties OpenSSL's queue of errors, so that no TLS call takes them for its own.
std::optional<std::string> sign(EVP_PKEY* key, std::string_view text) {
  const auto digest = digest_for(key);
  const Context context(EVP_MD_CTX_new());
  if (!digest || !context) return std::nullopt;
  std::size_t size = 0;
  std::string signature;
  bool done = EVP_DigestSignInit(context.get(), nullptr, *digest, nullptr, key) == 1 &&
              EVP_DigestSign(context.get(), nullptr, &size, bytes_of(text), text.size()) == 1;
  if (done) {
    signature.resize(size);
    auto* const out = reinterpret_cast<unsigned char*>(signature.data());
    done = EVP_DigestSign(context.get(), out, &size, bytes_of(text), text.size()) == 1;
  }
  if (!done) {
    ERR_clear_error();
    return std::nullopt;
  }
  signature.resize(size);
  return signature;
}

bool is_signature(EVP_PKEY* key, std::string_view text, std::string_view signature) {
  const auto digest = digest_for(key);
  const Context context(EVP_MD_CTX_new());
  if (!digest || !context) return false;
  const bool fits = EVP_DigestVerifyInit(context.get(), nullptr, *digest, nullptr, key) == 1 &&
                    EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(),
                                     bytes_of(text), text.size()) == 1;
  if (!fits) ERR_clear_error();
  return fits;
}

// The bytes of `"<base64>"`.
std::optional<std::string> signature_of(std::string_view value) {
  if (value.size() < 2 || value.size() > kMaxIdentityBytes || value.front() != '"' ||
      value.back() != '"') {
    return std::nullopt;
  }
  auto bytes = base::decode_base64(value.substr(1, value.size() - 2));
  if (!bytes || bytes->empty()) return std::nullopt;
  return std::move(*bytes);
}

}  // namespace

base::Result<std::string> digest_string(const Message& message) {
  std::string out;
  out.reserve(512 + message.body().size());
  if (const auto done = append_address(out, message, FieldId::From); !done) return done.error();
  if (const auto done = append_address(out, message, FieldId::To); !done) return done.error();
  if (const auto done = append_field(out, message, FieldId::CallId); !done) return done.error();
  const auto cseq = parse_cseq(message.value(FieldId::CSeq));
  if (!cseq || message.count(FieldId::CSeq) != 1) return malformed("no single CSeq");
  // One blank between them, however it was written (RFC 4474 section 9).
  const std::string text = std::to_string(cseq->number) + ' ' + std::string(cseq->method);
  if (const auto done = append(out, text, "CSeq"); !done) return done.error();
  if (const auto done = append_field(out, message, FieldId::Date); !done) return done.error();
  if (message.is_request() || message.count(FieldId::Contact) > 0) {
    const auto done = append_address(out, message, FieldId::Contact);
    if (!done) return done.error();
  } else {
    out += '|';
  }
  out += message.body();
  return out;
}

base::Result<> sign_identity(Message& message, const certs::Credentials& credentials) {
  const auto text = digest_string(message);
  if (!text) return text.error();
  const auto signature = sign(credentials.key(), *text);
  if (!signature) return base::Error{base::Errc::System, "Identity: the key does not sign"};
  message.set(FieldId::Identity, '"' + base::encode_base64(*signature) + '"');
  return {};
}

IdentityFault check_identity(const Message& message, X509* leaf, std::string& why) {
  if (message.count(FieldId::Identity) == 0) {
    why = "no Identity";
    return IdentityFault::Missing;
  }
  const auto fault = [&why](std::string text) {
    why = std::move(text);
    return IdentityFault::BadSignature;
  };
  if (message.count(FieldId::Identity) > 1) return fault("more than one Identity");
  const auto signature = signature_of(message.value(FieldId::Identity));
  if (!signature) return fault("Identity is not base64 in quotes");
  const auto text = digest_string(message);
  if (!text) return fault(text.error().detail);
  EVP_PKEY* const key = leaf == nullptr ? nullptr : X509_get0_pubkey(leaf);
  if (!digest_for(key)) return fault("the certificate has no RSA, EC or Ed25519 key");
  if (!is_signature(key, *text, *signature)) {
    return fault("Identity was not made with the certificate's key over this message");
  }
  why.clear();
  return IdentityFault::None;
}

}  // namespace sip
