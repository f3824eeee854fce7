#pragma once
// The judgement of a message's form: what a server answers to a request that breaks RFC 3261, as
// RFC 4475 and RFC 5118 tell by example. Meaning (who, where to, may they) is not judged here.

#include <optional>
#include <string>
#include <string_view>

#include "sip/message.h"

namespace sip {

struct Fault {
  int status = 400;    // 400, 416, 420, 483, 505 …
  std::string phrase;  // for the status line: "Bad Request: CSeq method differs"
  std::string detail;  // for the log
};

// The first fault of a request, in this order: version (505), start line, mandatory fields present
// and single (Via, From, To, Call-ID, CSeq; Max-Forwards and Content-Length at most once), their
// syntax, CSeq's number (below 2^31) and method, Max-Forwards 0 to 255, top Via's branch, Contact,
// Route, Path, Expires, Date, limits (kMaxVia …). Request URI: 400 when it does not parse, 416
// when its scheme is not sip or sips. An unknown Expires is no fault of form but is 400 where it
// exceeds 2^32 - 1. Nothing when all is well.
std::optional<Fault> check_request(const Message& request);
// The fault of a response, which is dropped without an answer: status outside 100 to 699, no Via,
// no CSeq, no Call-ID, numbers out of range.
std::optional<Fault> check_response(const Message& response);

// The fault (513) of a request or response that leaves no room for what is added to it on its way
// (kRoomFields, kRoomBytes). `text`: the message as it came.
std::optional<Fault> check_room(const Message& message, std::string_view text);

// The option tags of Require and Proxy-Require (`id`) that are not among `known`, joined by ", " as
// Unsupported wants them; empty when all are known.
std::string unknown_options(const Message& request, FieldId id,
                            std::initializer_list<std::string_view> known);

}  // namespace sip
