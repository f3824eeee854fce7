#include "support/heads.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/text.h"

namespace support {
namespace {

using base::Errc;
using base::Error;

constexpr std::string_view kSession = "X-Auth";
constexpr std::string_view kSecret[] = {"Authorization", "Proxy-Authorization", "Cookie",
                                        "Set-Cookie", "Authentication-Info"};

bool is_secret(std::string_view name) {
  const auto same = [name](std::string_view secret) { return base::iequals(secret, name); };
  return std::ranges::any_of(kSecret, same);
}

std::string field_lines(const net::http::Fields& fields) {
  std::string text;
  for (const net::http::Field field : fields) {
    text += base::escape_for_log(field.name) + ": ";
    text += is_secret(field.name) ? "xxxxx" : base::escape_for_log(field.value);
    text += '\n';
  }
  return text;
}

// cookie-octet of RFC 6265 section 4.1.1
bool is_cookie_octet(char c) {
  return base::is_visible(c) && c != '"' && c != ',' && c != ';' && c != '\\';
}

}  // namespace

std::string masked_text(const net::http::RequestHead& head) {
  return fmt::format("{} {} HTTP\nHost: {}\n{}", base::escape_for_log(head.method),
                     base::escape_for_log(head.target), base::escape_for_log(head.authority),
                     field_lines(head.fields));
}

std::string masked_text(const net::http::ResponseHead& head) {
  std::string text =
      fmt::format("HTTP {} {}\n", head.status, net::http::reason_phrase(head.status));
  text += field_lines(head.fields);
  if (head.content_length) text += fmt::format("Content-Length: {}\n", *head.content_length);
  return text;
}

base::Result<SessionCookie> session_cookie(const net::http::ResponseHead& head) {
  base::Result<SessionCookie> found = Error{Errc::NotFound, "the answer sets no X-Auth cookie"};
  for (const net::http::Field field : head.fields) {
    if (!base::iequals(field.name, "Set-Cookie")) continue;
    const auto parts = base::split(field.value, ';');
    const std::size_t equals = parts[0].find('=');
    if (equals == std::string_view::npos) continue;
    if (base::trim(parts[0].substr(0, equals)) != kSession) continue;

    SessionCookie cookie;
    cookie.value = base::trim(parts[0].substr(equals + 1));
    if (cookie.value.size() > kMaxCookieBytes) {
      return Error{Errc::TooLarge, fmt::format("an X-Auth of more than {} bytes", kMaxCookieBytes)};
    }
    if (cookie.value.empty() || !std::ranges::all_of(cookie.value, is_cookie_octet)) {
      return Error{Errc::Malformed, "the value of X-Auth is not one of a cookie"};
    }
    for (const std::string_view part : parts) {
      const std::string_view name = base::trim(part.substr(0, part.find('=')));
      cookie.secure = cookie.secure || base::iequals(name, "Secure");
      cookie.http_only = cookie.http_only || base::iequals(name, "HttpOnly");
    }
    found = std::move(cookie);
  }
  return found;
}

}  // namespace support
