#include "net/http/exchange.h"

#include <utility>

namespace net::http {

const StreamInfo& no_stream() {
  static const StreamInfo none;
  return none;
}

void answer(Exchange& exchange, TextResponse response) {
  const bool with_body = has_body(exchange.request().method, response.head.status);
  exchange.respond(std::move(response.head));
  if (with_body && !response.body.empty()) exchange.write(response.body);
  exchange.finish();
}

}  // namespace net::http
