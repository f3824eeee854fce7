#pragma once
// What one edge worker knows of sessions: the keys that cores announced over their links, what
// they revoked, and the tokens that verified already. The edge can judge a session, never make one.

#include "net/tunnel/control.h"
#include "policy/revocations.h"
#include "policy/session.h"
#include "policy/verified_cache.h"

namespace edge {

class Sessions final {
 public:
  // From a link that became ready. Keys outlive their link: a core that is away for a moment does
  // not end anybody's session. Errors are for the log.
  base::Result<> learn(const net::tunnel::CoreHello& core);
  // From a core's event; lines that do not parse are reported together as one error.
  base::Result<> learn(const net::tunnel::CoreEvent& event, policy::WallTime now);

  // No core has told its keys yet, so nothing can be judged.
  bool ignorant() const { return !knows_keys_; }
  policy::VerifiedCache& verified() { return verified_; }

 private:
  policy::SessionVerifier verifier_;
  policy::Revocations revocations_;
  policy::VerifiedCache verified_{verifier_, revocations_};
  bool knows_keys_ = false;
};

}  // namespace edge
