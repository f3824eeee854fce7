#pragma once
// What both kinds of connections to call managers, dialled (sip_trunk.h) and accepted
// (sip_door.h), say to the relay.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "sip/message.h"
#include "sip/transport/connection.h"

namespace core {

struct SipOutgoing;  // sip_trunk.h

// One connection of this worker. Numbers are not used twice while a process lives, or nearly so.
struct InsidePeer {
  std::uint32_t number = 0;
  sip::transport::Connection& connection;
};

class InsideHandler {
 public:
  // A number for a new connection.
  virtual std::uint32_t next_number() = 0;
  virtual void on_inside_message(const InsidePeer& from, sip::Message message,
                                 std::string_view text) = 0;
  // Bytes that are no message; the connection ends.
  virtual void on_inside_bad(const InsidePeer& from, std::string_view head,
                             const base::Error& why) = 0;
  // A message went to `to`.
  virtual void on_inside_sent(const InsidePeer& to, const SipOutgoing& out) = 0;
  // No target took a message. From the loop.
  virtual void on_unsent(const SipOutgoing& out, const base::Error& why) = 0;
  virtual void on_trunk_up(const std::string& target) = 0;
  virtual void on_trunk_down(const std::string& target, bool was_up, const base::Error& why) = 0;

 protected:
  ~InsideHandler() = default;
};

}  // namespace core
