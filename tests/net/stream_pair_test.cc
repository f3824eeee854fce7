#include "tests/fakes/stream_pair.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "net/loop.h"
#include "tests/fakes/recording_handler.h"
#include "tests/fakes/run_loop.h"

// The fake is held to the contract of net/stream.h, on which all the layers above are tested.
namespace fakes {
namespace {

struct Fixture {
  Fixture() : pair(loop) {
    info.alpn = "h2";
    a = pair.open(Side::Left, left, info);
    b = pair.open(Side::Right, right);
  }
  void until(const std::function<bool()>& done) { run_until(loop, done); }

  net::Loop loop;
  StreamPair pair;
  net::StreamInfo info;
  RecordingHandler left;
  RecordingHandler right;
  std::unique_ptr<net::Stream> a;
  std::unique_ptr<net::Stream> b;
};

TEST_CASE("a pair opens from the loop and carries bytes both ways") {
  Fixture f;
  CHECK(f.left.opened == 0);
  f.a->write("early");
  f.until([&] { return f.left.opened == 1 && f.right.data == "early"; });
  CHECK(f.a->info().alpn == "h2");
  f.b->write("back");
  CHECK(f.left.data.empty());
  f.until([&] { return f.left.data == "back"; });
}

TEST_CASE("a pair delivers in pieces of the size asked for") {
  Fixture f;
  std::vector<std::string> offers;
  f.pair.set_chunk(Side::Right, 3);
  f.right.take = [&](std::string_view bytes) -> std::size_t {
    offers.emplace_back(bytes);
    return offers.size() == 1 ? 1 : bytes.size();
  };
  f.a->write("12345678");
  f.until([&] { return f.right.data.size() == 8; });
  CHECK(offers == std::vector<std::string>{"123", "23456", "78"});
}

TEST_CASE("a held pair keeps bytes and the end until it is let go") {
  Fixture f;
  f.pair.hold(Side::Right, true);
  f.a->write("x");
  f.a->close();
  run_turns(f.loop);
  CHECK(f.right.offers == 0);
  CHECK(f.a->queued_bytes() == 1);
  f.pair.hold(Side::Right, false);
  f.until([&] { return f.right.ended == 1 && f.left.closed_count == 1; });
  CHECK(f.right.data == "x");
  f.b->write("nobody hears it");
  f.b->close();
  f.until([&] { return f.right.closed_count == 1; });
}

TEST_CASE("a broken pair tells both ends why, once") {
  Fixture f;
  f.until([&] { return f.left.opened + f.right.opened == 2; });
  f.a->write("lost");
  f.pair.break_with({base::Errc::Timeout, "no answer"});
  f.until([&] { return f.left.closed && f.right.closed; });
  CHECK(f.right.closed->detail == "no answer");
  CHECK(f.right.data.empty());
  run_turns(f.loop);
  CHECK(f.left.closed_count == 1);
}

TEST_CASE("a pair keeps the marks: paused, high, drained") {
  Fixture f;
  f.until([&] { return f.right.opened == 1; });
  f.b->pause_reading();
  f.a->write(std::string(net::Stream::kHighWater + 1, 'x'));
  run_turns(f.loop);
  CHECK(f.right.offers == 0);
  CHECK(f.left.drained == 0);
  f.b->resume_reading();
  f.until([&] { return f.right.data.size() == net::Stream::kHighWater + 1; });
  f.until([&] { return f.left.drained == 1; });
}

TEST_CASE("a pair offers what was left to the next handler") {
  Fixture f;
  RecordingHandler second;
  f.right.take = [&](std::string_view) -> std::size_t {
    f.b->set_handler(second);
    return 1;
  };
  f.a->write("abc");
  f.until([&] { return second.data == "bc"; });
  CHECK(f.right.data == "a");
}

TEST_CASE("an end of a pair that is aborted or dies is an end for the other") {
  {
    Fixture f;
    f.until([&] { return f.right.opened == 1; });
    f.a->abort({base::Errc::TooLarge, "enough"});
    f.until([&] { return f.left.closed && f.right.closed; });
    CHECK(f.left.closed->detail == "enough");
    CHECK(f.right.closed->code == base::Errc::Closed);
  }
  {
    Fixture f;
    f.until([&] { return f.right.opened == 1; });
    f.a.reset();
    f.until([&] { return f.right.ended == 1; });
    CHECK(f.left.closed_count == 0);
  }
}

}  // namespace
}  // namespace fakes
