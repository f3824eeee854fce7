#pragma once
// What a failure of a chat sign-in means to a person (explain.h). Pure.

#include <string>

#include "support/explain.h"
#include "support/xmpp_stanzas.h"

namespace support {

// "stream error host-unknown (no such domain)", printable.
std::string describe(const XmppFault& fault);

// What went wrong, and where to look. `by_token`: a one-time password was used and not the
// password.
Explanation explain_xmpp(const XmppFault& fault, bool by_token);

// Whether another edge may do better: it, its link or the server behind it is gone.
bool is_server_trouble(const XmppFault& fault);

}  // namespace support
