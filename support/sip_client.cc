#include "support/sip_client.h"

#include <fmt/core.h>

#include <algorithm>
#include <cassert>
#include <utility>

#include "base/random.h"
#include "net/loop.h"
#include "sip/check.h"
#include "sip/forward.h"
#include "sip/headers.h"
#include "support/phone.h"

namespace support {

using base::Errc;
using base::Error;
using sip::FieldId;

SipClient::SipClient(net::Loop& loop, SipClientOptions options)
    : loop_(loop), options_(std::move(options)), limit_timer_(loop, [this] { on_limit(); }) {}

SipClient::~SipClient() = default;

void SipClient::open(std::string host, const base::Endpoint& remote, Opened opened) {
  assert(!opened_ && !answered_ && !closed_);
  if (connection_ != nullptr) loop_.retire(std::move(connection_));
  opened_ = std::move(opened);
  reached_ = false;
  bad_.reset();

  net::DialOptions dial;
  dial.remote = remote;
  dial.tls = options_.tls;
  dial.expected = edge_names(host, options_.domain);
  dial.limits.connect = std::min(dial.limits.connect, options_.limit);
  dial.limits.handshake = std::min(dial.limits.handshake, options_.limit);
  sip::transport::ConnectionHandler& handler = *this;
  connection_ = std::make_unique<sip::transport::Connection>(loop_, dial, handler);
}

void SipClient::on_open(sip::transport::Connection& connection) {
  reached_ = true;
  local_ = connection.info().local;
  std::exchange(opened_, nullptr)(connection.info());
}

void SipClient::request(sip::Message message, Answered answered) {
  assert(!answered_);
  answered_ = std::move(answered);
  // Without a connection the limit is over at once, and on_limit() says why.
  limit_timer_.start(is_open() ? options_.limit : std::chrono::milliseconds(0));
  if (!is_open()) return;
  branch_ = std::string(sip::kMagicCookie) + base::random_hex(12);
  method_ = message.method();
  message.add_first(FieldId::Via,
                    fmt::format("SIP/2.0/TLS {};branch={}", base::to_string(local_), branch_));
  send(message);
}

void SipClient::on_limit() {
  if (closed_ && connection_ == nullptr) return std::exchange(closed_, nullptr)();
  if (!is_open()) return report_answer(Error{Errc::Closed, "there is no connection any more"});
  report_answer(Error{Errc::Timeout, fmt::format("{} ms", options_.limit.count())});
}

void SipClient::report_answer(base::Result<sip::Message> answer) {
  limit_timer_.stop();
  std::exchange(answered_, nullptr)(std::move(answer));
}

void SipClient::ping() {
  if (is_open()) connection_->ping();
}

void SipClient::close(std::function<void()> closed) {
  assert(!closed_ && !answered_);
  closed_ = std::move(closed);
  if (connection_ != nullptr) return connection_->close();
  limit_timer_.start(std::chrono::milliseconds(0));
}

void SipClient::abort(const Error& why) {
  if (connection_ != nullptr) connection_->abort(why);
}

void SipClient::send(const sip::Message& message) {
  if (options_.watch) options_.watch("sent:\n" + masked_text(message));
  connection_->send(message);
}

void SipClient::on_message(sip::transport::Connection& connection, sip::Message message,
                           std::string_view) {
  if (options_.watch) options_.watch("received:\n" + masked_text(message));
  if (message.is_request()) {
    answer(message);
    // Who asks faster than it reads waits for our answers to leave.
    if (connection.queued_bytes() > net::Stream::kHighWater) connection.pause_reading();
    return;
  }
  if (sip::check_response(message) || message.status() < 200) return;
  if (is_awaited(message)) return report_answer(std::move(message));
  if (listener_.on_message) listener_.on_message(message, 0);
}

void SipClient::answer(const sip::Message& request) {
  const auto answer = answer_inside(request);
  if (answer) send(*answer);
  if (listener_.on_message) listener_.on_message(request, answer ? answer->status() : 0);
}

// RFC 3261 section 17.1.3
bool SipClient::is_awaited(const sip::Message& response) const {
  if (!answered_) return false;
  const auto via = sip::parse_via(response.first_value(FieldId::Via).value_or(""));
  const auto sequence = sip::parse_cseq(response.value(FieldId::CSeq));
  return via && via->branch() == branch_ && sequence && sequence->method == method_;
}

void SipClient::on_bad(sip::transport::Connection&, std::string_view, const Error& why) {
  bad_ = Error{Errc::Malformed, "what came is no SIP: " + why.detail};
}

void SipClient::on_keep_alive(sip::transport::Connection&) {
  if (listener_.on_keep_alive) listener_.on_keep_alive();
}

void SipClient::on_drained(sip::transport::Connection& connection) {
  connection.resume_reading();
}

void SipClient::on_closed(sip::transport::Connection& connection, const Error& why) {
  // The local end has a port once TCP is open: whatever failed after that is TLS.
  reached_ = reached_ || connection.info().local.port != 0;
  loop_.retire(std::move(connection_));
  const Error cause = bad_.value_or(why);
  if (opened_) return std::exchange(opened_, nullptr)(cause);
  if (closed_) return std::exchange(closed_, nullptr)();
  if (answered_) report_answer(cause);
  if (listener_.on_lost) listener_.on_lost(cause);
}

}  // namespace support
