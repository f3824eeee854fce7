#include "net/openssl_error.h"

#include <openssl/err.h>

namespace net {

std::string take_openssl_error() {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  if (code == 0) return "no reason given";
  const char* reason = ERR_reason_error_string(code);
  if (reason != nullptr) return reason;
  return "OpenSSL error " + std::to_string(code);
}

}  // namespace net
