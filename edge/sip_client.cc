#include "edge/sip_client.h"

#include <algorithm>
#include <span>
#include <utility>

#include "base/random.h"
#include "net/tls_context.h"

namespace edge {

using sip::transport::Connection;

SipClient::SipClient(net::Loop& loop, net::Socket socket, const SipSettings& settings,
                     const base::Clock& clock, SipClientHandler& handler)
    : unregistered_since(clock.steady()),
      clock_(clock),
      handler_(handler),
      last_heard_(clock.steady()),
      connection_(loop, std::move(socket), settings.tls, *this,
                  {.handshake = settings.handshake_limit}) {
  base::fill_random(std::as_writable_bytes(std::span(flow_)));
  const std::string text = sip::to_string(flow_);
  std::copy_n(text.begin(), flow_id_.size(), flow_id_.begin());
}

void SipClient::send(std::string_view text) {
  connection_.send(text);
  if (connection_.queued_bytes() > kMaxQueued) {
    connection_.abort({base::Errc::TooLarge, "the client does not read what it is sent"});
  } else if (is_congested() && !std::exchange(paused_, true)) {
    connection_.pause_reading();
  }
}

void SipClient::close() {
  connection_.close();
}

void SipClient::on_open(Connection&) {
  was_open_ = true;
  last_heard_ = unregistered_since = clock_.steady();
}

void SipClient::on_message(Connection&, sip::Message message, std::string_view text) {
  last_heard_ = clock_.steady();
  handler_.on_client_message(*this, std::move(message), text);
}

void SipClient::on_bad(Connection&, std::string_view head, const base::Error& why) {
  handler_.on_client_bad(*this, head, why);
}

void SipClient::on_keep_alive(Connection&) {
  last_heard_ = clock_.steady();
}

void SipClient::on_drained(Connection&) {
  if (std::exchange(paused_, false)) connection_.resume_reading();
}

void SipClient::on_closed(Connection&, const base::Error& why) {
  handler_.on_client_closed(*this, why);
}

}  // namespace edge
