#pragma once
// Message heads as text for people, credentials masked, and the session cookie in them.

#include <cstddef>
#include <string>

#include "base/result.h"
#include "net/http/message.h"

namespace support {

// The head as HTTP/1.1 would write it, each line ended by '\n', bytes outside visible ASCII
// escaped. The values of Authorization, Cookie, Set-Cookie and their like are "xxxxx".
std::string masked_text(const net::http::RequestHead& head);
std::string masked_text(const net::http::ResponseHead& head);

inline constexpr std::size_t kMaxCookieBytes = 4096;  // what every client can keep (RFC 6265 6.1)

struct SessionCookie {
  std::string value;
  bool secure = false;  // the attributes of wire.md section 4
  bool http_only = false;
};

// The X-Auth cookie of an answer (RFC 6265 section 5.2; of several the last counts). NotFound when
// there is none, Malformed when its value is empty or holds other bytes than a cookie may, TooLarge
// beyond kMaxCookieBytes.
base::Result<SessionCookie> session_cookie(const net::http::ResponseHead& head);

}  // namespace support
