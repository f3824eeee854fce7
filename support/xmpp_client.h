#pragma once
// The client's end of an XMPP stream to one edge (RFC 6120): dialled, turned to TLS by STARTTLS,
// and then one question at a time. What is not asked for is answered where it must be
// (section 8.2.3).
//
//   Closed --> Connecting --> Plain --> Proceeding --> Securing --> Open --> Ending
//     ^     TCP     header, features    <proceed/>       TLS         |         |
//     +--------------- a failure, from anywhere; the stream's end ---+---------+

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/socket_stream.h"
#include "net/timer.h"
#include "support/edge_dialer.h"
#include "support/xmpp_stanzas.h"
#include "xmpp/parser.h"
#include "xmpp/reader.h"

namespace net {
class Loop;
class TlsContext;
}  // namespace net

namespace support {

struct XmppClientOptions {
  std::shared_ptr<const net::TlsContext> tls;  // a client's
  std::string domain;                          // of the user: whom the stream is for
  std::chrono::milliseconds limit{35'000};     // for one answer; connecting has smaller ones
  // Told of everything that leaves and arrives, secrets masked, printable. May be null.
  std::function<void(const std::string& text)> watch;
};

class XmppClient final : public EdgeCaller, private net::StreamHandler {
 public:
  using Answered = std::function<void(XmppAnswer answer)>;
  using Fits = std::function<bool(const xmpp::Element& element)>;

  XmppClient(net::Loop& loop, XmppClientOptions options);
  ~XmppClient();  // closes; what is under way is dropped without a callback
  XmppClient(const XmppClient&) = delete;
  XmppClient& operator=(const XmppClient&) = delete;

  // EdgeCaller: as far as TLS. An earlier connection is dropped. Not while something is under way.
  void open(std::string host, const base::Endpoint& remote, Opened opened) override;
  bool reached() const override { return reached_; }
  bool wants_http2() const override { return false; }

  bool is_open() const { return state_ == State::Open; }
  // Why the last stream ended, in XMPP's own words; empty while it is there, and when TCP or TLS
  // did not come about.
  const std::optional<XmppFault>& fault() const { return fault_; }

  // Begins a stream, after TLS and again after SASL (section 4.3.3); the answer is its
  // <stream:features/>.
  void begin_stream(Answered answered);
  // Sends octets and waits for the first element that fits. A fault ends the connection.
  // `is_secret`: they bear a password. Not while another waits.
  void ask(std::string_view octets, bool is_secret, Fits fits, Answered answered);
  // Sends octets and the end of the stream, and waits for the server's end of it (section 4.4): a
  // fault in the answer when that does not come. Then the connection is closed.
  void end(std::string_view octets, Answered answered);

 private:
  enum class State { Closed, Connecting, Plain, Proceeding, Securing, Open, Ending };

  void on_open() override;
  std::size_t on_data(std::string_view data) override;
  void on_end() override;
  void on_drained() override {}
  void on_closed(const base::Error& why) override;

  void enter(State state) { state_ = state; }
  void send_header();
  void send(std::string_view octets, bool is_secret);
  void on_event(const xmpp::Event& event, std::string_view octets, std::size_t left);
  void on_header(const xmpp::Element& element);
  void on_element(const xmpp::Element& element, std::size_t left);
  void on_plain_features(const xmpp::Element& element);
  void on_proceed(const xmpp::Element& element, std::size_t left);
  void on_stanza(const xmpp::Element& element);
  void fail(XmppFault fault);
  void report(XmppAnswer answer);
  void on_limit();

  net::Loop& loop_;
  XmppClientOptions options_;
  State state_ = State::Closed;
  bool reached_ = false;
  std::string host_;
  xmpp::Parser parser_;
  xmpp::Reader reader_;
  Opened opened_;
  Fits fits_;
  Answered answered_;
  std::optional<XmppFault> fault_;
  std::unique_ptr<net::PlainStream> stream_;
  net::Timer limit_timer_;
};

}  // namespace support
