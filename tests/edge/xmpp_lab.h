#pragma once
// An XMPP gateway with real links to cores that stand for their presence nodes too, and real
// clients that speak plain, then TLS, on one loop over loopback.

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/base64.h"
#include "edge/xmpp_gateway.h"
#include "net/listener.h"
#include "net/socket_stream.h"
#include "net/tunnel/core_link.h"
#include "tests/edge/link_lab.h"
#include "tests/fakes/recording_handler.h"

namespace edge {

inline std::string xmpp_header(std::string_view attributes = "to='lab.example' version='1.0'") {
  return "<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
         "xmlns:stream='http://etherx.jabber.org/streams' " +
         std::string(attributes) + ">";
}
inline const std::string kXmppStartTls = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
inline const std::string kXmppPlain =
    "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>" +
    base::encode_base64(std::string("\0mac.donald\0se:cret", 19)) + "</auth>";
inline const std::string kXmppSuccess = "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>";
inline const std::string kXmppFailure =
    "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure>";
inline const std::string kXmppFeatures =
    "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"
    "<mechanism>PLAIN</mechanism></mechanisms></stream:features>";
inline const std::string kXmppBound =
    "<iq type='result' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
    "<jid>mac.donald@lab.example/x</jid></bind></iq>";

inline std::string xmpp_error(std::string_view condition) {
  return "<stream:error><" + std::string(condition) +
         " xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>";
}

// A presence node's end of one stream, at the core.
struct XmppNode {
  net::http::Exchange* exchange = nullptr;  // null: it is over
  net::http::RequestHead request;
  std::string got;
  bool ended = false;   // the edge sent its last octet
  bool failed = false;  // or reset the stream
  void say(std::string_view octets) {
    REQUIRE(exchange);
    exchange->write(octets);
  }
  void reset() {
    REQUIRE(exchange);
    std::exchange(exchange, nullptr)->reset({base::Errc::Closed, "the node died"});
  }
};

// A core: accepts streams of XMPP with `status`, and keeps what comes.
struct XmppCoreFake final : net::tunnel::CoreLinkObserver, net::tunnel::LinkHandler {
  XmppCoreFake(net::Loop& loop, const base::Endpoint& edge) {
    net::tunnel::CoreHello hello;
    hello.name = "core.lab.example";
    hello.instance = "a";
    hello.domains = {"lab.example"};
    link = std::make_unique<net::tunnel::CoreLink>(loop, FakeCore::dial(edge), hello, *this, *this);
  }
  struct Reader final : net::http::Job {
    explicit Reader(std::shared_ptr<XmppNode> its_node) : node(std::move(its_node)) {}
    ~Reader() override { node->exchange = nullptr; }
    void on_body(std::string_view data) override { node->got += data; }
    void on_end() override { node->ended = true; }
    void on_drained() override {}
    void on_failed(const base::Error&) override { node->failed = true; }
    std::shared_ptr<XmppNode> node;
  };
  bool on_hello(net::tunnel::CoreLink&) override { return true; }
  void on_core_link_closed(net::tunnel::CoreLink&, const base::Error&) override {}
  void handle(net::http::Exchange& exchange, const net::tunnel::CoreLink&) override {
    auto node = std::make_shared<XmppNode>();
    node->exchange = &exchange;
    node->request = exchange.request();
    exchange.attach(std::make_unique<Reader>(node));
    nodes.push_back(std::move(node));
    if (status != 0) accept(*nodes.back(), status);
  }
  static void accept(XmppNode& node, int its_status) {
    net::http::ResponseHead head;
    head.status = its_status;
    head.content_length = std::nullopt;
    node.exchange->respond(std::move(head));
    if (its_status != 200) node.exchange->finish();
  }

  int status = 200;  // 0: silence
  std::vector<std::shared_ptr<XmppNode>> nodes;
  std::unique_ptr<net::tunnel::CoreLink> link;
};

struct XmppUser {
  XmppUser(net::Loop& its_loop, const base::Endpoint& edge) : loop(its_loop) {
    net::DialOptions options;
    options.remote = edge;
    stream = net::dial_plain(loop, options, wire);
    wire.ending = [this] { stream->close(); };
  }
  const std::string& got() const { return wire.data; }
  bool closed() const { return wire.closed_count > 0; }
  bool has(std::string_view words) const { return got().find(words) != std::string::npos; }
  void say(std::string_view octets) { stream->write(octets); }
  // Waits until these words have come, and forgets all that came.
  std::string expect(std::string_view words) {
    fakes::run_until(loop, [&] { return has(words) || closed(); });
    CAPTURE(got());
    REQUIRE(has(words));
    return std::exchange(wire.data, {});
  }
  // Until the edge has closed: all that came before.
  std::string last_words() {
    fakes::run_until(loop, [&] { return closed(); });
    return std::exchange(wire.data, {});
  }
  void start_tls() {
    const int before = wire.opened;
    stream->start_tls({tls({}), {certs::dns_name("edge.lab.example")}, "edge.lab.example"});
    fakes::run_until(loop, [&] { return wire.opened > before || closed(); });
  }
  static std::shared_ptr<const net::TlsContext> tls(std::vector<std::string> alpn) {
    net::TlsClientOptions options;
    options.trust = link_ca().trust();
    options.alpn = std::move(alpn);
    return *net::TlsContext::client(options);
  }

