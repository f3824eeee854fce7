#include "sip/transport/traffic.h"

#include <cstdint>
#include <cstring>
#include <string>

#include "base/line_buffer.h"
#include "sip/headers.h"

namespace sip::transport {
namespace {

namespace words = base::traffic;

// Tells messages apart and finds one again on the other side; proves nothing.
std::uint64_t hash_of(std::string_view text) {
  constexpr std::uint64_t kPrime = 0x9e3779b97f4a7c15;
  std::uint64_t hash = 0xcbf29ce484222325 ^ text.size();
  std::uint64_t word = 0;
  const auto mix = [&hash, &word] {
    hash = (hash ^ word) * kPrime;
    hash ^= hash >> 29;
  };
  for (; text.size() >= sizeof word; text.remove_prefix(sizeof word)) {
    std::memcpy(&word, text.data(), sizeof word);
    mix();
  }
  if (text.empty()) return hash;
  word = 0;
  std::memcpy(&word, text.data(), text.size());
  mix();
  return hash;
}

std::string_view part_of(const base::Result<NameAddr>& address, bool tag) {
  if (!address) return {};
  return tag ? address->param("tag").value_or("") : address->uri;
}

std::string_view verb_of(const Message& message, Direction direction) {
  const bool received = direction == Direction::Received;
  if (message.is_request()) return received ? words::kReceiveRequest : words::kSendingRequest;
  return received ? words::kReceiveResponse : words::kSendingResponse;
}

// wire.md 8: "Receive Response Code=200, Method=SERVICE, CSeq=29793, To=…, Msg-Hash=…".
void append_detail(base::LineBuffer& out, const Message& message, Direction direction,
                   std::string_view hash) {
  out.append(verb_of(message, direction));
  if (!message.is_request()) {
    out.append(" Code=").append_decimal(static_cast<std::uint64_t>(message.status())).append(',');
  }
  const auto cseq = parse_cseq(message.value(FieldId::CSeq));
  const auto to = parse_name_addr(message.value(FieldId::To));
  const auto from = parse_name_addr(message.value(FieldId::From));
  const std::string_view method =
      message.is_request() ? message.method() : (cseq ? cseq->method : std::string_view{});
  out.append(" Method=").append(method);
  if (cseq) out.append(", CSeq=").append_decimal(cseq->number);
  if (message.is_request()) out.append(", Request-URI=").append(message.uri());
  out.append(", To=").append(part_of(to, false));
  out.append(", Call-ID=").append(message.value(FieldId::CallId));
  out.append(", From-Tag=").append(part_of(from, true));
  out.append(", To-Tag=").append(part_of(to, true));
  out.append(", Msg-Hash=").append(hash);
}

base::TrafficEvent event_of(const Hop& hop) {
  base::TrafficEvent event;
  event.module = base::TrafficModule::Sip;
  const bool sent = hop.direction == Direction::Sent;
  event.action = sent ? words::kSent : words::kReceived;
  event.local = hop.local;
  (sent ? event.dst : event.src) = hop.remote;
  event.flow_id = hop.flow_id;
  return event;
}

// The answer to a SERVICE carries what proves a password. The log's own mask knows header fields
// only.
std::string without_secrets(std::string_view text) {
  constexpr std::string_view kOpen = "<ha1", kEnd = "</ha1>";
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t open = text.find(kOpen, at);
    const std::size_t begin = text.find('>', open);
    if (open == text.npos || begin == text.npos) {
      out.append(text.substr(at));
      break;
    }
    out.append(text.substr(at, begin + 1 - at)).append(words::kMask);
    at = std::min(text.find(kEnd, begin), text.size());
  }
  return out;
}

}  // namespace

void log_message(base::TrafficLog& log, const Hop& hop, const Message& message,
                 std::string_view text) {
  if (!log.enabled(base::Level::Info)) return;
  base::TrafficEvent event = event_of(hop);
  base::LineBuffer hash;
  hash.append_decimal(hash_of(text));
  base::LineBuffer detail;
  append_detail(detail, message, hop.direction, hash.view());
  event.detail = detail.view();
  log.write(event);
  if (!log.enabled(base::Level::Debug)) return;
  event.msg_hash = hash.view();
  if (message.value(FieldId::CSeq).ends_with("SERVICE")) {
    log.dump(event, without_secrets(text));
  } else {
    log.dump(event, text);
  }
}

void log_event(base::TrafficLog& log, base::Level level, const Hop& hop, std::string_view event,
               std::string_view reason) {
  base::TrafficEvent line = event_of(hop);
  line.level = level;
  line.event = event;
  line.reason = reason;
  log.write(line);
}

}  // namespace sip::transport
