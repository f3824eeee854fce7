#include "sip/transport/traffic.h"

#include <fmt/format.h>

#include <cstdint>
#include <cstring>
#include <iterator>
#include <string>

#include "sip/headers.h"

namespace sip::transport {
namespace {

namespace words = base::traffic;

// Tells messages apart and finds one again on the other side; proves nothing.
std::uint64_t hash_of(std::string_view text) {
  constexpr std::uint64_t kPrime = 0x9e3779b97f4a7c15;
  std::uint64_t hash = 0xcbf29ce484222325 ^ text.size();
  while (!text.empty()) {
    std::uint64_t word = 0;
    const std::size_t count = std::min(text.size(), sizeof word);
    std::memcpy(&word, text.data(), count);
    text.remove_prefix(count);
    hash = (hash ^ word) * kPrime;
    hash ^= hash >> 29;
  }
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
std::string detail_of(const Message& message, Direction direction, std::string_view hash) {
  std::string out(verb_of(message, direction));
  if (!message.is_request()) fmt::format_to(std::back_inserter(out), " Code={},", message.status());
  const auto cseq = parse_cseq(message.value(FieldId::CSeq));
  const auto to = parse_name_addr(message.value(FieldId::To));
  const auto from = parse_name_addr(message.value(FieldId::From));
  const std::string_view method =
      message.is_request() ? message.method() : (cseq ? cseq->method : std::string_view{});
  fmt::format_to(std::back_inserter(out), " Method={}", method);
  if (cseq) fmt::format_to(std::back_inserter(out), ", CSeq={}", cseq->number);
  if (message.is_request()) {
    fmt::format_to(std::back_inserter(out), ", Request-URI={}", message.uri());
  }
  fmt::format_to(std::back_inserter(out),
                 ", To={}, Call-ID={}, From-Tag={}, To-Tag={}, Msg-Hash={}", part_of(to, false),
                 message.value(FieldId::CallId), part_of(from, true), part_of(to, true), hash);
  return out;
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
  const std::string hash = std::to_string(hash_of(text));
  const std::string detail = detail_of(message, hop.direction, hash);
  event.detail = detail;
  log.write(event);
  if (!log.enabled(base::Level::Debug)) return;
  event.msg_hash = hash;
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
