#pragma once
// Why a request is not served: what the client is told, and what the log is.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/http/exchange.h"
#include "net/http/traffic.h"

namespace core {

struct Refusal {
  int status = 400;
  std::string event;      // a word or two for the log: "Authorization Failed"
  std::string reason;     // for the log, in plain words
  std::string_view line;  // for the client; a literal
  std::optional<std::chrono::seconds> retry_after = std::nullopt;
};

// What became of a server inside that did not answer: 502, 503 or 504, never 401 (wire.md 4).
Refusal upstream_refusal(const base::Error& why);

// The answer, with WWW-Authenticate for 401 and Retry-After where it is due.
net::http::TextResponse to_response(const Refusal& refusal);

// Logs the refusal and answers with it.
void refuse(net::http::Exchange& exchange, net::http::ExchangeTrace& trace, const Refusal& refusal);

}  // namespace core
