#pragma once
// The Identity proof of a message (RFC 4474 section 9, with SHA-256 and the certificate's RSA or
// ECDSA key, wire.md 6): who sent it and that nobody changed it. The certificate travels in the
// body, so its owner is judged by the caller with certs::verify.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "certs/credentials.h"
#include "sip/message.h"

namespace sip {

// "From addr-spec|To addr-spec|Call-ID|CSeq|Date|Contact addr-spec|body", CSeq as "1 SERVICE". A
// response has no Contact: its place is empty. Malformed, naming it, when a field is missing.
base::Result<std::string> digest_string(const Message& message);

// Adds Identity: "<base64>" to a message that is otherwise complete. System when the key will not
// sign.
base::Result<> sign_identity(Message& message, const certs::Credentials& credentials);

enum class IdentityFault { None, Missing, BadSignature };
// Whether the Identity of `message` was made with the key of `leaf`. `why` is for the log.
IdentityFault check_identity(const Message& message, X509* leaf, std::string& why);

}  // namespace sip
