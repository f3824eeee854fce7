#pragma once
// Cuts a stream into messages (RFC 3261 section 18.3), CRLF keep-alives (RFC 5626 section 3.5.1)
// and STUN requests (RFC 5626 section 3.5.2). Pure, and without a buffer of its own: the stream
// keeps what is not taken, so an idle connection costs nothing here.

#include <cstddef>
#include <string_view>

#include "base/result.h"

namespace sip {

struct Frame {
  enum class Kind {
    NeedMore,  // nothing whole yet; give the same bytes again with what follows
    Message,   // bytes: head and body
    Crlf,      // one CR LF between messages: half a ping, a pong, or a stray line end
    Stun,      // bytes: header and attributes
    Bad,       // the stream cannot be followed any further; `why` names the cause
  };
  Kind kind = Kind::NeedMore;
  std::size_t bytes = 0;  // of the stream to take; of Bad: of the head that could be read, or 0
  base::Error why{base::Errc::Malformed, {}};
};

class Framer final {
 public:
  // Looks at the unread bytes of the stream, which begin where the last frame ended and hold at
  // least what the last call was given. No byte of an unfinished head is searched twice.
  // A message without Content-Length has no body (RFC 3261 section 20.14 asks for one on streams).
  // Bad: a first byte that is neither SIP nor STUN, two Content-Length that differ, one that is no
  // number (Malformed); a message, head or start line beyond its limit (TooLarge).
  Frame next(std::string_view data);
  // Whether `data`, the unread bytes, is the beginning of something: the message timer runs then.
  static bool is_partial(std::string_view data) {
    return !data.empty() && data != "\r" && data != "\r\n";
  }

 private:
  std::size_t scanned_ = 0;        // bytes of an unfinished head that hold no end of it
  std::size_t message_bytes_ = 0;  // of a message whose head was read already; 0: not yet
};

}  // namespace sip
