#include "certs/openssl.h"

#include <openssl/err.h>

#include <climits>
#include <cstddef>

namespace certs {
namespace {

constexpr std::size_t kMaxNameText = 256;  // a subject is for people; a log line is short

}  // namespace

base::Error openssl_error(std::string_view what) {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  std::string detail(what);
  if (reason != nullptr) detail.append(": ").append(reason);
  return {base::Errc::System, std::move(detail)};
}

Bio reader_of(std::string_view bytes) {
  if (bytes.size() > INT_MAX) return nullptr;
  // OpenSSL takes a null pointer for an error even when the length is 0.
  const char* data = bytes.empty() ? "" : bytes.data();
  return Bio(BIO_new_mem_buf(data, static_cast<int>(bytes.size())));
}

std::string text_in(BIO* memory) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory, &data);
  return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string();
}

std::string to_text(const X509_NAME* name) {
  const Bio memory(BIO_new(BIO_s_mem()));
  if (memory == nullptr || name == nullptr) return {};
  if (X509_NAME_print_ex(memory.get(), name, 0, XN_FLAG_RFC2253) < 0) {
    ERR_clear_error();
    return "(unreadable)";
  }
  std::string text = text_in(memory.get());
  if (text.size() > kMaxNameText) text.replace(kMaxNameText - 3, std::string::npos, "...");
  return text;
}

}  // namespace certs
