#include "net/openssl_error.h"

#include <openssl/err.h>

namespace net {
namespace {

std::string words_for(unsigned long code) {
  const char* reason = ERR_reason_error_string(code);
  if (reason != nullptr) return reason;
  return "OpenSSL error " + std::to_string(code);
}

}  // namespace

std::string take_openssl_error() {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  return code == 0 ? "no reason given" : words_for(code);
}

std::string openssl_reason(int reason) {
  return words_for(ERR_PACK(ERR_LIB_SSL, 0, reason));
}

}  // namespace net
