#include <doctest/doctest.h>

#include "net/http/h2_guard.h"
#include "net/timer.h"
#include "tests/net/http/h2_lab.h"

// serve_h2() against a peer that breaks the rules or overdoes what they allow.
namespace h2_lab {
namespace {

constexpr std::uint32_t kProtocolError = 1, kRefusedStream = 7, kCancel = 8, kCalm = 11;

TEST_CASE("the guard forgets after its period and knows work from noise") {
  const H2Guard::Time start{std::chrono::hours{1}};
  H2Guard guard(10);
  CHECK(guard.spend(start, 10));
  CHECK_FALSE(guard.spend(start));
  CHECK(guard.spend(start + H2Guard::kPeriod, 10));
  guard.earn(5);
  CHECK(guard.spend(start + H2Guard::kPeriod, 5));
  CHECK_FALSE(guard.spend(start + H2Guard::kPeriod));
  H2Guard open(0);
  CHECK(open.spend(start, 1'000'000));
}

TEST_CASE("frames without use are cut off with ENHANCE_YOUR_CALM") {
  struct Case {
    const char* name;
    std::string before;
    std::string again;  // sent over and over
  };
  const std::string open = headers(1, good("POST"), false);
  const Case cases[] = {
      {"ping", "", frame(kPing, 0, 0, "12345678")},
      {"ping answers", "", frame(kPing, kAck, 0, "12345678")},
      {"settings", "", frame(kSettings, 0, 0)},
      {"settings with a value", "", frame(kSettings, 0, 0, std::string("\0\4\0\0\1\0", 6))},
      {"priority", "", frame(kPriority, 0, 3, u32(1) + "\x10")},
      {"window update", "", frame(kWindow, 0, 0, u32(1))},
      {"window update of a stream", open, frame(kWindow, 0, 1, u32(1))},
      {"empty data", open, frame(kData, 0, 1)},
      {"padding only", open, frame(kData, kPadded, 1, std::string("\3\0\0\0", 4))},
      {"unknown frame", "", frame(0x42, 0, 0, "x")},
      {"reset of a closed stream", headers(1, good()) + frame(kReset, 0, 1, u32(8)),
       frame(kReset, 0, 1, u32(8))},
  };
  for (const Case& c : cases) {
    CAPTURE(std::string(c.name));
    H2Limits h2;
    h2.idle_frames = 200;
    Attack attack(h2);
    attack.hello();
    attack.send(c.before);
    CHECK_FALSE(attack.closed);
    std::string some, many;
    for (int i = 0; i < 40; ++i)
      some += c.again;
    attack.send(some);
    CHECK_FALSE(attack.closed);
    for (int i = 0; i < 300; ++i)
      many += c.again;
    attack.send(many);
    fakes::run_until(attack.loop, [&] { return attack.closed.has_value(); });
    CHECK(attack.closed->code != base::Errc::Timeout);
    REQUIRE(attack.goaway_code());
    CHECK(*attack.goaway_code() != 0);
    if (std::string_view(c.name).find("closed") == std::string_view::npos)
      CHECK(*attack.goaway_code() == kCalm);
  }
}

TEST_CASE("frames of a closed stream are dropped without an answer") {
  Attack attack;
  attack.hello();
  attack.send(headers(1, good("POST"), false) + frame(kReset, 0, 1, u32(kCancel)));
  const std::size_t before = attack.ends.right_notes.data.size();
  std::string late;
  for (int i = 0; i < 500; ++i)
    late += frame(kData, 0, 1, "x");
  attack.send(late);
  CHECK(attack.ends.right_notes.data.size() == before);
  CHECK_FALSE(attack.closed);
}

TEST_CASE("rapid reset is cut off after few requests") {
  H2Limits h2;
  h2.idle_frames = 200;
  Attack attack(h2);
  attack.hello();
  std::string flood;
  for (std::uint32_t i = 0; i < 1000; ++i) {
    flood += headers(2 * i + 1, good());
    flood += frame(kReset, 0, 2 * i + 1, u32(kCancel));
  }
  attack.send(flood);
  fakes::run_until(attack.loop, [&] { return attack.closed.has_value(); });
  CHECK(attack.goaway_code() == kCalm);
  CHECK(attack.handler.heads.size() <= 200 / H2Guard::kResetCost + 1);
  for (const auto& notes : attack.handler.notes)
    CHECK(notes->failed.has_value());
}

TEST_CASE("resets that the client provokes count like its own") {
  H2Limits h2;
  h2.idle_frames = 200;
  Attack attack(h2);
  attack.hello();
  std::string flood;
  for (std::uint32_t i = 0; i < 200; ++i)
    flood += headers(2 * i + 1, good()) + frame(kWindow, 0, 2 * i + 1, u32(0));
  attack.send(flood);
  fakes::run_until(attack.loop, [&] { return attack.closed.has_value(); });
  CHECK(attack.goaway_code() != 0u);
}

TEST_CASE("a head that HPACK blows up ends the connection, not the patience") {
  Attack attack;
  attack.hello();
  // One field into the dynamic table, then a byte each for a thousand times the same.
  const std::string value(3900, 'a');
  const std::string stored = std::string("\x40\x01x", 3) + "\x7f" + "\xbd\x1d" + value;
  attack.send(frame(kHeaders, kEndHeaders | kEndStream, 1, block(good()) + stored));
  CHECK_FALSE(attack.closed);
  attack.send(
      frame(kHeaders, kEndHeaders | kEndStream, 3, block(good()) + std::string(1000, '\xbe')));
  fakes::run_until(attack.loop, [&] { return attack.closed.has_value(); });
  REQUIRE(attack.goaway_code());
  CHECK(*attack.goaway_code() == kCalm);
}

TEST_CASE("work done excuses the frames around it") {
  H2Limits h2;
  h2.idle_frames = 50;
  Attack attack(h2);
  attack.handler.act = [](Exchange& e) { answer(e, text_response(200, "ok")); };
  attack.hello();
  for (std::uint32_t i = 0; i < 100; ++i)
    attack.send(headers(2 * i + 1, good()) + frame(kWindow, 0, 0, u32(3)) +
                frame(kPing, 0, 0, "12345678"));
  CHECK_FALSE(attack.closed);
  CHECK(attack.handler.heads.size() == 100);
}

TEST_CASE("an endless field block ends the connection") {
  Attack attack;
  attack.hello();
  std::string flood = frame(kHeaders, 0, 1, block(good()));
  for (int i = 0; i < 100; ++i)
    flood += frame(kContinuation, 0, 1, block({{"a", "b"}}));
  attack.send(flood);
  fakes::run_until(attack.loop, [&] { return attack.closed.has_value(); });
  CHECK(attack.goaway_code() == kCalm);
  CHECK(attack.handler.heads.empty());
}

TEST_CASE("streams beyond the limit are refused, the others served") {
  H2Limits h2;
  h2.streams = 3;
  Attack attack(h2);
  attack.hello();  // it has not acknowledged our SETTINGS and may not know better
  for (std::uint32_t id = 1; id <= 9; id += 2)
    attack.send(headers(id, good()));
  CHECK(attack.handler.heads.size() == 3);
  CHECK(attack.server->active_exchanges() == 3);
  CHECK(attack.reset_code(7) == kRefusedStream);
  CHECK(attack.reset_code(9) == kRefusedStream);
  CHECK_FALSE(attack.reset_code(5));
}

TEST_CASE("a client that knows the limit of streams and goes beyond it is cut off") {
  H2Limits h2;
  h2.streams = 3;
  Attack attack(h2);
  attack.hello();
  attack.send(frame(kSettings, kAck, 0));
  for (std::uint32_t id = 1; id <= 7; id += 2)
    attack.send(headers(id, good()));
  fakes::run_until(attack.loop, [&] { return attack.closed.has_value(); });
  CHECK(attack.handler.heads.size() == 3);
  CHECK(attack.goaway_code() == kProtocolError);
}

TEST_CASE("a broken head resets its stream, reaches nobody, and others go on") {
  struct Case {
    const char* name;
    List fields;
  };
  const Case cases[] = {
      {"CRLF in a value", with(good(), {{"a", "b\r\nc: d"}})},
      {"NUL in a value", with(good(), {{"a", std::string("b\0", 2)}})},
      {"upper case", with(good(), {{"Aa", "b"}})},
      {"space in a name", with(good(), {{"a a", "b"}})},
      {"space in the path", good("GET", "/a b")},
      {"request line in the method", good("GET / HTTP/1.1\r\nHost: a")},
      {"chunked", with(good("POST"), {{"transfer-encoding", "chunked"}})},
      {"connection", with(good(), {{"connection", "x"}})},
      {"no path", {{":method", "GET"}, {":scheme", "https"}, {":authority", "a.example"}}},
      {"Host differs", with(good(), {{"host", "b.example"}})},
      {"two lengths", with(good("POST"), {{"content-length", "1"}, {"content-length", "1"}})},
  };
  for (const Case& c : cases) {
    CAPTURE(std::string(c.name));
    Attack attack;
    attack.hello();
    attack.send(headers(1, c.fields));
    CHECK(attack.handler.heads.empty());
    CHECK(attack.reset_code(1) == kProtocolError);
    CHECK(attack.server->active_exchanges() == 0);
    attack.send(headers(3, good()));
    CHECK(attack.handler.heads.size() == 1);
  }
}

TEST_CASE("a body that differs from Content-Length is a stream error and never ends well") {
  struct Case {
    const char* name;
    std::string frames;
  };
  const List five = with(good("POST"), {{"content-length", "5"}});
  const Case cases[] = {
      {"short", headers(1, five, false) + frame(kData, kEndStream, 1, "four")},
      {"long", headers(1, five, false) + frame(kData, 0, 1, "more than five")},
      {"long at the end", headers(1, five, false) + frame(kData, kEndStream, 1, "sixsix")},
      {"short, trailers", headers(1, five, false) + headers(1, {{"x-sum", "1"}})},
      {"trailers with a pseudo-field",
       headers(1, five, false) + frame(kData, 0, 1, "fives") + headers(1, {{":path", "/"}})},
      {"trailers that do not end", headers(1, five, false) + headers(1, {{"x-sum", "1"}}, false)},
  };
  for (const Case& c : cases) {
    CAPTURE(std::string(c.name));
    Attack attack;
    attack.hello();
    attack.send(c.frames);
    REQUIRE(attack.handler.notes.size() == 1);
    CHECK(attack.handler.notes[0]->ended == 0);
    CHECK(attack.handler.notes[0]->failed.has_value());
    CHECK(attack.reset_code(1) == kProtocolError);
    CHECK(attack.server->active_exchanges() == 0);
  }
}

TEST_CASE("trailers are dropped and the body before them is whole") {
  Attack attack;
  attack.hello();
  attack.send(headers(1, good("POST"), false) + frame(kData, 0, 1, "body") +
              headers(1, {{"x-sum", "1"}}));
  REQUIRE(attack.handler.notes.size() == 1);
  CHECK(attack.handler.notes[0]->body == "body");
  CHECK(attack.handler.notes[0]->ended == 1);
}

TEST_CASE("heads over a limit and methods we do not take are answered, not handled") {
  List many = good();
  for (std::size_t i = 0; i <= kMaxFieldCount; ++i)
    many.emplace_back("x", "y");
  const List cases[] = {many,
                        good("GET", "/" + std::string(kMaxRequestLineBytes, 'p')),
                        with(good(), {{std::string(kMaxFieldNameBytes + 1, 'n'), "v"}}),
                        good("TRACE"),
                        {{":method", "CONNECT"}, {":authority", "a.example:443"}}};
  for (const List& fields : cases) {
    CAPTURE(fields.size());
    Attack attack;
    attack.hello();
    attack.send(headers(1, fields));
    CHECK(attack.handler.heads.empty());
    CHECK(attack.last(kHeaders, 1));
    CHECK_FALSE(attack.reset_code(1));
    CHECK(attack.server->active_exchanges() == 0);
    CHECK_FALSE(attack.closed);
  }
}

TEST_CASE("what is not HTTP/2 is closed") {
  const std::string cases[] = {
      "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
      std::string(kPreface) + headers(1, good()),                           // no SETTINGS first
      std::string(kPreface) + frame(kSettings, 0, 1),                       // SETTINGS on a stream
      std::string(kPreface) + frame(kSettings, 0, 0) + headers(2, good()),  // an even stream
      std::string(kPreface) + frame(kSettings, 0, 0) + frame(kData, 0, 5, "x"),
      std::string(kPreface) + frame(kSettings, 0, 0) + frame(kPush, 4, 1, u32(2)),
      std::string(kPreface) + frame(kSettings, 0, 0) + frame(kWindow, 0, 0, u32(0)),
      std::string(kPreface) + frame(kSettings, 0, 0) + frame(kHeaders, 5, 1, "\xff\xff\xff\xff"),
  };
  for (const std::string& bytes : cases) {
    CAPTURE(bytes.size());
    Attack attack;
    attack.send(bytes);
    fakes::run_until(attack.loop, [&] { return attack.closed.has_value(); });
    CHECK(attack.handler.heads.empty());
    CHECK(attack.goaway_code() != 0u);
  }
}

ServerLimits quick() {
  ServerLimits limits;
  limits.head = limits.body = limits.idle = std::chrono::milliseconds{20};
  return limits;
}

TEST_CASE("each wait for the client has its end") {
  SUBCASE("for the preface") {
    Attack attack({}, quick());
    fakes::run_until(attack.loop, [&] { return attack.closed.has_value(); });
    CHECK(attack.closed->code == base::Errc::Timeout);
  }
  SUBCASE("for a request") {
    Attack attack({}, quick());
    attack.hello();
    fakes::run_until(attack.loop, [&] { return attack.closed.has_value(); });
    CHECK(attack.closed->detail == "idle");
    CHECK(attack.goaway_code() == 0u);
  }
  SUBCASE("for the rest of a head") {
    Attack attack({}, quick());
    attack.hello();
    attack.send(frame(kHeaders, 0, 1, block(good())));
    fakes::run_until(attack.loop, [&] { return attack.closed.has_value(); });
    CHECK(attack.handler.heads.empty());
  }
  SUBCASE("for the rest of a body") {
    Attack attack({}, quick());
    attack.hello();
    attack.send(headers(1, good("POST"), false) + frame(kData, 0, 1, "x"));
    fakes::run_until(attack.loop, [&] { return attack.reset_code(1).has_value(); });
    CHECK(attack.reset_code(1) == kCancel);
    CHECK(attack.handler.notes[0]->failed->code == base::Errc::Timeout);
  }
  SUBCASE("for a window") {
    Attack attack({}, quick());
    attack.handler.act = [](Exchange& e) {
      e.respond({});
      e.write(std::string(100'000, 'w'));
      e.finish();
    };
    attack.hello();
    attack.send(headers(1, good()));
    fakes::run_until(attack.loop, [&] { return attack.reset_code(1).has_value(); });
    CHECK(attack.reset_code(1) == kCancel);
  }
  SUBCASE("but not for our own handler") {
    Attack attack({}, quick());
    attack.hello();
    attack.send(headers(1, good()));
    bool later = false;
    net::Timer timer(attack.loop, [&] { later = true; });
    timer.start(std::chrono::milliseconds{80});
    fakes::run_until(attack.loop, [&] { return later; });
    CHECK_FALSE(attack.handler.notes[0]->failed);
    CHECK(attack.server->active_exchanges() == 1);
  }
  SUBCASE("for a transport that takes nothing") {
    Attack attack({}, quick());
    attack.handler.act = [](Exchange& e) {
      e.respond({});
      e.write(std::string(4u << 20, 'w'));
      e.finish();
    };
    attack.hello();
    attack.ends.right->pause_reading();
    attack.ends.pair.hold(fakes::Side::Right, true);
    attack.send(frame(kSettings, 0, 0, std::string("\0\4\x7f\xff\xff\xff", 6)) +
                frame(kWindow, 0, 0, u32(1u << 30)) + headers(1, good()));
    fakes::run_until(attack.loop, [&] { return attack.closed.has_value(); });
    CHECK(attack.closed->code == base::Errc::Timeout);
  }
}

TEST_CASE("a client that never reads cannot make us hold more and more") {
  H2Limits h2;
  h2.idle_frames = 0;  // as on the trusted link: only back-pressure is left
  Attack attack(h2);
  attack.handler.act = [](Exchange& e) {
    e.respond({});
    e.write(std::string(1u << 20, 'w'));
    e.finish();
  };
  attack.hello();
  attack.ends.pair.hold(fakes::Side::Right, true);
  attack.send(frame(kSettings, 0, 0, std::string("\0\4\x7f\xff\xff\xff", 6)) +
              frame(kWindow, 0, 0, u32(1u << 30)) + headers(1, good()));
  std::string resets;  // streams that we refuse: each wants a RST_STREAM from us
  for (std::uint32_t id = 3; id < 20'003; id += 2)
    resets += headers(id, with(good(), {{"connection", "x"}}));
  attack.send(resets);
  fakes::run_turns(attack.loop, 100);
  CHECK_FALSE(attack.closed);
  CHECK(attack.ends.right->queued_bytes() > 0);  // we stopped reading
}

TEST_CASE("answers wait for a transport that is full, even without a stream") {
  Attack attack;
  attack.handler.act = [](Exchange& e) {
    e.respond({});
    e.write(std::string(1u << 20, 'w'));
    e.finish();
  };
  attack.hello();
  attack.ends.pair.hold(fakes::Side::Right, true);
  attack.send(frame(kSettings, 0, 0, std::string("\0\4\x7f\xff\xff\xff", 6)) +
              frame(kWindow, 0, 0, u32(1u << 30)) + headers(1, good()));
  attack.send(frame(kReset, 0, 1, u32(kCancel)) + frame(kPing, 0, 0, "12345678"));
  CHECK(attack.server->active_exchanges() == 0);
  CHECK_FALSE(attack.last(kPing));
  attack.ends.pair.hold(fakes::Side::Right, false);
  fakes::run_turns(attack.loop, 100);
  REQUIRE(attack.last(kPing));
  CHECK(attack.last(kPing)->payload == "12345678");
}

}  // namespace
}  // namespace h2_lab
