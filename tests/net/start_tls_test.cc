#include <doctest/doctest.h>
#include <sys/socket.h>

#include <string>

#include "net/socket_stream.h"
#include "net/tcp.h"
#include "tests/net/loopback.h"

// Streams that begin in plain and go on in TLS.
namespace net {
namespace {

using std::chrono::milliseconds;

// Like Loopback, but both ends begin in plain.
struct Plain {
  explicit Plain(StreamLimits its_limits = {}) : limits(its_limits) {
    listener = std::move(*Listener::open(loop, {base::IpAddress::v4({127, 0, 0, 1}), 0},
                                         [this](Socket socket, const base::Endpoint&) {
                                           server_stream = accept_plain(loop, std::move(socket),
                                                                        server, limits);
                                         }));
  }
  DialOptions dial() const {
    DialOptions options;
    options.remote = listener->local();
    options.limits = limits;
    return options;
  }
  void open() {
    client_stream = dial_plain(loop, dial(), client);
    until([this] { return server.opened == 1 && client.opened == 1; });
  }
  void until(const std::function<bool()>& done) { fakes::run_until(loop, done); }
  static TlsStart of_server(std::vector<std::string> alpn = {}) {
    return {server_context(server_options(std::move(alpn))), {}, {}};
  }
  static TlsStart of_client(const std::string& name = "edge.lab.example") {
    return {client_context(client_options()), {certs::dns_name(name)}, name};
  }
  // The usual way: "go" is answered with "ok", then both turn to TLS.
  void upgrade(const std::string& name = "edge.lab.example") {
    server.take = [this](std::string_view bytes) -> std::size_t {
      if (bytes != "go") return bytes.size();
      server_stream->write("ok");
      server_stream->start_tls(of_server());
      return bytes.size();
    };
    client.take = [this, name](std::string_view bytes) {
      if (bytes == "ok") client_stream->start_tls(of_client(name));
      return bytes.size();
    };
    client_stream->write("go");
  }

  Loop loop;
  StreamLimits limits;
  fakes::RecordingHandler server;
  fakes::RecordingHandler client;
  std::unique_ptr<Listener> listener;
  std::unique_ptr<PlainStream> server_stream;
  std::unique_ptr<PlainStream> client_stream;
};

TEST_CASE("after some plain words both ends go on in TLS") {
  Plain p;
  p.open();
  CHECK(p.server_stream->info().tls_version.empty());
  p.upgrade();
  p.until([&] { return p.server.opened == 2 && p.client.opened == 2; });
  CHECK(p.server_stream->info().tls_version == "TLSv1.3");
  CHECK(p.client_stream->info().tls_version == "TLSv1.3");
  REQUIRE(p.client_stream->info().peer);
  CHECK(p.server.data == "go");
  CHECK(p.client.data == "ok");
  p.client_stream->write("secret");
  p.server_stream->write("answer");
  p.until([&] { return p.server.data == "gosecret" && p.client.data == "okanswer"; });
  p.client_stream->close();
  p.until([&] { return p.server.ended == 1; });
  p.server_stream->close();
  p.until([&] { return p.server.closed_count == 1 && p.client.closed_count == 1; });
}

TEST_CASE("what was not taken is the beginning of the handshake") {
  Plain p;
  p.server.take = [&](std::string_view bytes) -> std::size_t {
    if (p.server.opened == 2) return bytes.size();
    CHECK(bytes.front() == '\x16');
    p.server_stream->start_tls(Plain::of_server({"xmpp-client"}));
    return 0;
  };
  DialOptions dial = p.dial();
  dial.tls = client_context(client_options({"xmpp-client"}));
  dial.expected = {certs::dns_name("edge.lab.example")};
  const auto direct = dial_stream(p.loop, dial, p.client);
  p.until([&] { return p.server.opened == 2 && p.client.opened == 1; });
  CHECK(p.server_stream->info().alpn == "xmpp-client");
  direct->write("hello");
  p.until([&] { return p.server.data == "hello"; });
}

TEST_CASE("plain bytes behind the last plain word never come out as if they had been in TLS") {
  Plain p;
  p.open();
  p.server.take = [&](std::string_view bytes) -> std::size_t {
    if (!bytes.starts_with("go")) return bytes.size();
    p.server_stream->start_tls(Plain::of_server());
    return 2;
  };
  p.client_stream->write("go<auth>injected</auth>");
  p.until([&] { return p.server.closed_count == 1; });
  CHECK(p.server.data == "go");
  CHECK(p.server.opened == 1);
  CHECK(p.server.closed->detail.find("TLS handshake") != std::string::npos);
}

TEST_CASE("what was written before leaves in plain, however slow the peer reads") {
  Plain p;
  p.open();
  const std::string much(8 * 1024 * 1024, 'x');
  p.client_stream->pause_reading();
  p.server.take = [&](std::string_view bytes) {
    p.server_stream->write(much);
    p.server_stream->start_tls(Plain::of_server());
    return bytes.size();
  };
  p.client_stream->write("go");
  p.until([&] { return !p.server.data.empty(); });
  fakes::run_turns(p.loop);
  CHECK(p.server_stream->queued_bytes() > 0);
  p.client.take = [&](std::string_view bytes) {
    if (p.client.data.size() + bytes.size() == much.size()) {
      p.client_stream->start_tls(Plain::of_client());
    }
    return bytes.size();
  };
  p.client_stream->resume_reading();
  p.until([&] { return p.server.opened == 2 && p.client.opened == 2; });
  CHECK(p.client.data == much);
}

TEST_CASE("the name is judged as if TLS had been there from the beginning") {
  Plain p;
  p.open();
  p.upgrade("other.lab.example");
  p.until([&] { return p.client.closed_count == 1 && p.server.closed_count == 1; });
  CHECK(p.client.closed->code == base::Errc::Refused);
  CHECK(p.client.opened == 1);
  CHECK(p.server.opened == 1);
}

TEST_CASE("a peer that says nothing in time is given up") {
  StreamLimits limits;
  limits.handshake = milliseconds{30};
  Plain p(limits);
  p.open();
  p.server.take = [&](std::string_view bytes) {
    p.server_stream->write("ok");
    p.server_stream->start_tls(Plain::of_server());
    return bytes.size();
  };
  p.client_stream->write("go");
  p.until([&] { return p.server.closed_count == 1; });
  CHECK(p.server.closed->code == base::Errc::Timeout);
}

TEST_CASE("a stream that was told to turn to TLS may still be closed, aborted or destroyed") {
  for (const int how : {0, 1, 2}) {
    CAPTURE(how);
    Plain p;
    p.open();
    p.server.take = [&](std::string_view bytes) {
      p.server_stream->write("bye");
      p.server_stream->start_tls(Plain::of_server());
      if (how == 0) p.server_stream->close();
      if (how == 1) p.server_stream->abort({base::Errc::Closed, "enough"});
      return bytes.size();
    };
    p.client.ending = [&] { p.client_stream->close(); };
    p.client_stream->write("go");
    if (how == 2) {
      p.until([&] { return !p.server.data.empty(); });
      p.server_stream.reset();
    } else {
      p.until([&] { return p.server.closed_count == 1; });
    }
    p.until([&] { return p.client.ended == 1 || p.client.closed_count == 1; });
    if (how == 0) CHECK(p.client.data == "bye");
    CHECK(p.server.opened == 1);
  }
}

}  // namespace
}  // namespace net
