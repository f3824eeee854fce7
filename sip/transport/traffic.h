#pragma once
// SIP in the traffic log (wire.md 8): an INFO line a message, the message itself at DEBUG with
// credentials masked (also those in the body of a SERVICE answer), a line for every refusal.

#include <string_view>

#include "base/address.h"
#include "base/traffic_log.h"
#include "sip/message.h"

namespace sip::transport {

enum class Direction { Sent, Received };

struct Hop {
  Direction direction = Direction::Received;
  base::Endpoint local = {};
  base::Endpoint remote = {};
  std::string_view flow_id = {};  // of the client's connection
};

// `text` is the message as it travels; Msg-Hash is over it, so edge and core show the same one.
void log_message(base::TrafficLog& log, const Hop& hop, const Message& message,
                 std::string_view text);
// A verdict or failure: `event` is a fixed word or two ("Request Refused"), `reason` the cause in
// plain words.
void log_event(base::TrafficLog& log, base::Level level, const Hop& hop, std::string_view event,
               std::string_view reason);

}  // namespace sip::transport
