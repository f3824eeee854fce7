#pragma once
// OpenSSL's error queue in plain words.

#include <string>

namespace net {

// The first reason in this thread's queue ("no shared cipher"), which is then emptied. "no reason
// given" for an empty queue.
std::string take_openssl_error();

}  // namespace net
