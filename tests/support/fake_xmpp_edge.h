#pragma once
// An XMPP edge on loopback, with the presence server behind it in one: signs in, answers, or says
// what a test wants to be said in place of that.

#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "net/listener.h"
#include "net/loop.h"
#include "net/socket.h"
#include "net/socket_stream.h"
#include "net/tls_context.h"
#include "tests/fakes/test_certs.h"
#include "xmpp/reader.h"
#include "xmpp/sasl.h"
#include "xmpp/stream.h"

namespace support {

class FakeXmppEdge final {
 public:
  static constexpr char kJid[] = "mac.donald@uclab.com/here";

  FakeXmppEdge(net::Loop& loop, const fakes::TestCa& ca, std::vector<std::string> names)
      : loop_(loop) {
    fakes::LeafSpec leaf;
    leaf.names = std::move(names);
    net::TlsServerOptions tls;
    tls.credentials = ca.credentials(leaf);
    tls_ = *net::TlsContext::server(tls);
    auto listener = net::Listener::open(
        loop, {*base::parse_ip("127.0.0.1"), 0},
        [this](net::Socket socket, const base::Endpoint&) { accept(std::move(socket)); });
    REQUIRE(listener);
    listener_ = std::move(*listener);
  }
  std::uint16_t port() const { return listener_->local().port; }
  void stop_listening() { listener_->close(); }

  // What is said at a place in place of the usual; "" is silence, "!" ends the connection. Places:
  // "plain", "starttls", "secured", "auth", "authenticated", "bind",
  // "session", "roster", "presence", "message", "end". "@ID@" is the id of what is answered,
  // "@STANZA@" what is in it.
  std::map<std::string, std::string> says;
  std::string session;  // among the features, after SASL

  // What it saw.
  int clients = 0;
  std::vector<std::string> places;    // in the order they were reached
  std::vector<xmpp::Element> heard;   // at the same places
  std::vector<xmpp::Element> others;  // what is none of these

 private:
  struct Client final : net::StreamHandler {
    Client(FakeXmppEdge& its_edge, net::Socket socket)
        : edge(its_edge), stream(net::accept_plain(its_edge.loop_, std::move(socket), *this)) {
      reader.set_detail(xmpp::Detail::Tree);
    }
    void on_open() override {}
    std::size_t on_data(std::string_view data) override {
      std::size_t taken = 0;
      while (true) {
        const xmpp::Event event = reader.next(data.substr(taken));
        if (event.octets == 0) return taken;
        taken += event.octets;
        edge.on_event(*this, event);
      }
    }
    void on_end() override { stream->close(); }
    void on_drained() override {}
    void on_closed(const base::Error&) override { edge.forget(*this); }
    void restart() {
      ++streams;
      reader.reset();
    }

    FakeXmppEdge& edge;
    xmpp::Reader reader{edge.parser_, xmpp::kLimitsAfter};
    int streams = 0;  // 0: plain, 1: TLS, 2: after SASL
    std::unique_ptr<net::PlainStream> stream;
  };

  void accept(net::Socket socket) {
    ++clients;
    clients_.push_back(std::make_unique<Client>(*this, std::move(socket)));
  }

  void forget(Client& client) {
    for (auto& owned : clients_) {
      if (owned.get() != &client) continue;
      loop_.retire(std::move(owned));
      clients_.erase(clients_.begin() + (&owned - clients_.data()));
      return;
    }
  }

  void on_event(Client& client, const xmpp::Event& event) {
    using Kind = xmpp::Event::Kind;
    if (event.kind == Kind::Header) return on_header(client, event.element);
    if (event.kind == Kind::Element) return on_element(client, event.element);
    if (event.kind == Kind::End) say(client, "end", {}, "</stream:stream>");
  }

  void on_header(Client& client, const xmpp::Element& element) {
    const char* const names[] = {"plain", "secured", "authenticated"};
    const std::string features[] = {
        std::string(xmpp::kStartTlsFeatures),
        "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"
        "<mechanism>PLAIN</mechanism><mechanism>CISCO-VTG-TOKEN</mechanism></mechanisms>"
        "</stream:features>",
        "<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>" + session +
            "</stream:features>"};
    say(client, names[client.streams], element, header("uclab.com") + features[client.streams]);
  }

  void on_element(Client& client, const xmpp::Element& element) {
    if (element.name == "starttls") {
      if (!say(client, "starttls", element, std::string(xmpp::kProceed))) return;
      client.restart();
      return client.stream->start_tls({tls_, {}, {}});
    }
    if (element.name == "auth") {
      const std::string success = "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>";
      if (say(client, "auth", element, success)) client.restart();
      return;
    }
    on_stanza(client, element);
  }

  void on_stanza(Client& client, const xmpp::Element& element) {
    const std::string result = "<iq type='result' id='@ID@'>";
    const auto asks = [&](const char* name) {
      return !element.children.empty() && element.children[0].name == name;
    };
    if (asks("bind")) {
      say(client, "bind", element,
          result + "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>" + kJid +
              "</jid></bind></iq>");
    } else if (asks("session")) {
      say(client, "session", element, result + "</iq>");
    } else if (asks("query")) {
      say(client, "roster", element,
          result +
              "<query xmlns='jabber:iq:roster'><item jid='a@uclab.com' subscription='both'/>"
              "<item jid='b@uclab.com' subscription='to'/></query></iq>");
    } else if (element.name == "presence" && element.attribute("type").empty()) {
      say(client, "presence", element, std::string("<presence from='") + kJid + "'/>");
    } else if (element.name == "message") {
      say(client, "message", element,
          std::string("<message type='chat' id='@ID@' from='") + kJid +
              "'><body>@STANZA@</body></message>");
    } else {
      others.push_back(element);
    }
  }

  static void replace(std::string& text, std::string_view word, std::string_view with) {
    for (std::size_t at = text.find(word); at != text.npos; at = text.find(word, at + with.size()))
      text.replace(at, word.size(), with);
  }

  // Whether the usual was said.
  bool say(Client& client, const std::string& place, const xmpp::Element& asked,
           std::string usual) {
    places.push_back(place);
    heard.push_back(asked);
    const auto found = says.find(place);
    std::string text = found == says.end() ? std::move(usual) : found->second;
    if (text == "!") {
      client.stream->abort({base::Errc::Closed, "the test ends it"});
      return false;
    }
    replace(text, "@ID@", asked.attribute("id"));
    replace(text, "@STANZA@", asked.children.empty() ? "" : asked.children[0].text);
    client.stream->write(text);
    if (place == "end") client.stream->close();
    return found == says.end();
  }

 public:
  static std::string header(const std::string& from) {
    xmpp::StreamHeader header;
    header.from = from;
    header.id = "s1";
    header.version = "1.0";
    return xmpp::write_header(header);
  }

 private:
  net::Loop& loop_;
  std::shared_ptr<const net::TlsContext> tls_;
  std::unique_ptr<net::Listener> listener_;
  xmpp::Parser parser_;
  std::vector<std::unique_ptr<Client>> clients_;
};

}  // namespace support
