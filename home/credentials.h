#pragma once
// A request that brings Basic credentials (RFC 7617): they are read, judged, and then it is
// answered.

#include <functional>
#include <optional>

#include "home/access_log.h"
#include "home/authenticator.h"
#include "net/http/exchange.h"
#include "policy/basic_auth.h"

namespace home {

// 401 with the challenge that call managers send.
Reply unauthorized(std::string_view reason);
// 503 with Retry-After: the store cannot be read or written now.
Reply store_failure(const base::Error& why);

// The credentials of the request, within parse_basic's limits (request.h). None: there are none
// that can be read, and the exchange has been answered, with 401, or 400 when they are given twice.
std::optional<policy::BasicCredentials> credentials_of(net::http::Exchange& exchange,
                                                       net::http::ExchangeTrace& trace);

// Has them judged, at once when they are remembered, and answers with reply(accepted); it is not
// called when the client goes away before. 503 with Retry-After when too many wait already.
void answer_judged(net::http::Exchange& exchange, net::http::ExchangeTrace trace,
                   Authenticator& authenticator, const policy::BasicCredentials& credentials,
                   std::function<Reply(bool accepted)> reply);

}  // namespace home