  net::Loop& loop;
  fakes::RecordingHandler wire;
  std::unique_ptr<net::PlainStream> stream;
};

struct XmppLab {
  net::Loop loop;
  fakes::MemorySink sink;
  base::Logger log{sink, "edge"};
  base::TrafficLog traffic{sink, "edge", 1};
  fakes::FakeClock clock;
  Counters counters;
  net::tunnel::LinkSet links{loop, {"edge.lab.example", 0, 1, {}}, {}};
  std::shared_ptr<XmppSettings> settings = std::make_shared<XmppSettings>();
  std::unique_ptr<XmppGateway> gateway;
  std::shared_ptr<const net::TlsContext> tunnel_tls = LinkLab::server_tls();
  std::unique_ptr<net::Listener> tunnel;
  std::unique_ptr<net::Listener> listener;
  std::vector<std::unique_ptr<XmppCoreFake>> cores;
  std::vector<std::unique_ptr<XmppUser>> users;

  XmppLab() {
    clock.set_now(std::chrono::system_clock::now());  // certificates are of today
    settings->name = "edge.lab.example";
    settings->domains = {"lab.example", "other.example"};
    net::TlsServerOptions tls;
    tls.credentials = link_ca().credentials({.names = {"DNS:edge.lab.example"}});
    tls.alpn = {"xmpp-client"};
    settings->tls = *net::TlsContext::server(tls);
    gateway = std::make_unique<XmppGateway>(XmppContext{loop, links, log, traffic, counters, clock},
                                            settings);
    tunnel = listen([this](net::Socket socket, const base::Endpoint&) {
      links.accept(std::move(socket), tunnel_tls);
    });
    listener = listen(
        [this](net::Socket socket, const base::Endpoint&) { gateway->accept(std::move(socket)); });
  }
  ~XmppLab() {
    users.clear();
    cores.clear();
    gateway.reset();
  }
  std::unique_ptr<net::Listener> listen(net::Listener::Accepted accepted) {
    auto opened =
        net::Listener::open(loop, {base::IpAddress::v4({127, 0, 0, 1}), 0}, std::move(accepted));
    REQUIRE(opened);
    return std::move(*opened);
  }
  void until(const std::function<bool()>& done) { fakes::run_until(loop, done); }

  XmppCoreFake& add_core() {
    const std::size_t before = links.ready().size();
    cores.push_back(std::make_unique<XmppCoreFake>(loop, tunnel->local()));
    until([&] { return links.ready().size() > before; });
    return *cores.back();
  }
  XmppUser& add_user() {
    users.push_back(std::make_unique<XmppUser>(loop, listener->local()));
    return *users.back();
  }
  // With TLS up, and nothing said in it.
  XmppUser& add_secure_user() {
    XmppUser& user = add_user();
    user.say(xmpp_header());
    user.expect("</stream:features>");
    user.say(kXmppStartTls);
    user.expect("<proceed");
    user.start_tls();
    REQUIRE_FALSE(user.closed());
    return user;
  }
  // Joined to a node, which has offered its features.
  XmppUser& add_joined_user() {
    XmppUser& user = add_secure_user();
    const std::size_t before = core().nodes.size();
    user.say(xmpp_header());
    until([&] { return core().nodes.size() > before && !node().got.empty(); });
    node().say(xmpp_header("id='n' from='lab.example' version='1.0'") + kXmppFeatures);
    user.expect("</stream:features>");
    return user;
  }
  XmppUser& add_signed_in_user() {
    XmppUser& user = add_joined_user();
    user.say(kXmppPlain);
    until([&] { return node().got.ends_with("</auth>"); });
    node().say(kXmppSuccess);
    user.expect("<success");
    user.say(xmpp_header());
    node().got.clear();
    until([&] { return node().got == xmpp_header(); });
    node().got.clear();
    node().say(xmpp_header("id='n2' from='lab.example' version='1.0'") + kXmppBound);
    user.expect("</iq>");
    return user;
  }
  XmppCoreFake& core() { return *cores.back(); }
  XmppNode& node() { return *core().nodes.back(); }
  bool logged(std::string_view words) const { return sink.text().find(words) != std::string::npos; }
};

}  // namespace edge
