#pragma once
// A SIP relay with everything behind it, an edge's end of its channel, and a call manager that says
// what it is told, over loopback.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/credential_service.h"
#include "core/digest_proofs.h"
#include "core/sip_relay.h"
#include "net/listener.h"
#include "sip/framer.h"
#include "tests/core/relay_lab.h"

namespace core {

inline constexpr char kEdge[] = "edge.lab.example";
inline constexpr char kFlow[] = "0123456789abcdef0123456789abcdef";

// One end of SIP connections: keeps what comes, in order, and the last connection.
class SipParty final : private sip::transport::ConnectionHandler {
 public:
  explicit SipParty(net::Loop& loop) : loop_(loop) {}

  bool listen(const base::Endpoint& local) {
    auto opened = net::Listener::open(loop_, local, [this](net::Socket socket, const auto&) {
      sip::transport::ConnectionHandler& self = *this;
      connections_.push_back(
          std::make_unique<sip::transport::Connection>(loop_, std::move(socket), nullptr, self));
    });
    if (opened) listener_ = std::move(*opened);
    return listener_ != nullptr;
  }
  void dial(const base::Endpoint& remote) {
    net::DialOptions options;
    options.remote = remote;
    sip::transport::ConnectionHandler& self = *this;
    connections_.push_back(std::make_unique<sip::transport::Connection>(loop_, options, self));
  }
  std::uint16_t port() const { return listener_->local().port; }
  void send(std::string_view text) { connections_.back()->send(text); }
  void hang_up() {
    for (const auto& connection : connections_)
      connection->abort({base::Errc::Closed, "hung up"});
  }
  void stop() {
    listener_.reset();
    hang_up();
  }

  std::vector<sip::Message> got;
  std::size_t keep_alives = 0;
  // What it answers to a request; an empty one: nothing.
  std::function<std::string(const sip::Message&)> reply;

 private:
  void on_open(sip::transport::Connection&) override {}
  void on_message(sip::transport::Connection& connection, sip::Message message,
                  std::string_view) override {
    if (reply && message.is_request()) {
      if (const std::string answer = reply(message); !answer.empty()) connection.send(answer);
    }
    got.push_back(std::move(message));
  }
  void on_bad(sip::transport::Connection&, std::string_view, const base::Error&) override {}
  void on_keep_alive(sip::transport::Connection&) override { ++keep_alives; }
  void on_closed(sip::transport::Connection& connection, const base::Error&) override {
    std::erase_if(connections_, [&](auto& one) {
      if (one.get() != &connection) return false;
      loop_.retire(std::shared_ptr<sip::transport::Connection>(std::move(one)));
      return true;
    });
  }

  net::Loop& loop_;
  std::unique_ptr<net::Listener> listener_;
  std::vector<std::unique_ptr<sip::transport::Connection>> connections_;
};

struct SipLab : RelayLab {
  static constexpr std::uint16_t kSipPort = 5060;

  SipParty pub_sip{loop}, sub_sip{loop};
  std::string core_host = "127.0.0.1:5060";
  policy::Associations associations{store};
  CredentialService credentials{loop, clock, pool, associations, revocations, discoveries};
  const bool path_headers;
  std::optional<SipSwitchboard> switchboard;
  std::unique_ptr<SipRelay> sip;
  std::unique_ptr<fakes::Exchange> channel;
  std::size_t read = 0;  // of what the core wrote to the channel

  explicit SipLab(bool headers = false) : path_headers(headers) {
    REQUIRE(pub_sip.listen({pub.address, kSipPort}));
    REQUIRE(sub_sip.listen({this->sub.address, kSipPort}));
    restart();
    open_channel();
  }
  ~SipLab() {
    channel.reset();
    sip.reset();
  }

  // A core that has just begun, with the keys of the one before, and no channel.
  void restart() {
    channel.reset();
    sip.reset();
    switchboard.emplace(2);
    read = 0;
    SipRelayOptions options = relay_options();
    options.self.path_headers = path_headers;
    sip = std::make_unique<SipRelay>(around, resolver, credentials, *switchboard, discoveries,
                                     options);
    REQUIRE(sip->listen());
  }

  SipRelayOptions relay_options() const {
    SipRelayOptions options;
    options.config.listen = {{*base::parse_ip("127.0.0.1"), 0}};
    options.self.host_port = core_host;
    options.self.names = {"127.0.0.1", "core.lab.example"};
    options.instance = "one";
    return options;
  }
  void open_channel() {
    channel = std::make_unique<fakes::Exchange>("/sip", "CONNECT");
    channel->head().protocol = "sip";
    read = 0;
    sip->accept(*channel, kEdge, 0);
  }
  // What the core wrote to the edge, message by message; waits for the next one.
  sip::Message from_core() {
    fakes::run_until(loop, [this] { return channel->body().size() > read; });
    sip::Framer framer;
    const std::string_view rest = std::string_view(channel->body()).substr(read);
    const sip::Frame frame = framer.next(rest);
    REQUIRE(frame.kind == sip::Frame::Kind::Message);
    read += frame.bytes;
    auto message = sip::parse_message(rest.substr(0, frame.bytes));
    REQUIRE(message);
    return std::move(*message);
  }
  sip::Message next(SipParty& party) {
    fakes::run_until(loop, [&] { return !party.got.empty(); });
    sip::Message first = std::move(party.got.front());
    party.got.erase(party.got.begin());
    return first;
  }
  void send(const std::string& text) { channel->send_body(text); }

  // As an edge forwards it. `extra`: further fields, each with its end of line.
  static std::string request(std::string_view method, std::string_view uri, std::string_view extra,
                             std::string_view branch = "edge1") {
    std::string text;
    for (const std::string_view part :
         {method, std::string_view(" "), uri,
          std::string_view(" SIP/2.0\r\nVia: SIP/2.0/TLS 10.106.4.81:7001;egress-zone=TZone;"
                           "branch=z9hG4bK"),
          branch,
          std::string_view(";rport\r\nVia: SIP/2.0/TLS 10.106.4.73:49256;branch=z9hG4bKc;"
                           "received=10.106.4.73;ingress-zone=CollaborationEdgeZone\r\n"
                           "Call-ID: 0050568b@10.106.4.73\r\nFrom: <sip:5002@ucm-sub>;tag=f\r\n"
                           "To: <sip:5002@ucm-sub>\r\nMax-Forwards: 15\r\nCSeq: 102 "),
          method, std::string_view("\r\n"), extra, std::string_view("Content-Length: 0\r\n\r\n")}) {
      text.append(part);
    }
    return text;
  }
  static std::string flow() { return std::string("Sallyport-Flow: ") + kFlow + "\r\n"; }
  static std::string registration(std::string_view branch = "edge1") {
    return request("REGISTER", "sip:ucm-sub",
                   flow() +
                       "Contact: <sip:9644@10.106.4.73:49256;transport=tls>;video\r\n"
                       "Route: <sip:ucm-sub;transport=tcp;lr>\r\n"
                       "Path: <sip:10.106.4.81:7001;transport=tls;lr>\r\n"
                       "Path: <sip:10.106.4.73:49256;transport=tls;apparent;ds;lr>\r\n",
                   branch);
  }
};

}  // namespace core
