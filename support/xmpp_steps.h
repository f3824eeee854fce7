#pragma once
// The chat part of a sign-in (wire.md section 10): connect to the edge, sign in at the presence
// server behind it, be seen, get a message of one's own back, leave.

#include <memory>
#include <vector>

#include "support/sign_in.h"
#include "support/step.h"
#include "support/xmpp_session.h"

namespace net {
class Loop;
}

namespace support {

// All must outlive the steps, which follow those of sip_steps.h. Without a presence service in the
// edge configuration (_cuplogin), what is missing at the edge or behind it is a note and the rest
// is left out: a site need not have chat.
std::vector<std::unique_ptr<Step>> xmpp_steps(net::Loop& loop, SignIn& sign_in,
                                              XmppSession& session);

// Whether the edge configuration names a presence service.
bool lists_presence(const EdgeConfig& config);

// The first two by themselves.
std::unique_ptr<Step> xmpp_connect_step(net::Loop& loop, SignIn& sign_in, XmppSession& session);
std::unique_ptr<Step> xmpp_sign_in_step(SignIn& sign_in, XmppSession& session);

}  // namespace support
