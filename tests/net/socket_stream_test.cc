#include "net/socket_stream.h"

#include <doctest/doctest.h>
#include <sys/socket.h>

#include <string>

#include "net/tcp.h"
#include "tests/net/loopback.h"

// What holds for plain TCP and TLS alike; tls_stream_test.cc has what is of TLS alone.
namespace net {
namespace {

using std::chrono::milliseconds;

TEST_CASE("bytes go both ways, and each end knows the other's address") {
  over_both([](Loopback& l) {
    l.open();
    CHECK(l.client_stream->info().remote == l.listener->local());
    CHECK(l.server_stream->info().remote == l.client_stream->info().local);
    CHECK(l.server_stream->info().local == l.listener->local());
    l.client_stream->write("hello ");
    l.client_stream->write("edge");
    l.until([&] { return l.server.data == "hello edge"; });
    l.server_stream->write("hello client");
    l.until([&] { return l.client.data == "hello client"; });
    CHECK(l.client_stream->queued_bytes() == 0);
  });
}

TEST_CASE("what is written before it is open leaves once it is") {
  over_both([](Loopback& l) {
    l.start();
    l.client_stream->write("early");
    CHECK(l.client_stream->queued_bytes() == 5);
    l.until([&] { return l.server.data == "early"; });
  });
}

TEST_CASE("what one turn writes arrives in one piece") {
  over_both([](Loopback& l) {
    l.open();
    l.loop.post([&] {
      for (int i = 0; i < 100; ++i)
        l.client_stream->write("0123456789");
    });
    l.until([&] { return l.server.data.size() == 1000; });
    CHECK(l.server.offers == 1);
  });
}

TEST_CASE("bytes not taken are offered again with what comes next") {
  over_both([](Loopback& l) {
    l.open();
    std::vector<std::string> offers;
    l.server.take = [&](std::string_view bytes) -> std::size_t {
      offers.emplace_back(bytes);
      return bytes.size() / 4 * 4;  // words of four
    };
    l.client_stream->write("123456");
    l.until([&] { return offers.size() == 1; });
    l.client_stream->write("78");
    l.until([&] { return offers.size() == 2; });
    CHECK(offers[1] == "5678");
    CHECK(l.server.data == "12345678");
  });
}

TEST_CASE("bytes not taken are offered again after resume_reading(), from the loop") {
  over_both([](Loopback& l) {
    l.open();
    bool ready = false;
    l.server.take = [&](std::string_view bytes) -> std::size_t {
      if (ready) return bytes.size();
      l.server_stream->pause_reading();
      return 1;
    };
    l.client_stream->write("abc");
    l.until([&] { return l.server.offers == 1; });
    l.client_stream->write("def");
    fakes::run_turns(l.loop);
    CHECK(l.server.data == "a");
    ready = true;
    l.server_stream->resume_reading();
    CHECK(l.server.data == "a");
    l.until([&] { return l.server.data == "abcdef"; });
  });
}

TEST_CASE("a handler that never takes anything holds the peer back") {
  over_both([](Loopback& l) {
    l.open();
    std::size_t most = 0;
    l.server.take = [&](std::string_view bytes) -> std::size_t {
      most = std::max(most, bytes.size());
      return 0;
    };
    const std::string piece(64 * 1024, 'x');
    for (int i = 0; i < 400; ++i)
      l.client_stream->write(piece);
    l.until([&] { return most >= 64 * 1024; });
    fakes::run_turns(l.loop, 100);
    CHECK(most < 128 * 1024);
    CHECK(l.client_stream->queued_bytes() > 10 * 1024 * 1024);
    l.server.take = nullptr;
    l.server_stream->resume_reading();  // not paused: no news, so nothing is offered again
    l.server_stream->pause_reading();
    l.server_stream->resume_reading();
    l.until([&] { return l.server.data.size() == 400 * piece.size(); });
  });
}

TEST_CASE("a stream is handed on with the bytes the first handler left") {
  over_both([](Loopback& l) {
    l.open();
    fakes::RecordingHandler second;
    l.server.take = [&](std::string_view) -> std::size_t {
      l.server_stream->set_handler(second);
      return 2;
    };
    l.client_stream->write("h2 rest");
    l.until([&] { return second.data == " rest"; });
    CHECK(l.server.data == "h2");
    CHECK(second.opened == 0);
    l.client_stream->close();
    l.until([&] { return second.ended == 1; });
    l.server_stream->close();
    l.until([&] { return second.closed.has_value(); });
    CHECK(l.server.ended == 0);
    CHECK_FALSE(l.server.closed.has_value());
  });
}

TEST_CASE("a source that heeds the marks moves 100 MB each way with bounded queues") {
  constexpr std::size_t kTotal = 100'000'000;
  over_both([](Loopback& l) {
    l.open();
    struct Source {
      Stream& stream;
      std::size_t left = kTotal;
      std::size_t most_queued = 0;
      void pump() {
        static const std::string piece(50'000, 'p');
        while (left > 0 && stream.queued_bytes() <= Stream::kHighWater) {
          const std::size_t size = std::min(left, piece.size());
          stream.write(std::string_view(piece).substr(0, size));
          left -= size;
        }
        most_queued = std::max(most_queued, stream.queued_bytes());
      }
    };
    Source up{*l.client_stream};
    Source down{*l.server_stream};
    std::size_t got_up = 0;
    std::size_t got_down = 0;
    // Counted, not kept.
    l.server.take = [&](std::string_view b) { return got_up += b.size(), b.size(); };
    l.client.take = [&](std::string_view b) { return got_down += b.size(), b.size(); };
    l.client.draining = [&] { up.pump(); };
    l.server.draining = [&] { down.pump(); };
    up.pump();
    down.pump();
    fakes::run_until(
        l.loop,
        [&] {
          l.server.data.clear();
          l.client.data.clear();
          return got_up == kTotal && got_down == kTotal;
        },
        std::chrono::seconds(60));
    CHECK(up.most_queued <= Stream::kHighWater + 50'000 + 4096);
    CHECK(down.most_queued <= Stream::kHighWater + 50'000 + 4096);
    CHECK(l.client.drained > 0);
  });
}

TEST_CASE("on_drained() comes once for each time the queue was high") {
  over_both([](Loopback& l) {
    l.open();
    l.client_stream->write(std::string(Stream::kHighWater, 'x'));  // not above
    l.until([&] { return l.server.data.size() == Stream::kHighWater; });
    fakes::run_turns(l.loop);
    CHECK(l.client.drained == 0);
    l.client_stream->write(std::string(Stream::kHighWater + 1, 'x'));
    l.until([&] { return l.server.data.size() == 2 * Stream::kHighWater + 1; });
    fakes::run_turns(l.loop);
    CHECK(l.client.drained == 1);
  });
}

TEST_CASE("a connection refused is told from the loop, with address and cause") {
  Loopback l;
  l.listener->close();
  l.start();
  CHECK_FALSE(l.client.closed.has_value());
  l.until([&] { return l.client.closed.has_value(); });
  CHECK(l.client.closed->code == base::Errc::Refused);
  CHECK(l.client.closed->detail ==
        "connect to " + to_string(l.dial.remote) + ": Connection refused");
  CHECK(l.client.opened == 0);
}

TEST_CASE("dialling from an address that is not ours fails from the loop") {
  Loopback l;
  l.dial.source = base::IpAddress::v4({192, 0, 2, 1});
  l.start();
  CHECK_FALSE(l.client.closed.has_value());
  l.until([&] { return l.client.closed.has_value(); });
  CHECK(l.client.closed->code == base::Errc::System);
  CHECK(l.client.closed->detail.starts_with("dial from 192.0.2.1:0: "));
}

TEST_CASE("dialling from an address of ours is seen by the peer") {
  Loopback l;
  l.dial.source = base::IpAddress::v4({127, 0, 0, 77});
  l.open();
  CHECK(l.server_stream->info().remote.address == *l.dial.source);
}

TEST_CASE("a connection that is never answered times out") {
  Loop loop;
  // A listener whose queue is full drops what comes: the way to silence on loopback.
  Socket deaf = std::move(*tcp_socket({}));
  sockaddr_storage storage{};
  const unsigned length = base::to_sockaddr({base::IpAddress::v4({127, 0, 0, 1}), 0}, storage);
  REQUIRE(::bind(deaf.fd(), reinterpret_cast<sockaddr*>(&storage), length) == 0);
  REQUIRE(::listen(deaf.fd(), 0) == 0);
  const base::Endpoint remote = local_endpoint(deaf);
  std::vector<Socket> fill;
  for (int i = 0; i < 4; ++i)
    fill.push_back(std::move(*start_connect(remote, std::nullopt)));
  fakes::RecordingHandler handler;
  DialOptions dial;
  dial.remote = remote;
  dial.limits.connect = milliseconds(30);
  const auto stream = dial_stream(loop, dial, handler);
  fakes::run_until(loop, [&] { return handler.closed.has_value(); });
  CHECK(handler.closed->code == base::Errc::Timeout);
  CHECK(handler.closed->detail == "connect to " + to_string(remote) + ": no answer within 30 ms");
}

}  // namespace
}  // namespace net
