#pragma once
// The SIP channel of a link: one extended CONNECT stream (RFC 8441, :protocol "sip") that carries
// the messages of all clients of an edge worker, in both directions. Each message bears the
// Sallyport-Flow of the client's connection it comes from or goes to.

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/http/exchange.h"
#include "sip/framer.h"
#include "sip/message.h"

namespace sip::transport {

inline constexpr std::string_view kProtocol = "sip";
// More than this in the queue of a channel: requests are answered 503 instead (RFC 3261 section
// 21.5.4), answers still go.
inline constexpr std::size_t kChannelHighWater = 4 * 1024 * 1024;
// Beyond this nothing that a client sends goes: one request may be answered over and over.
inline constexpr std::size_t kChannelLimit = 16 * 1024 * 1024;

class Channel;

class ChannelHandler {
 public:
  virtual void on_channel_open(Channel& channel) = 0;
  virtual void on_channel_message(Channel& channel, Message message, std::string_view text) = 0;
  // Once, and last; from the loop. The owner of an EdgeChannel retires it; a CoreChannel belongs to
  // its exchange and dies by itself.
  virtual void on_channel_closed(Channel& channel, const base::Error& why) = 0;

 protected:
  ~ChannelHandler() = default;
};

// What both ends have in common.
class Channel {
 public:
  virtual ~Channel() = default;
  virtual bool is_open() const = 0;
  virtual void send(std::string_view text) = 0;  // no effect unless open
  virtual std::size_t queued_bytes() const = 0;
  virtual void close(const base::Error& why) = 0;  // on_channel_closed() is not called then

  void send(const Message& message) { send(message.to_string()); }
  bool is_congested() const { return queued_bytes() > kChannelHighWater; }
  bool is_full() const { return queued_bytes() > kChannelLimit; }
};

// The edge's end: opens the channel on a link that is ready. `link` and `handler` outlive it.
std::unique_ptr<Channel> open_channel(net::http::Caller& link, std::string_view edge_name,
                                      ChannelHandler& handler);

// The core's end: accepts an exchange whose request has the protocol kProtocol. The channel belongs
// to the exchange; `handler` outlives it or has close()d it. on_channel_open() is not called: it is
// open when this returns.
bool is_channel(const net::http::RequestHead& request);
Channel& accept_channel(net::http::Exchange& exchange, ChannelHandler& handler);

}  // namespace sip::transport
