#include "home/sip_server.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include "home/admin.h"
#include "net/loop.h"
#include "net/socket_stream.h"
#include "sip/headers.h"
#include "sip/response.h"
#include "tests/fakes/log_sink.h"
#include "tests/fakes/recording_handler.h"
#include "tests/fakes/run_loop.h"
#include "tests/home/scratch.h"

namespace home {
namespace {

using sip::FieldId;

// A phone, or a core, on a TCP connection of its own.
struct Caller {
  Caller(net::Loop& on, const base::Endpoint& remote) : loop(on) {
    net::DialOptions dial;
    dial.remote = remote;
    stream = net::dial_stream(loop, dial, handler);
    fakes::run_until(loop, [this] { return handler.opened == 1; });
  }

  void send(std::string_view text) { stream->write(text); }
  // The next message that arrived, text of it.
  sip::Message next() {
    std::size_t end = std::string::npos;
    fakes::run_until(loop, [&] {
      const std::size_t head = handler.data.find("\r\n\r\n", taken);
      if (head == std::string::npos) return false;
      const std::size_t field = handler.data.find("Content-Length: ", taken);
      end = head + 4 + static_cast<std::size_t>(std::stoi(handler.data.substr(field + 16)));
      return handler.data.size() >= end;
    });
    auto message = sip::parse_message(handler.data.substr(taken, end - taken));
    REQUIRE(message);
    taken = end;
    return *std::move(message);
  }
  bool has_more() const { return handler.data.size() > taken; }

  net::Loop& loop;
  fakes::RecordingHandler handler;
  std::unique_ptr<net::Stream> stream;
  std::size_t taken = 0;
};

std::string register_text(const std::string& contact, int cseq, const std::string& further = {}) {
  return "REGISTER sip:lab.example SIP/2.0\r\n"
         "Via: SIP/2.0/TCP 10.9.9.9;branch=z9hG4bK" +
         std::to_string(cseq) +
         ";rport\r\nFrom: <sip:5002@lab.example>;tag=1\r\nTo: <sip:5002@lab.example>\r\n"
         "Call-ID: c1\r\nCSeq: " +
         std::to_string(cseq) + " REGISTER\r\nMax-Forwards: 15\r\n" + further +
         "Contact: " + contact + "\r\nContent-Length: 0\r\n\r\n";
}

struct Site {
  explicit Site(std::chrono::milliseconds probe = std::chrono::milliseconds(0)) {
    config.cluster.nodes = {"ucm-pub.lab.example"};
    config.database.file = lab.scratch.path("home.db");
    config.sip.listen = {*base::parse_endpoint("127.0.0.1:0")};
    config.sip.probe = probe;
    open();
  }
  void open() {
    auto opened = SipServer::open(loop, {config, log, traffic, lab.clock});
    REQUIRE(opened);
    server = *std::move(opened);
  }
  base::Endpoint address() const { return server->endpoints().front(); }
  std::vector<SipServer::Registered> registered() const {
    auto all = server->registered();
    REQUIRE(all);
    return *std::move(all);
  }

