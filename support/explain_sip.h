#pragma once
// What a failure of a SIP registration means to a person (explain.h). Pure.

#include <string>

#include "base/result.h"
#include "sip/message.h"
#include "support/explain.h"
#include "support/registration.h"

namespace support {

// A REGISTER that came out other than 2xx.
Explanation explain_register(const RegisterResult& result, const RegisterPath& path,
                             const Phone& phone);
// No answer came over an open connection, or the connection ended.
Explanation explain_no_sip_answer(const base::Error& why);

// "403 Forbidden: line 5003 is not yours", printable.
std::string status_line(const sip::Message& answer);
// "407, 403 Forbidden: …"; "no answer", where there was none, behind those before.
std::string summary_of(const RegisterResult& result);

// Whether another edge, route or call manager may do better: 408, 430, 480 and 500 to 504, or no
// answer at all.
bool is_server_trouble(const RegisterResult& result);

}  // namespace support
