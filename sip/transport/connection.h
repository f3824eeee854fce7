#pragma once
// SIP over one stream (RFC 3261 section 18, RFC 5626): a client's TLS connection at the edge, a
// connection to or from a call manager, the edge as `sallyport login` sees it. Cuts the stream into
// messages, answers keep-alives, and ends what is no SIP or too slow.
//
//   Opening --> Open --> Closing --> Closed
//   (Closing: what is queued leaves. A failure or a timeout leads from any state to Closed)

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/socket.h"
#include "net/socket_stream.h"
#include "net/stream.h"
#include "net/timer.h"
#include "sip/framer.h"
#include "sip/message.h"

namespace net {
class Loop;
class TlsContext;
}  // namespace net

namespace sip::transport {

class Connection;

class ConnectionHandler {
 public:
  virtual void on_open(Connection& connection) = 0;
  // `text` is the message as it came, valid for the call.
  virtual void on_message(Connection& connection, Message message, std::string_view text) = 0;
  // Bytes that are no message we could parse: `head` is as much of it as was found, perhaps none.
  // Whoever wants to answer sends it now: the connection closes afterwards, since nobody knows
  // where the next message begins.
  virtual void on_bad(Connection& connection, std::string_view head, const base::Error& why) = 0;
  // A CRLF answered our ping(), or the peer pinged us (which was answered already).
  virtual void on_keep_alive(Connection&) {}
  virtual void on_drained(Connection&) {}
  // Once, and last. The owner gives the connection to Loop::retire().
  virtual void on_closed(Connection& connection, const base::Error& why) = 0;

 protected:
  ~ConnectionHandler() = default;
};

class Connection final : private net::StreamHandler {
 public:
  // Takes over an accepted socket; `tls` null: plain TCP. `loop` and `handler` outlive it.
  Connection(net::Loop& loop, net::Socket socket, std::shared_ptr<const net::TlsContext> tls,
             ConnectionHandler& handler, const net::StreamLimits& limits = {});
  // Dials; messages sent before it is open wait.
  Connection(net::Loop& loop, const net::DialOptions& dial, ConnectionHandler& handler);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  bool is_open() const { return state_ == State::Open; }
  // From on_open() on.
  const net::StreamInfo& info() const { return stream_->info(); }

  // Queues; no effect from Closing on. Who sends watches queued_bytes(): above
  // net::Stream::kHighWater a proxy sends no more requests this way (503).
  void send(std::string_view text);
  void send(const Message& message);
  void ping();  // CRLF CRLF (RFC 5626 section 4.4.1)
  std::size_t queued_bytes() const;
  // Nothing is read while paused.
  void pause_reading() { stream_->pause_reading(); }
  void resume_reading() { stream_->resume_reading(); }

  void close();                        // after what is queued
  void abort(const base::Error& why);  // at once; on_closed() comes from the loop

 private:
  enum class State { Opening, Open, Closing, Closed };

  void on_open() override;
  std::size_t on_data(std::string_view data) override;
  void on_end() override;
  void on_drained() override;
  void on_closed(const base::Error& why) override;

  void take_message(std::string_view text);
  void take_crlf();
  void answer_keep_alive(std::string_view answer);
  void watch_partial(bool partial);
  void end_badly(std::string_view head, const base::Error& why);

  net::Loop& loop_;
  ConnectionHandler& handler_;
  State state_ = State::Opening;
  Framer framer_;
  bool half_ping_ = false;                     // one CRLF came: the next makes a ping of it
  bool pinged_ = false;                        // our ping waits for its CRLF
  std::unique_ptr<net::Timer> message_timer_;  // while a message is unfinished
  std::string waiting_;                        // sent before we were open
  std::unique_ptr<net::Stream> stream_;
};

}  // namespace sip::transport
