#include "edge/sessions.h"

namespace edge {

base::Result<> Sessions::learn(const net::tunnel::CoreHello& core) {
  base::Result<> result;
  for (const std::string& key : core.keys) {
    if (const auto added = verifier_.add_key(key); added) {
      knows_keys_ = true;
    } else {
      result = added.error();  // the others still count
    }
  }
  return result;
}

base::Result<> Sessions::learn(const net::tunnel::CoreEvent& event, policy::WallTime now) {
  base::Result<> result;
  for (const std::string& line : event.revocations) {
    const base::Result<policy::Revocation> revocation = policy::parse_revocation(line);
    if (revocation) {
      revocations_.add(*revocation, now);
    } else {
      result = revocation.error();  // the others still count
    }
  }
  return result;
}

}  // namespace edge
