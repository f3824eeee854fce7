#pragma once
// The client's end of a SIP connection to one edge: dialled, one request at a time, and answers to
// what comes from inside (phone.h says which).

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/address.h"
#include "base/result.h"
#include "net/stream.h"
#include "net/timer.h"
#include "sip/message.h"
#include "sip/transport/connection.h"
#include "support/edge_dialer.h"

namespace net {
class Loop;
class TlsContext;
}  // namespace net

namespace support {

struct SipClientOptions {
  std::shared_ptr<const net::TlsContext> tls;  // a client's
  std::string domain;                          // of the user: _collab-edge._tls.<domain> is a name
  std::chrono::milliseconds limit{35'000};     // for one answer; connecting has smaller ones
  // Told of every message that leaves and arrives, credentials masked. May be null.
  std::function<void(const std::string& text)> watch;
};

class SipClient final : public EdgeCaller, private sip::transport::ConnectionHandler {
 public:
  using Answered = std::function<void(base::Result<sip::Message> answer)>;
  // Who hears of what was not asked for. The functions come from the loop; each may be null.
  struct Listener {
    // A request from inside, with the status that was sent back (0: none, an ACK), or a final
    // answer that nobody waits for (0).
    std::function<void(const sip::Message& message, int answered)> on_message;
    std::function<void()> on_keep_alive;
    // An open connection is gone, and we did not close it.
    std::function<void(const base::Error& why)> on_lost;
  };

  SipClient(net::Loop& loop, SipClientOptions options);
  ~SipClient();  // closes; what is under way is dropped without a callback
  SipClient(const SipClient&) = delete;
  SipClient& operator=(const SipClient&) = delete;

  // EdgeCaller. An earlier connection is dropped. Not while something is under way.
  void open(std::string host, const base::Endpoint& remote, Opened opened) override;
  bool reached() const override { return reached_; }
  bool wants_http2() const override { return false; }

  bool is_open() const { return connection_ != nullptr && connection_->is_open(); }
  const base::Endpoint& local() const { return local_; }  // of the last connection that was open
  void listen(Listener listener) { listener_ = std::move(listener); }

  // Sends the request, with a Via of its own, and gives its final answer: Timeout when none comes
  // within the limit, Closed when the connection ends or there is none. Not while another waits.
  void request(sip::Message message, Answered answered);
  void ping();
  // Ends the connection after what is queued; `closed` comes from the loop. Not while a request
  // waits.
  void close(std::function<void()> closed);
  void abort(const base::Error& why);  // as if the connection were lost

 private:
  void on_open(sip::transport::Connection& connection) override;
  void on_message(sip::transport::Connection& connection, sip::Message message,
                  std::string_view text) override;
  void on_bad(sip::transport::Connection& connection, std::string_view head,
              const base::Error& why) override;
  void on_keep_alive(sip::transport::Connection& connection) override;
  void on_drained(sip::transport::Connection& connection) override;
  void on_closed(sip::transport::Connection& connection, const base::Error& why) override;

  void send(const sip::Message& message);
  void answer(const sip::Message& request);
  bool is_awaited(const sip::Message& response) const;
  void report_answer(base::Result<sip::Message> answer);
  void on_limit();

  net::Loop& loop_;
  SipClientOptions options_;
  Listener listener_;
  bool reached_ = false;
  base::Endpoint local_;
  std::string branch_;  // of the request that waits
  std::string method_;
  Opened opened_;
  Answered answered_;
  std::function<void()> closed_;
  std::optional<base::Error> bad_;  // why the stream could not be followed
  std::unique_ptr<sip::transport::Connection> connection_;
  net::Timer limit_timer_;
};

}  // namespace support