  Lab lab;
  net::Loop loop;
  fakes::MemorySink log_lines;
  fakes::MemorySink traffic_lines;
  base::Logger log{log_lines, "home", base::Level::Debug};
  base::TrafficLog traffic{traffic_lines, "home", 1, base::Level::Debug};
  Config config;
  std::unique_ptr<SipServer> server;
};

TEST_CASE("a phone registers, is asked for its options on the same connection, and leaves") {
  Site site(std::chrono::seconds(30));
  Caller phone(site.loop, site.address());
  phone.send(register_text("<sip:u@127.0.0.1:9;transport=tcp>", 1));
  const sip::Message accepted = phone.next();
  CHECK(accepted.status() == 200);
  CHECK(accepted.value(FieldId::Via).find("received=127.0.0.1;rport=") != std::string_view::npos);

  const sip::Message options = phone.next();  // nobody asked for it
  CHECK(options.method() == "OPTIONS");
  CHECK(options.uri() == "sip:u@127.0.0.1:9;transport=tcp");
  phone.send(sip::make_response(options, 200).to_string());
  fakes::run_until(site.loop, [&] { return site.registered().front().phone.options.has_value(); });
  CHECK(site.registered().front().phone.options->status == 200);
  CHECK(site.registered().front().remote.has_value());
  CHECK(site.traffic_lines.text().find("Code=200, Method=OPTIONS") != std::string::npos);

  CHECK(*site.server->send("5003", {"OPTIONS"}) == 0);
  CHECK(*site.server->send("5002", {"NOTIFY", "service-control", "x=1"}) == 1);
  const sip::Message notify = phone.next();
  CHECK(notify.method() == "NOTIFY");
  CHECK(notify.body() == "x=1");
  phone.send(sip::make_response(notify, 489).to_string());
  phone.send(register_text("<sip:u@127.0.0.1:9;transport=tcp>;expires=0", 2));
  CHECK(phone.next().status() == 200);
  CHECK(site.registered().empty());
  bool done = false;
  site.server->drain([&] { done = true; });
  fakes::run_until(site.loop, [&] { return done; });
}

TEST_CASE("430 ends a registration") {
  Site site;
  Caller core(site.loop, site.address());
  core.send(register_text("<sip:u@127.0.0.1:9>", 1));
  CHECK(core.next().status() == 200);
  REQUIRE(*site.server->send("5002", {"OPTIONS"}) == 1);
  core.send(sip::make_response(core.next(), 430).to_string());
  fakes::run_until(site.loop, [&] { return site.registered().empty(); });
  CHECK(site.log_lines.text().find("430 Flow Failed") != std::string::npos);
}

TEST_CASE("after a restart a phone is dialled where it said, along the Path when it gave one") {
  Site site;
  bool accepted = false;
  net::Socket socket;
  const auto listener = net::Listener::open(site.loop, *base::parse_endpoint("127.0.0.1:0"),
                                            [&](net::Socket taken, const base::Endpoint&) {
                                              socket = std::move(taken);
                                              accepted = true;
                                            });
  REQUIRE(listener);
  {
    Caller phone(site.loop, site.address());
    phone.send(register_text("<sip:u@192.0.2.1>", 1,
                             "Path: <sip:" + to_string((*listener)->local()) + ";lr>\r\n"));
    CHECK(phone.next().status() == 200);
  }
  site.server.reset();
  site.open();
  REQUIRE(*site.server->send("5002", {"OPTIONS"}) == 1);
  fakes::run_until(site.loop, [&] { return accepted; });
  fakes::RecordingHandler handler;
  const auto stream = net::accept_stream(site.loop, std::move(socket), nullptr, handler);
  fakes::run_until(site.loop, [&] { return handler.data.find("\r\n\r\n") != std::string::npos; });
  CHECK(handler.data.starts_with("OPTIONS sip:u@192.0.2.1 SIP/2.0\r\n"));
  CHECK(handler.data.find("Route: <sip:127.0.0.1") != std::string::npos);
}

TEST_CASE("a proxy that came back without listening is found by its address") {
  Site site;
  base::Endpoint nobody;
  {
    const auto closed = net::Listener::open(site.loop, *base::parse_endpoint("127.0.0.1:0"),
                                            [](net::Socket, const base::Endpoint&) {});
    REQUIRE(closed);
    nobody = (*closed)->local();  // nobody listens there any more
  }
  const std::string contact = "<sip:u@" + to_string(nobody) + ";transport=tcp>";
  {
    Caller core(site.loop, site.address());
    core.send(register_text(contact, 1, "Via: SIP/2.0/TLS 10.0.0.1;branch=z9hG4bKx\r\n"));
    CHECK(core.next().status() == 200);
  }
  fakes::run_until(site.loop, [&] { return site.server->connections() == 0; });
  Caller again(site.loop, site.address());
  fakes::run_until(site.loop, [&] { return site.server->connections() == 1; });
  fakes::run_turns(site.loop);
  REQUIRE(*site.server->send("5002", {"OPTIONS"}) == 1);
  CHECK(again.next().method() == "OPTIONS");
}

TEST_CASE("a proxy that gave a name is found by its address too") {
  Site site;
  {
    Caller core(site.loop, site.address());
    core.send(register_text("<sip:u@core.lab.example>", 1, "Path: <sip:core.lab.example;lr>\r\n"));
    CHECK(core.next().status() == 200);
  }
  fakes::run_until(site.loop, [&] { return site.server->connections() == 0; });
  CHECK(*site.server->send("5002", {"OPTIONS"}) == 0);
  CHECK(site.log_lines.text().find("next_hop=\"sip:core.lab.example;lr\"") != std::string::npos);
  Caller again(site.loop, site.address());
  fakes::run_until(site.loop, [&] { return site.server->connections() == 1; });
  fakes::run_turns(site.loop);
  REQUIRE(*site.server->send("5002", {"OPTIONS"}) == 1);
  CHECK(again.next().method() == "OPTIONS");
}

TEST_CASE("a phone that is nowhere is removed after three requests") {
  Site site;
  {
    Caller phone(site.loop, site.address());
    phone.send(register_text("<sip:u@127.0.0.1:1>", 1));
    CHECK(phone.next().status() == 200);
  }
  fakes::run_until(site.loop, [&] { return site.server->connections() == 0; });
  for (int i = 1; i <= 3; ++i) {
    REQUIRE(*site.server->send("5002", {"OPTIONS"}) == 1);
    fakes::run_until(site.loop, [&] {
      const auto all = site.registered();
      return all.empty() || all.front().phone.failures == i;
    });
  }
  CHECK(site.registered().empty());
  CHECK(site.log_lines.text().find("no answer 3 times") != std::string::npos);
}

TEST_CASE("bytes that are no SIP end the connection, bad requests are answered") {
  Site site;
  Caller phone(site.loop, site.address());
  phone.send(
      "REGISTER sip:lab.example SIP/7.0\r\nVia: SIP/2.0/TCP h;branch=z9hG4bK1\r\n"
      "From: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: 1\r\nCSeq: 1 REGISTER\r\n"
      "Content-Length: 0\r\n\r\n");
  CHECK(phone.next().status() == 505);
  phone.send("\x16\x03\x01 hello");
  fakes::run_until(site.loop, [&] { return phone.handler.ended + phone.handler.closed_count > 0; });
  CHECK_FALSE(phone.has_more());
}

TEST_CASE("the registrar's names are the nodes', their domains and the addresses") {
  Config config;
  config.cluster.nodes = {"ucm-pub.lab.example", "ucm-sub.lab.example", "alone", "top.example"};
  config.sip.listen = {*base::parse_endpoint("127.0.20.82:5060"),
                       *base::parse_endpoint("0.0.0.0:5060")};
  CHECK(registrar_domains(config) == std::vector<std::string>{"ucm-pub.lab.example", "ucm-pub",
                                                              "lab.example", "ucm-sub.lab.example",
                                                              "ucm-sub", "alone", "top.example",
                                                              "top", "127.0.20.82"});
  config.sip.domains = {"example.com"};
  const auto names = registrar_domains(config);
  CHECK(std::find(names.begin(), names.end(), "lab.example") == names.end());
  CHECK(std::find(names.begin(), names.end(), "example.com") != names.end());
}

}  // namespace
}  // namespace home
