#include "core/xmpp_relay.h"

#include <string_view>
#include <utility>

#include "base/traffic_grammar.h"
#include "sip/sealed.h"
#include "xmpp/stream.h"
#include "xmpp/traffic.h"

namespace core {

namespace http = net::http;

XmppRelay::XmppRelay(const Surroundings& around, dns::Resolver& resolver,
                     const std::vector<std::unique_ptr<Discovery>>& discoveries,
                     PresenceSettings settings)
    : around_(around),
      nodes_(around.loop, resolver, around.log, discoveries, std::move(settings)),
      place_{around, nodes_, *this} {}

void XmppRelay::accept(http::Exchange& exchange) {
  const http::RequestHead& request = exchange.request();
  XmppCaller caller;
  caller.flow_id = request.fields.joined(net::tunnel::kFlowField);
  if (const auto client = base::parse_endpoint(request.fields.joined(net::tunnel::kClientField))) {
    caller.client = *client;
  }
  const auto refuse = [&](int status, std::string_view reason) {
    xmpp::log_stream(around_.traffic, {.flow_id = caller.flow_id, .src = caller.client},
                     base::traffic::kStreamClosed, {.to = request.authority, .reason = reason});
    http::answer(exchange, http::text_response(status, ""));
  };
  if (stopping_) return refuse(503, "the core is being stopped");
  if (!sip::parse_flow(caller.flow_id)) return refuse(400, "no Flow-id");
  const auto domain = xmpp::parse_domain(request.authority);
  if (!domain || !nodes_.serves(*domain)) return refuse(404, "not a domain of this core");
  caller.domain = *domain;
  auto stream = std::make_unique<XmppStream>(place_, exchange, std::move(caller));
  streams_.insert(stream.get());
  count();
  exchange.attach(std::move(stream));
  exchange.pause();  // until there is a node
}

void XmppRelay::on_stream_gone(XmppStream& stream) {
  streams_.erase(&stream);
  count();
}

void XmppRelay::count() {
  around_.counters.xmpp_streams.store(streams_.size(), std::memory_order_relaxed);
}

void XmppRelay::drain() {
  stopping_ = true;
  const std::vector<XmppStream*> all(streams_.begin(), streams_.end());
  for (XmppStream* stream : all) {
    if (streams_.contains(stream)) stream->stop();
  }
}

}  // namespace core
