#pragma once
// One client's stream in a core (wire.md 10): the stream on the link on one side, a presence node
// in TLS on the other, and octets both ways, each side's pressure holding back the other's source.
//
//   Dialling --> Joined --> Leaving --> Over
//   (Leaving: the client's side said its last octet, the node's is awaited. Over leads from any
//    state: the stream on the link was answered otherwise, ended or reset)

#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "core/presence_dial.h"
#include "core/surroundings.h"
#include "core/xmpp_watch.h"
#include "net/http/exchange.h"
#include "net/socket_stream.h"
#include "net/timer.h"
#include "xmpp/traffic.h"

namespace core {

class XmppStream;

class XmppStreamOwner {
 public:
  virtual void on_stream_gone(XmppStream& stream) = 0;  // from its destructor

 protected:
  ~XmppStreamOwner() = default;
};

// What the streams of a worker share. All that it refers to outlives them.
struct XmppPlace {
  const Surroundings& around;
  PresenceNodes& nodes;
  XmppStreamOwner& owner;
  xmpp::Parser parser = {};
};

// Whose stream it is.
struct XmppCaller {
  std::string domain;
  std::string flow_id;
  std::optional<base::Endpoint> client;
};

// The job of its exchange.
class XmppStream final : public net::http::Job, private XmppWatcher {
 public:
  // How long a client that ended its stream waits for the node to end its own.
  static constexpr std::chrono::seconds kLeaveLimit{5};

  // `place` and `exchange`, which will own it, outlive it.
  XmppStream(XmppPlace& place, net::http::Exchange& exchange, XmppCaller caller);
  ~XmppStream();
  // The core stops: 503, or a reset.
  void stop();

 private:
  enum class State { Dialling, Joined, Leaving, Over };
  // The node's half: on_end() and on_drained() are also the exchange's.
  struct Node final : net::StreamHandler {
    explicit Node(XmppStream& its_stream) : stream(its_stream) {}
    void on_open() override {}  // it is open when it is handed over
    std::size_t on_data(std::string_view data) override;
    void on_end() override { stream.on_node_end(); }
    void on_drained() override { stream.exchange_.resume(); }
    void on_closed(const base::Error& why) override { stream.on_node_closed(why); }
    XmppStream& stream;
  };

  // From the link.
  void on_body(std::string_view data) override;
  void on_end() override;
  void on_drained() override;
  void on_failed(const base::Error& why) override;

  void on_dialled(base::Result<std::unique_ptr<net::PlainStream>> result);
  void on_node_data(std::string_view data);
  void on_node_end();
  void on_node_closed(const base::Error& why);
  void pass(const base::Result<XmppWatch::Passage>& passage);
  void write_to_client(std::string_view data);
  bool node_ended() const;
  void refuse(int status, std::string_view reason);
  void end(std::string_view reason);
  void lose(std::string_view reason);
  void enter_over(std::string_view reason);

  void on_stanza(xmpp::Direction direction, std::string_view octets, bool bears_secret) override;
  void on_authenticated(std::string_view user, std::string_view mechanism) override;
  void on_bound(std::string_view jid) override;
  xmpp::Hop hop() const;
  void log(std::string_view event, std::string_view mechanism = {}, std::string_view reason = {});

  XmppPlace& place_;
  net::http::Exchange& exchange_;
  const XmppCaller caller_;
  State state_ = State::Dialling;
  bool bound_ = false;
  std::string who_;  // user, then JID
  Node node_{*this};
  std::array<char, 16> tail_{};  // what the node said last: "</stream:stream>" is as long
  std::unique_ptr<PresenceDial> dial_;
  std::unique_ptr<XmppWatch> watch_;  // until a resource is bound
  std::unique_ptr<net::PlainStream> stream_;
  std::unique_ptr<net::Timer> leave_timer_;
};

}  // namespace core
