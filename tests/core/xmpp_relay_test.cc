#include "core/xmpp_relay.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "net/listener.h"
#include "tests/core/relay_lab.h"
#include "tests/fakes/recording_handler.h"

namespace core {
namespace {

using std::string;

constexpr char kFlow[] = "0123456789abcdef0123456789abcdef";
constexpr char kImp[] = "imp-pub.lab.example";
constexpr char kXmppService[] = "_xmpp-client._tcp.lab.example";

const string kHeader =
    "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
    "from='lab.example' id='1' version='1.0'>";
const string kOffer =
    "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>";
const string kProceed = "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
const string kClientHeader =
    "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
    "to='lab.example' version='1.0'>";
const string kBound =
    "<iq type='result' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
    "<jid>mac.donald@lab.example/x</jid></bind></iq>";
const string kSignedIn =
    "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>" + kHeader + "<stream:features/>" + kBound;

// A presence node: takes connections, and says what it is told to.
struct FakeNode {
  explicit FakeNode(net::Loop& its_loop, std::vector<string> names = {"DNS:lab.example"},
                    const fakes::TestCa& ca = inside_ca(),
                    const base::Endpoint& local = {*base::parse_ip("127.0.0.1"), 0})
      : loop(its_loop) {
    net::TlsServerOptions options;
    options.credentials = ca.credentials({.names = std::move(names)});
    tls = *net::TlsContext::server(options);
    auto opened = net::Listener::open(
        loop, local, [this](net::Socket socket, const auto&) { accept(std::move(socket)); });
    REQUIRE(opened);
    listener = std::move(*opened);
  }
  std::uint16_t port() const { return listener->local().port; }

  void accept(net::Socket socket) {
    ++accepted;
    wire = std::make_unique<fakes::RecordingHandler>();
    stream = net::accept_plain(loop, std::move(socket), *wire);
    wire->take = [this](std::string_view data) {
      if (secured()) return data.size();
      if (data.find("<stream:stream") != data.npos) {
        CHECK(data.find("to='lab.example'") != data.npos);
        stream->write(first);
        if (hangs_up) stream->close();
      }
      if (data.find("<starttls") != data.npos) {
        stream->write(second);
        if (second == kProceed) stream->start_tls({tls, {}, {}});
      }
      return data.size();
    };
    wire->ending = [this] { stream->close(); };
  }
  bool secured() const { return wire && wire->opened == 2; }

  net::Loop& loop;
  string first = kHeader + kOffer;
  string second = kProceed;
  bool hangs_up = false;  // after the first words
  int accepted = 0;
  std::shared_ptr<const net::TlsContext> tls;
  std::unique_ptr<net::Listener> listener;
  std::unique_ptr<fakes::RecordingHandler> wire;
  std::unique_ptr<net::PlainStream> stream;
};

struct XmppLab : RelayLab {
  FakeNode node{loop};
  std::unique_ptr<XmppRelay> xmpp;

  explicit XmppLab(PresenceConfig config = {}) {
    resolver.add_host(kImp, {"127.0.0.1"});
    announce(node.port());
    start(std::move(config));
  }
  ~XmppLab() { exchanges.clear(); }

