#include "home/access_log.h"

#include <utility>

namespace home {

Reply refusal(int status, std::string_view line, std::string_view reason) {
  Reply reply{net::http::text_response(status, line), std::string(reason)};
  reply.response.head.fields.add("Cache-Control", "no-store");
  return reply;
}

Reply document(std::string body) {
  Reply reply;
  reply.response.head.content_length = body.size();
  reply.response.head.fields.add("X-Frame-Options", "SAMEORIGIN");
  reply.response.head.fields.add("X-Content-Type-Options", "nosniff");
  reply.response.head.fields.add("Content-Type", "application/xml");
  reply.response.body = std::move(body);
  return reply;
}

Reply method_refusal() {
  Reply reply = refusal(405, "only GET and HEAD are answered here", "method not allowed");
  reply.response.head.fields.add("Allow", "GET, HEAD");
  return reply;
}

net::http::ExchangeTrace AccessLog::begin(const net::http::Exchange& exchange) {
  const std::uint64_t id = last_id_.fetch_add(1, std::memory_order_relaxed) + 1;
  net::http::ExchangeTrace trace(log_, std::to_string(id), exchange.peer().flow_id);
  const net::http::RequestHead& request = exchange.request();
  trace.receive_request(exchange.peer().stream.remote, request, request.target);
  return trace;
}

void send(net::http::Exchange& exchange, net::http::ExchangeTrace& trace, Reply reply) {
  if (!reply.reason.empty()) {
    const auto level = reply.response.head.status >= 500 ? base::Level::Warn : base::Level::Info;
    trace.event(level, "Request Refused", reply.reason);
  }
  trace.sending_response(exchange.peer().stream.remote, reply.response.head);
  answer(exchange, std::move(reply.response));
}

}  // namespace home
