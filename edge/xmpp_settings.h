#pragma once
// What the edge's XMPP side needs to know: settings that a reload replaces as a whole.

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "net/tls_context.h"

namespace edge {

struct XmppSettings {
  std::string name;                  // the edge's
  std::vector<std::string> domains;  // lower case
  std::chrono::milliseconds handshake_limit{20'000};
  std::chrono::milliseconds secure_limit{10'000};   // from the accepted socket until TLS is up
  std::chrono::milliseconds sign_in_limit{30'000};  // and until SASL has succeeded
  // Of these, not signed in and from one network (edge/network.h).
  std::uint64_t strangers = 2'000;
  std::shared_ptr<const net::TlsContext> tls;  // offers xmpp-client alone in ALPN (XEP-0368)
};

}  // namespace edge
