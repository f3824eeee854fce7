#include "sip/transport/connection.h"

#include <doctest/doctest.h>

#include "tests/net/loopback.h"
#include "tests/sip/transport/wire.h"

namespace sip::transport {
namespace {

// A SIP connection that was accepted, and a plain stream that dialled it.
struct Lab {
  explicit Lab(std::shared_ptr<const net::TlsContext> server_tls = nullptr,
               std::shared_ptr<const net::TlsContext> client_tls = nullptr) {
    auto opened = net::Listener::open(
        loop, {base::IpAddress::v4({127, 0, 0, 1}), 0},
        [this, tls = std::move(server_tls)](net::Socket socket, const base::Endpoint&) {
          connection = std::make_unique<Connection>(loop, std::move(socket), tls, notes);
        });
    REQUIRE(opened);
    listener = std::move(*opened);
    dial.remote = listener->local();
    dial.tls = std::move(client_tls);
    dial.expected = {certs::dns_name("edge.lab.example")};
  }
  void open() {
    stream = net::dial_stream(loop, dial, client);
    until([this] { return notes.opened == 1 && client.opened == 1; });
  }
  void until(const std::function<bool()>& done) { fakes::run_until(loop, done); }

  net::Loop loop;
  net::DialOptions dial;
  Notes notes;
  fakes::RecordingHandler client;
  std::unique_ptr<net::Listener> listener;
  std::unique_ptr<Connection> connection;
  std::unique_ptr<net::Stream> stream;
};

TEST_CASE("messages arrive one by one, however the bytes are split") {
  for (const std::size_t step : {std::size_t{1}, std::size_t{7}, std::size_t{4096}}) {
    CAPTURE(step);
    Lab lab;
    lab.open();
    const std::string all = options_request("a", "body") + options_request("b");
    for (std::size_t at = 0; at < all.size(); at += step) {
      lab.stream->write(std::string_view(all).substr(at, step));
      fakes::run_turns(lab.loop, 1);
    }
    lab.until([&] { return lab.notes.messages.size() == 2; });
    CHECK(lab.notes.messages[0] == options_request("a", "body"));
    CHECK(lab.notes.call_ids[1] == "b");
    CHECK_FALSE(lab.notes.closed);
  }
}

TEST_CASE("pings and STUN are answered, a lone CRLF is not") {
  Lab lab;
  lab.open();
  lab.stream->write("\r\n" + options_request("a") + "\r\n");
  lab.until([&] { return lab.notes.messages.size() == 1; });
  fakes::run_turns(lab.loop);
  CHECK(lab.client.data.empty());
  lab.stream->write("\r\n");
  lab.until([&] { return lab.client.data == "\r\n"; });
  CHECK(lab.notes.keep_alives == 1);
  lab.stream->write(
      std::string("\0\1\0\0\x21\x12\xa4\x42"
                  "0123456789ab",
                  20));
  lab.until([&] { return lab.client.data.size() > 22; });
  CHECK(lab.client.data.substr(2, 2) == "\1\1");
}

TEST_CASE("keep-alives of somebody who does not read fill no memory") {
  Lab lab;
  lab.open();
  lab.stream->pause_reading();
  std::string many;
  for (int i = 0; i < 1000; ++i)
    many.append(
        "\0\1\0\0\x21\x12\xa4\x42"
        "0123456789ab",
        20);
  constexpr int kRounds = 500;  // their answers are many times what sockets hold
  for (int i = 0; i < kRounds; ++i) {
    const int before = lab.notes.keep_alives;
    lab.stream->write(many);
    lab.until([&] { return lab.notes.keep_alives >= before + 1000; });
  }
  CHECK(lab.connection->queued_bytes() < net::Stream::kHighWater + 64);
  CHECK_FALSE(lab.notes.closed);
}

TEST_CASE("our ping hears its pong") {
  Lab lab;
  lab.open();
  lab.connection->ping();
  lab.until([&] { return lab.client.data == "\r\n\r\n"; });
  lab.stream->write("\r\n");
  lab.until([&] { return lab.notes.keep_alives == 1; });
  CHECK(lab.client.data == "\r\n\r\n");
}

TEST_CASE("what is no SIP is reported, answered and ends the connection") {
  struct Case {
    std::string bytes;
    bool has_head;
  };
  const Case cases[] = {
      {"GET / HTTP/1.1\r\nHost: h\r\n\r\n", false},
      {"\x16\x03\x01\x02", false},
      {"OPTIONS sip:h SIP/2.0\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx", true},
      {"OPTIONS sip:h SIP/2.0\r\nContent-Length: -1\r\n\r\n", true},
      {"OPTIONS sip:h SIP/2.0\r\nno colon\r\nContent-Length: 0\r\n\r\n", true},
  };
  for (const Case& c : cases) {
    CAPTURE(c.bytes);
    Lab lab;
    lab.open();
    lab.stream->write(c.bytes);
    lab.until([&] { return lab.client.ended > 0 || lab.client.closed.has_value(); });
    REQUIRE(lab.notes.bad);
    CHECK(lab.client.data.starts_with("SIP/2.0 400"));
    if (c.has_head) CHECK(lab.notes.bad_head.starts_with("OPTIONS"));
    CHECK(lab.notes.messages.empty());
  }
}

TEST_CASE("a handler that closes hears no more messages") {
  Lab lab;
  lab.notes.close_at = 1;
  lab.open();
  lab.stream->write(options_request("a") + options_request("b"));
  lab.until([&] { return lab.client.ended > 0; });
  lab.stream->close();
  lab.until([&] { return lab.notes.closed.has_value(); });
  CHECK(lab.notes.messages.size() == 1);
}

TEST_CASE("what is sent before the connection is open waits for it") {
  Lab lab(net::server_context(net::server_options()), net::client_context(net::client_options()));
  Notes dialler;
  Connection connection(lab.loop, lab.dial, dialler);
  connection.send(options_request("early"));
  CHECK(connection.queued_bytes() > 0);
  lab.until([&] { return lab.notes.messages.size() == 1; });
  CHECK(lab.notes.call_ids[0] == "early");
  CHECK(dialler.opened == 1);
  CHECK(connection.info().tls_version == "TLSv1.3");
}

TEST_CASE("a connection that cannot be made says why") {
  Lab lab;
  lab.listener->close();
  Notes dialler;
  Connection connection(lab.loop, lab.dial, dialler);
  connection.send("lost");
  lab.until([&] { return dialler.closed.has_value(); });
  CHECK(dialler.closed->code == base::Errc::Refused);
  connection.send("nobody hears it");
  connection.close();
}

}  // namespace
}  // namespace sip::transport