  void announce(std::uint16_t port) { resolver.add_service(kXmppService, {{0, 0, port, kImp}}); }
  void start(PresenceConfig config) {
    net::TlsClientOptions options;
    options.trust = inside_ca().trust();
    PresenceSettings settings;
    settings.config = std::move(config);
    settings.tls = *net::TlsContext::client(options);
    settings.node_limit = std::chrono::milliseconds{300};
    xmpp = std::make_unique<XmppRelay>(around, resolver, discoveries, settings);
  }
  fakes::Exchange& open(const string& domain = kDomain, const string& flow = kFlow) {
    exchanges.push_back(std::make_unique<fakes::Exchange>("/", "CONNECT"));
    fakes::Exchange& exchange = *exchanges.back();
    exchange.head().protocol = "xmpp";
    exchange.head().authority = domain;
    exchange.with("sallyport-flow", flow).with("sallyport-client", "203.0.113.7:40000");
    CHECK(XmppRelay::is_stream(exchange.request()));
    xmpp->accept(exchange);
    fakes::run_until(loop, [&] { return exchange.status() != 0; });
    return exchange;
  }
  // A stream that the node answered.
  fakes::Exchange& join() {
    fakes::Exchange& exchange = open();
    REQUIRE(exchange.status() == 200);
    node_gets(exchange, kClientHeader);
    return exchange;
  }
  fakes::Exchange& join_bound() {
    fakes::Exchange& exchange = join();
    node_says(exchange, kHeader + "<stream:features/>" + kSignedIn);
    return exchange;
  }
  void node_gets(fakes::Exchange& exchange, const string& octets) {
    const std::size_t before = node.wire->data.size();
    exchange.send_body(octets);
    fakes::run_until(loop, [&] { return node.wire->data.size() >= before + octets.size(); });
    CHECK(node.wire->data.ends_with(octets));
  }
  void node_says(fakes::Exchange& exchange, const string& octets) {
    const std::size_t before = exchange.body().size();
    node.stream->write(octets);
    fakes::run_until(loop, [&] { return exchange.body().size() >= before + octets.size(); });
    CHECK(exchange.body().ends_with(octets));
  }
  bool logged(std::string_view words) const { return sink.text().find(words) != string::npos; }
};

TEST_CASE("a stream is secured, watched until a resource is bound, and passes both ways") {
  XmppLab lab;
  fakes::Exchange& exchange = lab.join_bound();
  CHECK(lab.xmpp->stream_count() == 1);
  CHECK(lab.counters.xmpp_streams == 1);
  // No XMPP any more: octets.
  lab.node_gets(exchange, "\x01 <<<");
  lab.node_says(exchange, ">>> \x02");
  for (const char* detail : {"Opened", "Secured", "Authenticated", "Bound"}) {
    CHECK(lab.logged("Detail=\"XMPP Stream " + string(detail) + "\" Flow-id=\"" + kFlow));
  }
  CHECK(lab.logged("Jid=\"mac.donald@lab.example/x\""));
}

TEST_CASE("a domain, a Flow-id and a core that is not stopping are needed") {
  XmppLab lab;
  CHECK(lab.open("LAB.example.").status() == 200);
  CHECK(lab.open("elsewhere.example").status() == 404);
  CHECK(lab.open("a@lab.example").status() == 404);
  CHECK(lab.open(kDomain, "").status() == 400);
  CHECK(lab.open(kDomain, "0123").status() == 400);
  lab.xmpp->drain();
  CHECK(lab.exchanges.front()->was_reset());
  CHECK(lab.open().status() == 503);
  CHECK(lab.node.accepted == 1);
}

TEST_CASE("a node that says anything but STARTTLS is no node") {
  struct Case {
    string first;
    string second;
    const char* reason;
  };
  const string error =
      "<stream:error><host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>";
  const Case cases[] = {
      {kHeader + "<stream:features/>", kProceed, "it offers no STARTTLS"},
      {kHeader + error, kProceed, "<error/> <host-unknown/>"},
      {kHeader + kOffer, "<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", "<failure/>"},
      {kHeader + kOffer, kProceed + kProceed, "octets behind <proceed/>"},
      {kHeader + kOffer, kProceed + " ", "octets behind <proceed/>"},
      {"SSH-2.0-x\r\n", kProceed, ""},
      {"<stream:stream xmlns='jabber:client' "
       "xmlns:stream='http://etherx.jabber.org/streams' id='1'>",
       kProceed, "older protocol"},
      {"", kProceed, "took too long"},
      {kHeader + kOffer, "", "took too long"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.first + c.second);
    XmppLab lab;
    lab.node.first = c.first;
    lab.node.second = c.second;
    CHECK(lab.open().status() == 502);
    CHECK(lab.node.accepted == 1);
    CHECK(lab.logged(c.reason));
    CHECK(lab.logged("presence node not reached"));
  }
}

TEST_CASE("the certificate holds the domain or the node's name, and is from an authority of ours") {
  const fakes::TestCa other;
  struct Case {
    std::vector<string> names;
    const fakes::TestCa& ca;
    int status;
  };
  const Case cases[] = {
      {{"DNS:lab.example"}, inside_ca(), 200},
      {{"DNS:imp-pub.lab.example"}, inside_ca(), 200},
      {{"DNS:imp-sub.lab.example"}, inside_ca(), 502},
      {{"DNS:lab.example"}, other, 502},
  };
  for (const Case& c : cases) {
    CAPTURE(c.names.front());
    XmppLab lab;
    FakeNode node(lab.loop, c.names, c.ca);
    lab.announce(node.port());
    CHECK(lab.open().status() == c.status);
    CHECK(node.accepted == 1);
  }
}

TEST_CASE("a node that stops in the middle of a word is followed by the next") {
  struct Case {
    string first;
    string second;
    bool hangs_up;
  };
  const Case cases[] = {
      {"<stream:stream xml", kProceed, false},
      {kHeader + "<stream:feat", kProceed, false},
      {kHeader + "<stream:feat", kProceed, true},
      {kHeader + kOffer, "<proceed", false},
  };
  for (const Case& c : cases) {
    CAPTURE(c.first + c.second);
    XmppLab lab;
    FakeNode bad(lab.loop);
    bad.first = c.first;
    bad.second = c.second;
    bad.hangs_up = c.hangs_up;
    lab.resolver.add_service(kXmppService,
                             {{0, 0, bad.port(), kImp}, {1, 0, lab.node.port(), kImp}});
    CHECK(lab.open().status() == 200);
    CHECK(bad.accepted == 1);
    CHECK(lab.node.accepted == 1);
  }
}

TEST_CASE("the next node is taken when one fails, and the one that failed is tried last") {
  XmppLab lab;
  FakeNode bad(lab.loop);
  bad.first = kHeader + "<stream:features/>";
  lab.resolver.add_service(kXmppService, {{0, 0, bad.port(), kImp}, {1, 0, lab.node.port(), kImp}});
  CHECK(lab.open().status() == 200);
  CHECK(lab.open().status() == 200);
  CHECK(bad.accepted == 1);
  CHECK(lab.node.accepted == 2);
  // Alone it is tried all the same.
  lab.node.listener.reset();
  CHECK(lab.open().status() == 502);
  CHECK(bad.accepted == 2);
}

TEST_CASE("nodes are those of the configuration, or those the DNS announces") {
  SUBCASE("configured") {
    XmppLab lab;
    lab.resolver.services.erase(kXmppService);
    PresenceConfig config;
    config.nodes = {"127.0.0.1:" + std::to_string(lab.node.port())};
    lab.resolver.add_host("127.0.0.1", {"127.0.0.1"});  // as every resolver answers
    lab.start(config);
    CHECK(lab.open().status() == 200);
  }
  SUBCASE("the hosts of another service of theirs") {
    XmppLab lab;
    lab.resolver.services.erase(kXmppService);
    lab.resolver.add_service("_cuplogin._tcp.lab.example", {{0, 0, 8443, kImp}});
    lab.resolver.add_host(kImp, {base::to_string(lab.pub.address)});
    lab.discover();
    FakeNode node(lab.loop, {"DNS:lab.example"}, inside_ca(), {lab.pub.address, 5222});
    CHECK(lab.open().status() == 200);
    CHECK(node.accepted == 1);
  }
  SUBCASE("none") {
    XmppLab lab;
    lab.resolver.services.erase(kXmppService);
    CHECK(lab.open().status() == 502);
    CHECK(lab.logged("no presence node is known"));
  }
  SUBCASE("what the DNS said last holds while it is away") {
    XmppLab lab;
    CHECK(lab.open().status() == 200);
    lab.resolver.services[kXmppService] = {dns::Outcome::Timeout, {}, {}, {}};
    CHECK(lab.open().status() == 200);
    lab.resolver.services.erase(kXmppService);
    CHECK(lab.open().status() == 502);
  }
}

TEST_CASE("a node that ends its stream is an end, one that dies a reset") {
  for (const bool says_so : {true, false}) {
    CAPTURE(says_so);
    XmppLab lab;
    fakes::Exchange& exchange = lab.join_bound();
    if (says_so) lab.node_says(exchange, "</stream:stream>");
    lab.node.stream->close();
    fakes::run_until(lab.loop, [&] { return exchange.finished() || exchange.was_reset(); });
    CHECK(exchange.finished() == says_so);
    CHECK(exchange.was_reset() == !says_so);
    CHECK(lab.logged("Detail=\"XMPP Stream Closed\""));
  }
  XmppLab lab;
  fakes::Exchange& exchange = lab.join();
  lab.node.stream->abort({base::Errc::Closed, "killed"});
  fakes::run_until(lab.loop, [&] { return exchange.was_reset(); });
  CHECK(exchange.was_reset());
}

TEST_CASE("a client that ends its stream hears the node's last words") {
  XmppLab lab;
  fakes::Exchange& exchange = lab.join_bound();
  lab.node_gets(exchange, "</stream:stream>");
  exchange.send_end();
  CHECK(!exchange.finished());
  lab.node_says(exchange, "<presence/></stream:stream>");
  lab.node.stream->close();
  fakes::run_until(lab.loop, [&] { return exchange.finished(); });
  CHECK(!exchange.was_reset());
}

TEST_CASE("who does not read holds the other's source back") {
  XmppLab lab;
  fakes::Exchange& exchange = lab.join_bound();
  const string much(64 * 1024, 'x');
  lab.node.stream->pause_reading();
  std::size_t sent = lab.node.wire->data.size();
  for (; !exchange.paused(); sent += much.size()) {
    REQUIRE(sent < 64 * 1024 * 1024);
    exchange.send_body(much);
    lab.loop.post([] {});
    lab.loop.turn();
  }
  lab.node.stream->resume_reading();
  fakes::run_until(lab.loop, [&] { return lab.node.wire->data.size() == sent; });
  CHECK(!exchange.paused());

  // The other way only what was under way when the client stopped still comes.
  exchange.stall(net::http::Flow::kHighWater + 1);
  const std::size_t before = exchange.body().size();
  sent = before;
  for (int i = 0; i < 256; ++i, sent += much.size())
    lab.node.stream->write(much);
  fakes::run_until(lab.loop, [&] { return exchange.body().size() > before; });
  const std::size_t held = exchange.body().size();
  for (int i = 0; i < 100; ++i) {
    lab.loop.post([] {});
    lab.loop.turn();
  }
  CHECK(exchange.body().size() == held);
  CHECK(held < sent);
  exchange.drain();
  fakes::run_until(lab.loop, [&] { return exchange.body().size() == sent; });
  CHECK(exchange.body().size() == sent);
}

TEST_CASE("a client that goes leaves nothing behind, whether it was connected or not") {
  XmppLab lab;
  lab.join().fail();
  CHECK(lab.xmpp->stream_count() == 0);
  CHECK(lab.counters.xmpp_streams == 0);
  fakes::run_until(lab.loop,
                   [&] { return lab.node.wire->ended + lab.node.wire->closed_count > 0; });
  lab.node.first.clear();  // it keeps the next one waiting
  lab.exchanges.push_back(std::make_unique<fakes::Exchange>("/", "CONNECT"));
  fakes::Exchange& exchange = *lab.exchanges.back();
  exchange.head().authority = kDomain;
  exchange.with("sallyport-flow", kFlow);
  lab.xmpp->accept(exchange);
  CHECK(exchange.paused());
  fakes::run_until(lab.loop, [&] { return lab.node.accepted == 2; });
  exchange.fail();
  CHECK(lab.xmpp->stream_count() == 0);
  fakes::run_until(lab.loop,
                   [&] { return lab.node.wire->ended + lab.node.wire->closed_count > 0; });
}

TEST_CASE("a stream that is no XMPP before a resource is bound is reset") {
  XmppLab lab;
  fakes::Exchange& exchange = lab.join();
  exchange.send_body("<!DOCTYPE x>");
  CHECK(exchange.was_reset());
}

}  // namespace
}  // namespace core
