#include "policy/request_session.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace policy {
namespace {

bool is_token_text(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return base::is_alnum(c) || c == '-' || c == '_';
  });
}

std::string fault_of(const SessionVerdict& verdict, std::string_view value) {
  if (verdict) return "session of domain " + verdict.token->domain;
  // Said of what cannot be a session at all, such as another server's cookie of this name.
  if (!is_token_text(value)) return "cookie: a session cookie that is no token";
  return std::string("session: ") + to_string(verdict.fault);
}

}  // namespace

RequestSession check_session(const SessionCookie& cookie, std::string_view domain,
                             VerifiedCache& sessions, WallTime now) {
  if (cookie.repeated()) return {nullptr, "cookie: more than one session cookie"};
  if (!cookie.found()) return {};
  SessionVerdict verdict = sessions.check(cookie.value(), now);
  if (verdict && verdict.token->domain == domain) return {std::move(verdict.token), {}};
  return {nullptr, fault_of(verdict, cookie.value())};
}

}  // namespace policy
