#include "support/sip_session.h"

#include <algorithm>
#include <utility>

#include "sip/headers.h"
#include "support/explain.h"

namespace support {
namespace {

constexpr std::size_t kMaxHeard = 16;  // there are no more methods; who makes some up is not kept

std::string address_in_from(const sip::Message& message) {
  const auto from = sip::parse_name_addr(message.value(sip::FieldId::From));
  return printable(from ? from->uri : message.value(sip::FieldId::From));
}

}  // namespace

SipSession::SipSession(SipClient& sip_client, Report* report, const base::Clock& a_clock)
    : client(sip_client), clock(a_clock), report_(report) {
  client.listen({[this](const sip::Message& message, int answered) { hear(message, answered); },
                 [this] {
                   if (on_keep_alive) on_keep_alive();
                 },
                 [this](const base::Error& why) {
                   lost = why;
                   if (on_lost) on_lost();
                 }});
}

SipSession::~SipSession() {
  client.listen({});
}

void SipSession::tell(std::string event, std::string text) const {
  if (report_ == nullptr) return;
  report_->on_event({clock.now(), std::move(event), std::move(text)});
}

bool SipSession::ask_to_stop() {
  if (!on_stop && granted == 0) return false;
  is_stopping = true;
  if (on_stop) on_stop();
  return true;
}

void SipSession::hear(const sip::Message& message, int answered) {
  ++heard_count;
  if (message.is_request()) {
    std::string method = printable(message.method(), 40);
    const bool known = std::ranges::find(heard, method) != heard.end();
    if (!known && heard.size() < kMaxHeard) heard.push_back(std::move(method));
  }
  if (report_ != nullptr) {
    const std::string what =
        message.is_request() ? printable(message.method(), 40) : std::to_string(message.status());
    report_->on_event({clock.now(), "message", what, address_in_from(message),
                       printable(message.value(sip::FieldId::CallId)), answered});
  }
  if (on_heard) on_heard();
}

}  // namespace support
