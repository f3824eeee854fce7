#pragma once
// The session of one request: its cookie, judged by edge and core alike.

#include <memory>
#include <string>
#include <string_view>

#include "policy/cookie.h"
#include "policy/session.h"
#include "policy/verified_cache.h"

namespace policy {

struct RequestSession {
  std::shared_ptr<const SessionToken> token;  // null: no session to go by
  std::string fault;  // what is wrong with the cookie, for the log; empty: it is good, or none
};

// `domain`: the one the request is for, whose session it must be.
RequestSession check_session(const SessionCookie& cookie, std::string_view domain,
                             VerifiedCache& sessions, WallTime now);

}  // namespace policy
