#pragma once
// OpenSSL's error queue in plain words.

#include <string>

namespace net {

// The first reason in this thread's queue ("no shared cipher"), which is then emptied. "no reason
// given" for an empty queue.
std::string take_openssl_error();
// The words for a reason of OpenSSL's library SSL (SSL_R_..., or SSL_AD_REASON_OFFSET + alert).
std::string openssl_reason(int reason);

}  // namespace net
