#pragma once
// One client's XMPP connection at the edge (RFC 6120, wire.md 10): what must be before TLS, TLS,
// and then a stream of its own on the link to a core, over which whole elements pass both ways.
//
//   First --> Header --> Offered --> Handshaking --> Secured --> Joining --> Joined --> Leaving
//     |                              ^
//     +------- direct TLS -----------+
//   (First: the first octet tells TLS from plain. Offered: only <starttls/> may come. Secured: the
//    client's new header is awaited. Joining: a core was asked and nothing is read meanwhile.
//    Leaving: client or node ended the stream, the node's last words pass. Whatever ends the stream
//    otherwise leads from any state to Ending, where the last word leaves, and that to Closed)
//
// Nothing of what comes before TLS reaches a core. The edge alone speaks stream errors to clients,
// since it knows where a stanza ends: parts of one wait here, and are bounded.

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/log.h"
#include "base/traffic_log.h"
#include "edge/counters.h"
#include "edge/deadlines.h"
#include "edge/xmpp_settings.h"
#include "net/byte_queue.h"
#include "net/http/exchange.h"
#include "net/loop.h"
#include "net/socket_stream.h"
#include "net/tunnel/link_set.h"
#include "policy/rate.h"
#include "xmpp/reader.h"
#include "xmpp/traffic.h"

namespace edge {

class XmppClient;

// Told from the loop.
class XmppClientHandler {
 public:
  // SASL succeeded; once.
  virtual void on_client_signed_in(XmppClient& client) = 0;
  // It is connected to a core, and no longer; in turns.
  virtual void on_client_joined(XmppClient& client, bool joined) = 0;
  // Once, and last: the owner retires the client.
  virtual void on_client_closed(XmppClient& client, const base::Error& why) = 0;

 protected:
  ~XmppClientHandler() = default;
};

// Where a gateway stands.
struct XmppContext {
  net::Loop& loop;
  net::tunnel::LinkSet& links;
  base::Logger& log;
  base::TrafficLog& traffic;
  Counters& counters;
  const base::Clock& clock;
};

// What the clients of a worker share. All that it refers to outlives them.
struct XmppSurroundings : XmppContext {
  std::shared_ptr<const XmppSettings> settings;  // replaced by a reload
  Deadlines deadlines;
  xmpp::Parser parser = {};
  // Sign-ins that brought no success: of one user from one network, and of one network.
  policy::RateControl guesses{{20, std::chrono::seconds{300}}};
  policy::RateControl network_guesses{{64, std::chrono::seconds{10}}};
};

class XmppClient final : public Deadline, private net::StreamHandler {
 public:
  static constexpr int kMaxFailures = 5;  // of SASL on one stream (RFC 6120 section 6.4.5)
  // How long a client that ended its stream waits for the node to end its own.
  static constexpr std::chrono::seconds kLeaveLimit{5};
  // How long a client may leave unread what waits for it, beyond what TCP keeps.
  static constexpr std::chrono::seconds kStallLimit{60};

  // Takes over an accepted socket and mints the Flow-id. `handler` outlives it too.
  XmppClient(XmppSurroundings& around, net::Socket socket, XmppClientHandler& handler);
  ~XmppClient();
  XmppClient(const XmppClient&) = delete;
  XmppClient& operator=(const XmppClient&) = delete;

  const base::Endpoint& remote() const { return stream_->info().remote; }
  bool signed_in() const { return progress_ != Progress::Unknown; }
  // Its deadline has come: ends what has taken too long (<connection-timeout/>).
  void on_deadline(Steady now);
  // Ends the stream because the edge stops: <system-shutdown/>.
  void shut_down();

  std::size_t slot = 0;  // the owner's, where it keeps this

 private:
  enum class State : std::uint8_t {
    First,
    Header,
    Offered,
    Handshaking,
    Secured,
    Joining,
    Joined,
    Leaving,
    Ending,
    Closed,
  };
  enum class Progress : std::uint8_t { Unknown, SignedIn, Bound };
  // The core's half. on_end() and on_drained() are also the stream's, so it is an object of its
  // own.
  struct Answer final : net::http::CallListener {
    explicit Answer(XmppClient& its_client) : client(its_client) {}
    void on_response(net::http::ResponseHead head) override { client.on_answer(head.status); }
    void on_body(std::string_view data) override { client.on_node_data(data); }
    void on_end() override { client.on_node_end(); }
    void on_drained() override { client.resume(); }
    void on_failed(const base::Error& why) override { client.on_lost(why.detail); }
    XmppClient& client;
  };
  // What is kept of a sign-in under way.
  struct SignIn {
    std::string mechanism;
    std::string guesser;  // for `guesses`, with the ticket to give back
    std::uint64_t ticket = 0;
  };

  // xmpp_client.cc: from the accepted socket to TLS, and every end.
  void enter(State next);
  std::optional<Steady> time_limit() const;
  void set_deadline();
  void on_open() override;
  std::size_t on_data(std::string_view data) override;
  void on_end() override;
  void on_drained() override;
  void on_closed(const base::Error& why) override;
  void start_tls();
  std::size_t take_plain(std::string_view data);
  bool take_header(const xmpp::Event& event);
  void offer_tls(std::string_view to);
  void take_offered(const xmpp::Event& event);
  std::string own_header(std::string_view to) const;
  void send(std::string_view octets);
  void end(xmpp::Condition condition, std::string_view reason);
  void close(std::string_view reason);
  void drop_call();

  // xmpp_client_join.cc: what passes between client and core.
  std::size_t take_secured(std::string_view data);
  void join();
  void on_answer(int status);
  std::size_t take_joined(std::string_view data);
  bool may_pass(const xmpp::Event& event);
  bool may_guess(const xmpp::Element& element);
  void leave();
  void on_node_data(std::string_view data);
  std::size_t pass_on(std::string_view data);
  void judge_node(const xmpp::Element& element);
  bool is_suspect(const std::string& network);
  void count_failure();
  void on_failure();
  void sign_in(bool restarts);
  void on_node_end();
  void on_lost(std::string_view reason);
  void resume();

  bool is_joined() const { return state_ == State::Joined || state_ == State::Leaving; }
  std::string_view flow_id() const { return {flow_id_.data(), flow_id_.size()}; }
  xmpp::Hop hop(xmpp::Direction direction) const;
  void log_event(std::string_view event, std::string_view reason = {},
                 std::string_view mechanism = {});
  void log_stanza(xmpp::Direction direction, std::string_view octets, bool bears_secret = false);

  XmppSurroundings& around_;
  XmppClientHandler& handler_;
  Answer answer_{*this};
  Steady since_;  // accepted; of who leaves, or is signed in and stalled: since then
  std::array<char, 32> flow_id_;
  std::string domain_;  // of the client's header; empty until one was good
  std::string who_;     // user, then JID
  xmpp::Reader client_reader_;
  xmpp::Reader node_reader_;
  net::ByteQueue from_node_;         // of an element that is not whole
  std::unique_ptr<SignIn> sign_in_;  // while the node has not judged it
  std::shared_ptr<const net::tunnel::CoreHello> core_;
  std::unique_ptr<net::PlainStream> stream_;
  std::unique_ptr<net::http::Call> call_;
  State state_ = State::First;
  Progress progress_ = Progress::Unknown;
  std::uint8_t failures_ = 0;
  bool stalled_ = false;  // the core is held back until the client reads
};

}  // namespace edge
