#include "core/refusal.h"

#include <utility>

namespace core {

namespace http = net::http;

namespace {

// Told from the call manager's own "Cisco Web Services Realm" (wire.md 4).
constexpr std::string_view kChallenge = "Basic realm=\"Cisco-Edge\"";
// Servers inside are tried again after seconds.
constexpr std::chrono::seconds kUpstreamRetryAfter{5};

}  // namespace

Refusal upstream_refusal(const base::Error& why) {
  switch (why.code) {
    case base::Errc::Timeout:
      return {504, "Upstream Timeout", why.detail, "the server inside did not answer in time"};
    case base::Errc::NotFound:
      return {503, "Upstream Missing", why.detail, "the server inside has no address",
              kUpstreamRetryAfter};
    case base::Errc::Refused:
    case base::Errc::Closed:
    case base::Errc::Malformed:
    case base::Errc::TooLarge:
    case base::Errc::Unsupported:
    case base::Errc::System:
      break;
  }
  return {502, "Upstream Failed", why.detail, "the server inside could not be reached"};
}

http::TextResponse to_response(const Refusal& refusal) {
  http::TextResponse response = http::text_response(refusal.status, refusal.line);
  if (refusal.status == 401) response.head.fields.add("WWW-Authenticate", kChallenge);
  if (refusal.retry_after) {
    response.head.fields.add("Retry-After", std::to_string(refusal.retry_after->count()));
  }
  return response;
}

void refuse(http::Exchange& exchange, http::ExchangeTrace& trace, const Refusal& refusal) {
  http::TextResponse response = to_response(refusal);
  trace.event(refusal.status >= 500 ? base::Level::Warn : base::Level::Info, refusal.event,
              refusal.reason);
  trace.sending_response(exchange.peer().stream.remote, response.head);
  http::answer(exchange, std::move(response));
}

}  // namespace core
