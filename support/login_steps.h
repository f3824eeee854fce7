#pragma once
// A sign-in as a list: what a Jabber client does over HTTPS, in its order (wire.md sections 2 to 5
// and 7). A later step (SIP registration, XMPP) is one more line of the list.

#include <memory>
#include <vector>

#include "support/sign_in.h"
#include "support/step.h"

namespace support {

// `sign_in` must outlive the steps.
std::vector<std::unique_ptr<Step>> login_steps(SignIn& sign_in);

}  // namespace support
