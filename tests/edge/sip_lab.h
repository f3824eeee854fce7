#pragma once
// A SIP gateway with real links to cores that answer by script, and real clients over TLS, on one
// loop over loopback.

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "edge/sip_gateway.h"
#include "net/listener.h"
#include "net/tunnel/core_link.h"
#include "sip/delegation.h"
#include "sip/headers.h"
#include "sip/response.h"
#include "sip/transport/channel.h"
#include "sip/transport/connection.h"
#include "tests/edge/link_lab.h"
#include "tests/edge/sip_text.h"

namespace edge {

inline constexpr std::string_view kSipPassword = "se:cret";

// A core: takes the SIP channel, answers SERVICE, and grants what comes as REGISTER.
struct SipCoreFake final : net::tunnel::CoreLinkObserver,
                           net::tunnel::LinkHandler,
                           sip::transport::ChannelHandler {
  SipCoreFake(net::Loop& loop, const base::Endpoint& edge, const std::string& core_name)
      : name(core_name), credentials(link_ca().credentials({.names = {"DNS:" + core_name}})) {
    net::TlsClientOptions tls;
    tls.trust = link_ca().trust();
    tls.credentials = credentials;
    tls.alpn = {"h2"};
    tls.min_version = net::TlsVersion::Tls13;
    net::DialOptions options;
    options.remote = edge;
    options.tls = *net::TlsContext::client(tls);
    options.expected = {certs::dns_name("edge.lab.example")};
    net::tunnel::CoreHello hello;
    hello.name = name;
    hello.instance = "instance of " + name;
    hello.domains = {"lab.example"};
    hello.sip_routes = {name, "10.106.4.85"};
    link = std::make_unique<net::tunnel::CoreLink>(loop, options, hello, *this, *this);
  }

  bool on_hello(net::tunnel::CoreLink&) override { return true; }
  void on_core_link_closed(net::tunnel::CoreLink&, const base::Error&) override {}
  void handle(net::http::Exchange& exchange, const net::tunnel::CoreLink&) override {
    REQUIRE(sip::transport::is_channel(exchange.request()));
    channel = &sip::transport::accept_channel(exchange, *this);
    carrier = &exchange;
    ++channels;
  }
  void on_channel_open(sip::transport::Channel&) override {}
  void on_channel_closed(sip::transport::Channel&, const base::Error&) override {
    channel = nullptr;
  }
  void on_channel_message(sip::transport::Channel&, sip::Message message,
                          std::string_view) override {
    if (message.is_request()) {
      if (message.method() == "SERVICE") {
        ++services;
        if (auto answer = on_service(message)) channel->send(*answer);
      } else if (message.method() == "REGISTER") {
        if (auto answer = on_register(message)) channel->send(*answer);
      }
    }
    got.push_back(std::move(message));
  }

  // What a SERVICE gets: nothing, silence.
  std::function<std::optional<sip::Message>(const sip::Message&)> on_service =
      [this](const sip::Message& service) { return vouch(service); };
  std::function<std::optional<sip::Message>(const sip::Message&)> on_register =
      [](const sip::Message& request) { return grant(request); };

  static sip::Message grant(const sip::Message& request) {
    sip::Message answer = sip::make_response(request, 200);
    answer.set(sip::FieldId::SallyportFlow, request.value(sip::FieldId::SallyportFlow));
    if (request.value(sip::FieldId::Expires) != "0") {
      answer.add(sip::FieldId::Contact,
                 std::string(request.value(sip::FieldId::Contact)) + ";expires=120");
    }
    return answer;
  }
  sip::Association association(const sip::CredentialRequest& request) const {
    sip::Association made;
    made.user = user;
    made.domain = "lab.example";
    made.username = request.username;
    made.realm = request.realm;
    made.ha1 = {{"MD5", sip::digest_ha1(sip::DigestAlgorithm::Md5, request.username, request.realm,
                                        password)}};
    made.lines = {"5002"};
    made.devices = {"MDonald"};
    made.issued = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    made.expires = made.issued + std::chrono::hours{8};
    return made;
  }
  sip::Message vouch(const sip::Message& service) const {
    const auto delegation = sip::DelegationReader().open(service);
    REQUIRE(delegation);
    const auto request = sip::parse_method_call(delegation->document);
    REQUIRE(request);
    auto answer = sip::make_service_answer(
        service, *request, association(*request),
        {*credentials, std::chrono::system_clock::to_time_t(std::chrono::system_clock::now())});
    REQUIRE(answer);
    return std::move(*answer);
  }
  // Those of one method that came, in order; responses for "".
  std::vector<const sip::Message*> of(std::string_view method) const {
    std::vector<const sip::Message*> found;
    for (const sip::Message& message : got) {
      if (message.is_request() ? message.method() == method : method.empty()) {
        found.push_back(&message);
      }
    }
    return found;
  }

  const std::string name;
  std::string user = "mac.donald";
  std::string password{kSipPassword};
  std::shared_ptr<const certs::Credentials> credentials;
  sip::transport::Channel* channel = nullptr;
  net::http::Exchange* carrier = nullptr;  // of the channel
  int channels = 0;
  int services = 0;
  std::vector<sip::Message> got;
  std::unique_ptr<net::tunnel::CoreLink> link;
};

// A phone.
struct SipPhone final : sip::transport::ConnectionHandler {
  SipPhone(net::Loop& its_loop, const base::Endpoint& edge) : loop(its_loop) {
    net::TlsClientOptions tls;
    tls.trust = link_ca().trust();
    net::DialOptions options;
    options.remote = edge;
    options.tls = *net::TlsContext::client(tls);
    options.expected = {certs::dns_name("edge.lab.example")};
    connection = std::make_unique<sip::transport::Connection>(loop, options, *this);
  }
  void on_open(sip::transport::Connection&) override {}
  void on_message(sip::transport::Connection&, sip::Message message, std::string_view) override {
    got.push_back(std::move(message));
  }
  void on_bad(sip::transport::Connection&, std::string_view, const base::Error&) override {}
  void on_keep_alive(sip::transport::Connection&) override { ++pongs; }
  void on_closed(sip::transport::Connection&, const base::Error&) override { closed = true; }

