#pragma once
// The session's cookie in Cookie fields (RFC 6265, 5.4). Pure.

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace policy {

inline constexpr std::string_view kSessionCookie = "X-Auth";

// The value of X-Auth in the Cookie fields of one request (HTTP/2 may split them, RFC 9113, 8.2.3).
// None: nullopt. Malformed: more than one, since edge and core might then judge different ones; or
// a value with other bytes than a token's (letters, digits, '-', '_'), or an empty one. The view is
// into the field.
base::Result<std::optional<std::string_view>> find_session_cookie(
    std::span<const std::string_view> fields);

// The field without X-Auth, in whatever case it is spelled; the others stay byte for byte. Empty
// when nothing is left: the field is then to be left out.
std::string without_session_cookie(std::string_view field);

// "X-Auth=<token>; Path=/; Secure; HttpOnly", with "; Domain=<cookie_domain>" when that is not
// empty.
std::string to_set_cookie(std::string_view token, std::string_view cookie_domain = {});

}  // namespace policy
