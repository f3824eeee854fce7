#include <doctest/doctest.h>
#include <sys/socket.h>

#include <string>

#include "net/socket_stream.h"
#include "net/tcp.h"
#include "tests/net/loopback.h"

// How streams end: the second half of socket_stream_test.cc.
namespace net {
namespace {

using std::chrono::milliseconds;

TEST_CASE("after the peer's end the other direction goes on") {
  over_both([](Loopback& l) {
    l.open();
    l.client_stream->write("question");
    // close() sends the end and hears no more: to half-close, a client goes through the socket.
    l.until([&] { return l.server.data == "question"; });
    l.server.ending = [&] {
      CHECK(l.server.data == "question, and more");
      l.server_stream->write("too late to be heard");
      l.server_stream->close();
    };
    l.client_stream->write(", and more");
    l.client_stream->close();
    l.until_both_closed();
    CHECK(l.server.ended == 1);
    CHECK(l.client.data.empty());
    CHECK(l.server.closed->code == base::Errc::Closed);
    CHECK(l.client.closed->code == base::Errc::Closed);
  });
}

TEST_CASE("a half-closed caller still gets its answer") {
  Loopback l;
  Socket caller = std::move(*start_connect(l.listener->local(), std::nullopt));
  l.server.ending = [&] {
    l.server_stream->write("answer");
    l.server_stream->close();
  };
  l.until([&] { return l.server.opened == 1; });
  REQUIRE(::send(caller.fd(), "question", 8, 0) == 8);
  REQUIRE(::shutdown(caller.fd(), SHUT_WR) == 0);
  l.until([&] { return l.server.closed.has_value(); });
  char answer[16];
  CHECK(::recv(caller.fd(), answer, sizeof answer, 0) == 6);
  CHECK(::recv(caller.fd(), answer, sizeof answer, 0) == 0);
  CHECK(l.server.data == "question");
}

TEST_CASE("the end waits behind a pause, and behind bytes held back") {
  over_both([](Loopback& l) {
    l.open();
    l.server.take = [&](std::string_view) -> std::size_t {
      l.server_stream->pause_reading();
      return 1;
    };
    l.client_stream->write("abc");
    l.client_stream->close();
    l.until([&] { return l.server.offers == 1; });
    fakes::run_turns(l.loop);
    CHECK(l.server.ended == 0);
    l.server.take = [](std::string_view) -> std::size_t { return 1; };
    l.server_stream->resume_reading();
    // "c" is refused: a message cut off, and the end is told all the same.
    l.until([&] { return l.server.ended == 1; });
    CHECK(l.server.data == "ab");
  });
}

TEST_CASE("close() sends all that is queued first") {
  over_both([](Loopback& l) {
    l.open();
    const std::string much(8 * 1024 * 1024, 'x');
    l.client_stream->write(much);
    l.client_stream->close();
    l.client_stream->write("no effect");
    l.server.ending = [&] { l.server_stream->close(); };
    l.until_both_closed();
    CHECK(l.server.data.size() == much.size());
    CHECK(l.client.closed_count == 1);
  });
}

TEST_CASE("an answer sent before the question was read reaches a peer that is still sending") {
  over_both([](Loopback& l) {
    l.open();
    l.server_stream->pause_reading();
    l.client_stream->write(std::string(4 * 1024 * 1024, 'q'));
    fakes::run_turns(l.loop);
    l.server_stream->write("413 too large");
    l.server_stream->close();
    l.until([&] { return l.client.ended == 1; });
    CHECK(l.client.data == "413 too large");
    l.client_stream->close();
    l.until_both_closed();
  });
}

TEST_CASE("close() has as much patience as a slow reader needs") {
  over_both([](Loopback& l) {
    l.limits.drain = milliseconds(1000);
    l.open();
    const std::string sent(5 * 1024 * 1024, 'x');
    Timer next(l.loop, [&] { l.server_stream->resume_reading(); });
    l.server.take = [&](std::string_view bytes) {
      l.server_stream->pause_reading();
      next.start(milliseconds(20));
      return bytes.size();
    };
    const auto began = l.loop.now();
    l.client_stream->write(sent);
    l.client_stream->close();
    l.until([&] { return l.server.data.size() == sent.size(); });
    CHECK(l.loop.now() - began > l.limits.drain);  // else it was no slow reader
    l.until([&] { return l.server.ended == 1; });
    l.server_stream->close();
    l.until_both_closed();
  });
}

TEST_CASE("close() gives up on a peer that does not read") {
  over_both([](Loopback& l) {
    l.limits.drain = milliseconds(30);
    l.open();
    l.server_stream->pause_reading();
    l.client_stream->write(std::string(32 * 1024 * 1024, 'x'));
    l.client_stream->close();
    l.until([&] { return l.client.closed.has_value(); });
    CHECK(l.client.closed->code == base::Errc::Timeout);
    CHECK(l.client.closed->detail.find("bytes could not be sent within 30 ms") !=
          std::string::npos);
  });
}

TEST_CASE("close() gives up on a peer that never closes") {
  over_both([](Loopback& l) {
    l.limits.drain = milliseconds(30);
    l.open();
    l.client_stream->close();
    l.until([&] { return l.client.closed.has_value(); });
    CHECK(l.client.closed->code == base::Errc::Closed);
    CHECK(l.server.ended == 1);
  });
}

TEST_CASE("abort() drops what is queued and tells both sides, once") {
  over_both([](Loopback& l) {
    l.open();
    l.server_stream->pause_reading();
    l.client_stream->write(std::string(32 * 1024 * 1024, 'x'));
    fakes::run_turns(l.loop);
    l.client_stream->abort({base::Errc::TooLarge, "enough"});
    l.client_stream->abort({base::Errc::Closed, "again"});
    l.client_stream->close();
    CHECK_FALSE(l.client.closed.has_value());
    CHECK(l.client_stream->queued_bytes() == 0);
    l.server_stream->resume_reading();
    l.until_both_closed();
    CHECK(l.client.closed->detail == "enough");
    CHECK(l.client.closed_count == 1);
    CHECK(l.server.closed->code == base::Errc::Closed);
    CHECK(l.server.data.size() < 32 * 1024 * 1024);
  });
}

TEST_CASE("close() and abort() work from inside every callback") {
  enum class From { Open, Data, End, Drained };
  for (const From from : {From::Open, From::Data, From::End, From::Drained}) {
    for (const bool abort : {false, true}) {
      CAPTURE(static_cast<int>(from));
      CAPTURE(abort);
      over_both([&](Loopback& l) {
        const auto finish = [&] {
          l.server_stream->write("last words");
          if (abort) {
            l.server_stream->abort({base::Errc::Closed, "aborted"});
          } else {
            l.server_stream->close();
          }
          l.server_stream->pause_reading();
          l.server_stream->resume_reading();
        };
        const auto finish_on_data = [&](std::string_view) -> std::size_t {
          if (from == From::Data) finish();
          return from == From::Data ? 1 : 0;
        };
        if (from == From::Open) l.server.opening = finish;
        if (from == From::Data) l.server.take = finish_on_data;
        if (from == From::End) l.server.ending = finish;
        if (from == From::Drained) l.server.draining = finish;
        l.client.ending = [&] { l.client_stream->close(); };
        l.start();
        l.client_stream->write("some data");
        l.until([&] { return l.server.opened == 1; });
        if (from == From::Drained) l.server_stream->write(std::string(1'000'000, 'x'));
        if (from == From::End) {
          l.until([&] { return l.client.opened == 1; });
          l.client_stream->close();
        }
        l.until_both_closed();
        CHECK(l.server.closed_count == 1);
        CHECK(l.client.closed_count == 1);
        CHECK(l.server.offers <= 1);
      });
    }
  }
}

TEST_CASE("a stream that dies calls nobody, at any moment of its life") {
  for (int turns = 0; turns < 12; ++turns) {
    CAPTURE(turns);
    over_both([&](Loopback& l) {
      l.start();
      l.client_stream->write("x");
      for (int i = 0; i < turns; ++i)
        fakes::run_turns(l.loop, 1);
      const int opened = l.client.opened;
      l.client_stream.reset();
      fakes::run_turns(l.loop);
      CHECK(l.client.opened == opened);
      CHECK_FALSE(l.client.closed.has_value());
    });
  }
}

TEST_CASE("2,000 rounds of open, talk and close, each stream retired in on_closed()") {
  over_both([](Loopback& l) {
    int finished = 0;
    l.client.ending = [&] { l.client_stream->close(); };
    l.server.closing = [&] { l.loop.retire(std::move(l.server_stream)); };
    l.client.closing = [&] {
      l.loop.retire(std::move(l.client_stream));
      ++finished;
    };
    l.server.take = [&](std::string_view bytes) {
      l.server_stream->write("pong");
      l.server_stream->close();
      return bytes.size();
    };
    const int rounds = l.dial.tls == nullptr ? 2000 : 300;  // a handshake costs a millisecond
    for (int round = 0; round < rounds; ++round) {
      l.client_stream = dial_stream(l.loop, l.dial, l.client);
      l.client_stream->write("ping");
      if (round % 3 == 2) {
        // Every third is cut off in the middle of things.
        fakes::run_turns(l.loop, round % 7);
        if (l.client_stream) l.client_stream->abort({base::Errc::Closed, "cut"});
      }
      l.until([&] { return finished == round + 1 && l.server_stream == nullptr; });
    }
  });
}

}  // namespace
}  // namespace net