  const sip::Message& send(std::string_view lines) {
    const std::size_t before = got.size();
    connection->send(sip_text(lines));
    fakes::run_until(loop, [&] { return got.size() > before; });
    return got.back();
  }
  // The request with an answer to the last challenge that came.
  std::string with_proof(std::string_view lines, std::string_view user = "mac.donald",
                         std::string_view password = kSipPassword, std::uint32_t count = 1,
                         std::string_view uri = "sip:ucm-sub.lab.example") const {
    std::optional<sip::DigestChallenge> challenge;
    for (const sip::Message& message : got) {
      if (!message.find(sip::FieldId::ProxyAuthenticate)) continue;
      challenge = *sip::parse_challenge(message.value(sip::FieldId::ProxyAuthenticate));
    }
    REQUIRE(challenge);
    return replaced(
        lines, "Content-Length:",
        "Proxy-Authorization: " +
            sip::answer_challenge(*challenge, user, password, "REGISTER", uri, count, "cnonce") +
            "\nContent-Length:");
  }
  // REGISTER, 407, REGISTER: the last answer.
  const sip::Message& sign_in(std::string_view lines = kRegister,
                              std::string_view password = kSipPassword) {
    REQUIRE(send(lines).status() == 407);
    return send(with_proof(lines, "mac.donald", password));
  }

  net::Loop& loop;
  std::vector<sip::Message> got;
  int pongs = 0;
  bool closed = false;
  std::unique_ptr<sip::transport::Connection> connection;
};

struct SipLab {
  net::Loop loop;
  fakes::MemorySink sink;
  base::Logger log{sink, "edge"};
  base::TrafficLog traffic{sink, "edge", 1};
  fakes::FakeClock clock;
  Counters counters;
  SipSecrets secrets;
  std::shared_ptr<SipSettings> settings = std::make_shared<SipSettings>();  // as after a reload
  std::unique_ptr<SipGateway> gateway;
  net::tunnel::LinkSet links{loop,
                             {"edge.lab.example", 0, 1, {}},
                             {[this](net::tunnel::Link& link) { gateway->on_link_ready(link); },
                              {},
                              [this](net::tunnel::Link& link, bool, const base::Error&) {
                                gateway->on_link_closed(link);
                              }}};
  std::shared_ptr<const net::TlsContext> tunnel_tls = make_tunnel_tls();
  std::unique_ptr<net::Listener> tunnel;
  std::unique_ptr<net::Listener> listener;
  std::vector<std::unique_ptr<SipCoreFake>> cores;
  std::vector<std::unique_ptr<SipPhone>> phones;

  SipLab() {
    clock.set_now(std::chrono::system_clock::now());  // certificates are of today
    settings->name = "edge.lab.example";
    settings->domains = {"lab.example"};
    settings->algorithms = {sip::DigestAlgorithm::Md5};
    settings->credentials = link_ca().credentials({.names = {"DNS:edge.lab.example"}});
    settings->trust = link_ca().trust();
    net::TlsServerOptions tls;
    tls.credentials = settings->credentials;
    settings->tls = *net::TlsContext::server(tls);
    gateway = std::make_unique<SipGateway>(
        SipGateway::Context{loop, links, log, traffic, counters, clock, secrets}, settings);
    tunnel = listen([this](net::Socket socket, const base::Endpoint&) {
      links.accept(std::move(socket), tunnel_tls);
    });
    listener = listen(
        [this](net::Socket socket, const base::Endpoint&) { gateway->accept(std::move(socket)); });
  }
  ~SipLab() {
    phones.clear();
    cores.clear();
    gateway.reset();
  }

  std::unique_ptr<net::Listener> listen(net::Listener::Accepted accepted) {
    auto opened =
        net::Listener::open(loop, {base::IpAddress::v4({127, 0, 0, 1}), 0}, std::move(accepted));
    REQUIRE(opened);
    return std::move(*opened);
  }
  static std::shared_ptr<const net::TlsContext> make_tunnel_tls() {
    net::TlsServerOptions options;
    options.credentials = link_ca().credentials({.names = {"DNS:edge.lab.example"}});
    options.client_trust = link_ca().trust();
    options.client_names = {certs::dns_name("core.lab.example"),
                            certs::dns_name("core2.lab.example")};
    options.alpn = {"h2"};
    options.min_version = net::TlsVersion::Tls13;
    return *net::TlsContext::server(options);
  }
  SipCoreFake& add_core(const std::string& name = "core.lab.example") {
    const std::size_t before = gateway->channel_count();
    cores.push_back(std::make_unique<SipCoreFake>(loop, tunnel->local(), name));
    fakes::run_until(loop, [&] { return gateway->channel_count() > before; });
    return *cores.back();
  }
  SipPhone& add_phone() {
    phones.push_back(std::make_unique<SipPhone>(loop, listener->local()));
    return *phones.back();
  }
  bool logged(std::string_view words) const { return sink.text().find(words) != std::string::npos; }
};

}  // namespace edge
