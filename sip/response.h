#pragma once
// Responses a proxy or a server makes by itself (RFC 3261 section 8.2.6, 16.2).

#include <string_view>

#include "sip/message.h"

namespace sip {

// The usual words for a status code; "Unknown" for codes nobody registered.
std::string_view reason_phrase(int status);

// Copies Via, From, To, Call-ID, CSeq of `request`, whatever of them could be read; a To without
// tag gets one made from `tag_seed` and the request, so that a repeated request gets the same.
// `phrase` empty: the usual words. CR, LF and controls in it become blanks.
Message make_response(const Message& request, int status, std::string_view phrase = {},
                      std::string_view tag_seed = "sallyport");

}  // namespace sip
