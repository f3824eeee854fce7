// What RFC 9113 wants done about each thing that a peer must not do, from either side, and what it
// wants borne with: frames that were under way when a stream ended.

#include <doctest/doctest.h>

#include <map>

#include "tests/net/http/h2_lab.h"

namespace h2_lab {
namespace {

constexpr std::uint32_t kProtocolError = 1, kFlowControlError = 3, kStreamClosed = 5,
                        kFrameSizeError = 6, kRefusedStream = 7, kCancel = 8, kCompressionError = 9;

std::string setting(int id, std::uint32_t value) {
  return std::string{'\0', static_cast<char>(id)} + u32(value);
}
std::string settings(std::string_view entries) {
  return frame(kSettings, 0, 0, entries);
}
std::string window(std::uint32_t stream, std::uint32_t by) {
  return frame(kWindow, 0, stream, u32(by));
}
std::string data(std::uint32_t stream, std::string_view body, bool end = false) {
  return frame(kData, end ? kEndStream : 0, stream, body);
}
std::string reset(std::uint32_t stream, std::uint32_t code) {
  return frame(kReset, 0, stream, u32(code));
}
std::string goaway(std::uint32_t last, std::uint32_t code) {
  return frame(kGoaway, 0, 0, u32(last) + u32(code));
}

// A client under attack: the left end is played by hand.
struct Hostile final : FrameLog {
  explicit Hostile(const H2Limits& h2 = {}) : ends(loop) {
    client = call_h2(loop, std::move(ends.right), h2, [this](const base::Error& why) {
      closed = why;
      loop.retire(std::move(client));
    });
  }
  void call(NotingCall& to, RequestHead head, bool done = true) {
    to.call = client->start(std::move(head), to);
    if (done) to.call->finish();
    fakes::run_turns(loop, 12);
  }
  void send(std::string_view bytes) {
    ends.left->write(bytes);
    fakes::run_turns(loop, 12);
  }
  std::vector<Frame> frames() const override {
    return read_frames(std::string_view(ends.left_notes.data).substr(kPreface.size()));
  }

  net::Loop loop;
  Ends ends;
  std::optional<base::Error> closed;
  std::unique_ptr<ClientConnection> client;
};

const List kOk{{":status", "200"}};

struct Rule {
  const char* name;
  std::string bytes;
  std::optional<std::uint32_t> goaway;  // the connection ends with this code
  std::optional<std::uint32_t> reset;   // stream 1 does
};

TEST_CASE("a server ends the connection or the stream, as the rule says") {
  const std::string open = headers(1, good("POST"), false);
  const std::string whole = headers(1, good());
  const std::string half = frame(kHeaders, 0, 1, block(good()).substr(0, 9));
  const std::string most = setting(4, 0x7fffffff);
  const Rule cases[] = {
      {"frame too large", std::string("\0\x40\x01\0\0\0\0\0\1", 9), kFrameSizeError, {}},
      {"PING too short", frame(kPing, 0, 0, "1234567"), kFrameSizeError, {}},
      {"PING on a stream", frame(kPing, 0, 1, "12345678"), kProtocolError, {}},
      {"SETTINGS cut", frame(kSettings, 0, 0, "12345"), kFrameSizeError, {}},
      {"ACK with content", frame(kSettings, kAck, 0, setting(4, 1)), kFrameSizeError, {}},
      {"ACK of nothing", frame(kSettings, kAck, 0) + frame(kSettings, kAck, 0), kProtocolError, {}},
      {"push of 2", settings(setting(2, 2)), kProtocolError, {}},
      {"frames of 16383", settings(setting(5, 16383)), kProtocolError, {}},
      {"window of 2^31", settings(setting(4, 0x80000000)), kFlowControlError, {}},
      {"window grown over", open + window(1, 1) + settings(most), kFlowControlError, {}},
      {"connection window over", window(0, 0x7fffffff), kFlowControlError, {}},
      {"stream window over", open + window(1, 0x7fffffff), {}, kFlowControlError},
      {"stream window by 0", open + window(1, 0), {}, kProtocolError},
      {"window of an idle stream", window(3, 1), kProtocolError, {}},
      {"RST_STREAM of an idle stream", reset(3, kCancel), kProtocolError, {}},
      {"RST_STREAM too long", frame(kReset, 0, 1, "12345"), kFrameSizeError, {}},
      {"DATA on an even stream", open + data(2, "x"), kProtocolError, {}},
      {"PRIORITY too short", frame(kPriority, 0, 1, "1234"), kFrameSizeError, {}},
      {"CONTINUATION alone", frame(kContinuation, kEndHeaders, 1, "x"), kProtocolError, {}},
      {"CONTINUATION after the end",
       whole + frame(kContinuation, kEndHeaders, 1, "x"),
       kProtocolError,
       {}},
      {"DATA inside a block", half + data(1, "x"), kProtocolError, {}},
      {"unknown frame inside a block", half + frame(0x42, 0, 1), kProtocolError, {}},
      {"CONTINUATION of another", half + frame(kContinuation, kEndHeaders, 3), kProtocolError, {}},
      {"padding over DATA", open + frame(kData, kPadded, 1, "\4abc"), kProtocolError, {}},
      {"padding over HEADERS", frame(kHeaders, kPadded | 5, 1, "\4abc"), kProtocolError, {}},
      {"a block that is none",
       frame(kHeaders, 5, 1, "\xff\xff\xff\xff\xff\xff"),
       kCompressionError,
       {}},
      {"DATA after the end", open + data(1, "a", true) + data(1, "b"), {}, kStreamClosed},
      {"HEADERS after the end",
       open + data(1, "a", true) + headers(1, {{"a", "b"}}),
       {},
       kStreamClosed},
  };
  for (const std::size_t chunk : {0u, 1u}) {
    for (const Rule& c : cases) {
      CAPTURE(std::string(c.name));
      CAPTURE(chunk);
      Attack attack;
      attack.hello();
      attack.ends.pair.set_chunk(fakes::Side::Left, chunk);
      attack.send(c.bytes);
      fakes::run_turns(attack.loop, 200);
      CHECK(attack.closed.has_value() == c.goaway.has_value());
      CHECK(attack.goaway_code() == c.goaway);
      CHECK(attack.reset_code(1) == c.reset);
      for (const auto& notes : attack.handler.notes)
        CHECK((notes->failed.has_value() || notes->ended > 0));
    }
  }
}

TEST_CASE("a server bears with what a client may do") {
  const std::string open = headers(1, good("POST"), false);
  const std::string priority = u32(1) + "\x10";
  const std::pair<const char*, std::string> cases[] = {
      {"priority of an idle stream", frame(kPriority, 0, 9, priority)},
      {"a stream that depends on itself", frame(kPriority, 0, 1, priority)},
      {"priority in HEADERS", frame(kHeaders, 0x25, 1, priority + block(good()))},
      {"unknown frames and settings", frame(0x42, 255, 77, "?") + settings(setting(0x42, 7))},
      {"padding", frame(kHeaders, kPadded | 4, 1,
                        std::string("\2", 1) + block(good("POST")) + std::string(2, '\0')) +
                      frame(kData, kPadded | kEndStream, 1, std::string("\1x\0", 3))},
      {"streams left out", headers(5, good())},
      {"window of a closed stream", open + reset(1, kCancel) + window(1, 0)},
      {"body after its reset", open + reset(1, kCancel) + data(1, "late", true)},
      {"trailers after the reset", open + reset(1, kCancel) + headers(1, {{"a", "b"}})},
      {"reset after the end", open + reset(1, kCancel) + reset(1, kCancel)},
      {"empty block parts", frame(kHeaders, kEndStream, 1) + frame(kContinuation, 0, 1) +
                                frame(kContinuation, kEndHeaders, 1, block(good()))},
      {"GOAWAY from the client", open + goaway(0, 0)},
  };
  for (const std::size_t chunk : {0u, 1u}) {
    for (const auto& [name, bytes] : cases) {
      CAPTURE(std::string(name));
      Attack attack;
      attack.handler.act = [&](Exchange& e) { attack.handler.keep(e); };
      attack.hello();
      attack.ends.pair.set_chunk(fakes::Side::Left, chunk);
      attack.send(bytes);
      attack.send(headers(11, good("GET", "/after")));
      fakes::run_turns(attack.loop, 300);
      CHECK_FALSE(attack.closed);
      CHECK_FALSE(attack.goaway_code());
      CHECK_FALSE(attack.reset_code(1));
      REQUIRE_FALSE(attack.handler.heads.empty());
      CHECK(attack.handler.heads.back().target == "/after");
    }
  }
}

TEST_CASE("fields of a stream that is gone still count for the table") {
  Attack attack;
  attack.hello();
  const std::string stored = std::string("\x40\x01x\x01y", 5);  // into the dynamic table
  attack.send(headers(1, good("POST"), false) + reset(1, kCancel));
  attack.send(frame(kHeaders, 5, 1, stored));
  attack.send(frame(kHeaders, 5, 3, block(good()) + "\xbe"));
  REQUIRE(attack.handler.heads.size() == 2);
  CHECK(attack.handler.heads[1].fields.get("x") == "y");
}

TEST_CASE("what comes for a stream that we reset is given back to the connection") {
  H2Limits h2;
  h2.connection_window_bytes = 65'535;
  h2.stream_window_bytes = 65'535;
  Attack attack(h2);
  attack.handler.act = [](Exchange& e) { e.reset({base::Errc::Closed, "test"}); };
  attack.hello();
  attack.send(headers(1, good("POST"), false));
  REQUIRE(attack.reset_code(1));
  for (int i = 0; i < 40; ++i)
    attack.send(frame(kData, kPadded, 1, '\x80' + std::string(10'000 - 1, 'x')));
  CHECK_FALSE(attack.closed);
  std::uint64_t returned = 0;
  for (const Frame& f : attack.frames())
    if (f.type == kWindow && f.stream == 0) returned += f.number();
  CHECK(returned > 400'000 - 65'535);
  CHECK_FALSE(attack.last(kWindow, 1));
}

TEST_CASE("more body than a window allows is a flow control error") {
  H2Limits h2;
  h2.stream_window_bytes = 70'000;
  h2.connection_window_bytes = 100'000;
  Attack attack(h2);
  attack.handler.act = [&](Exchange& e) {
    attack.handler.keep(e);
    e.pause();
  };
  attack.hello();
  attack.send(frame(kSettings, kAck, 0));
  attack.send(headers(1, good("POST"), false) + headers(3, good("POST"), false));
  for (int i = 0; i < 5; ++i)
    attack.send(data(1, std::string(14'000, 'x')));
  CHECK_FALSE(attack.reset_code(1));
  attack.send(data(1, "x"));
  CHECK(attack.reset_code(1) == kFlowControlError);
  CHECK(attack.handler.notes[0]->failed);
  CHECK_FALSE(attack.closed);
  for (int i = 0; i < 7; ++i)
    attack.send(data(3, std::string(10'000, 'x')));
  CHECK_FALSE(attack.reset_code(3));
  CHECK_FALSE(attack.closed);
  // Held bytes of the stream that was reset came back; these are too many all the same.
  std::string flood;
  for (int i = 0; i < 7; ++i)
    flood += data(5, std::string(10'000, 'x'));
  attack.send(headers(5, good("POST"), false) + flood);
  CHECK(attack.goaway_code() == kFlowControlError);
}

TEST_CASE("bodies of several streams leave by turns and within the windows") {
  Attack attack;
  attack.handler.act = [](Exchange& e) {
    e.respond({});
    e.write(std::string(200'000, 'w'));
    e.finish();
  };
  attack.hello();
  attack.send(settings(setting(4, 40'000)) + headers(1, good()) + headers(3, good()) +
              headers(5, good()));
  std::map<std::uint32_t, std::size_t> sent;
  std::uint32_t before = 0;
  for (const Frame& f : attack.frames()) {
    if (f.type != kData) continue;
    CHECK(f.payload.size() <= 16'384);
    CHECK(f.stream != before);
    before = f.stream;
    sent[f.stream] += f.payload.size();
  }
  CHECK(sent[1] + sent[3] + sent[5] == 65'535);
  CHECK(sent[1] > 16'384);
  CHECK(sent[5] >= 16'384);
  attack.send(window(0, 1'000'000));
  sent.clear();
  for (const Frame& f : attack.frames())
    if (f.type == kData) sent[f.stream] += f.payload.size();
  for (const std::uint32_t id : {1u, 3u, 5u})
    CHECK(sent[id] == 40'000);
  // A smaller window is owed what was sent beyond it.
  attack.send(settings(setting(4, 10'000)) + window(1, 30'000));
  CHECK_FALSE(attack.closed);
  std::size_t first = 0;
  for (const Frame& f : attack.frames())
    if (f.type == kData && f.stream == 1) first += f.payload.size();
  CHECK(first == 40'000);
  attack.send(window(1, 1) + window(3, 300'000));
  sent.clear();
  for (const Frame& f : attack.frames())
    if (f.type == kData) sent[f.stream] += f.payload.size();
  CHECK(sent[1] == 40'001);
  CHECK(sent[3] == 200'000);
}

TEST_CASE("after the final GOAWAY new requests are not taken, and their bodies dropped") {
  Attack attack;
  attack.hello();
  attack.send(headers(1, good("POST"), false));
  attack.server->drain();
  attack.send(frame(kPing, kAck, 0, std::string(8, '\0')));
  REQUIRE(attack.last(kGoaway));
  CHECK(attack.last(kGoaway)->number() == 1);
  attack.send(headers(3, good("POST"), false) + data(3, "late", true));
  CHECK(attack.handler.heads.size() == 1);
  CHECK_FALSE(attack.closed);
  attack.send(data(1, "rest", true));
  CHECK(attack.handler.notes[0]->ended == 1);
  answer(*attack.handler.kept[0], text_response(200, "ok"));
  fakes::run_until(attack.loop, [&] { return attack.closed.has_value(); });
}

TEST_CASE("a client ends the connection or the call, as the rule says") {
  const std::string ok = headers(1, kOk, false);
  const Rule cases[] = {
      {"no SETTINGS first", ok, kProtocolError, {}},
      {"ACK first", frame(kSettings, kAck, 0), kProtocolError, {}},
      {"push", settings("") + frame(kPush, 4, 1, u32(2)), kProtocolError, {}},
      {"push allowed", settings(setting(2, 1)), kProtocolError, {}},
      {"a stream of the server", settings("") + headers(2, kOk), kProtocolError, {}},
      {"a stream nobody opened", settings("") + headers(3, kOk), kProtocolError, {}},
      {"CONNECT taken back", settings(setting(8, 1)) + settings(setting(8, 0)), kProtocolError, {}},
      {"body first", settings("") + data(1, "x"), {}, kProtocolError},
      {"the end first", settings("") + data(1, "", true), {}, kProtocolError},
      {"no status", settings("") + headers(1, {{"a", "b"}}), {}, kProtocolError},
      {"status 101", settings("") + headers(1, {{":status", "101"}}, false), {}, kProtocolError},
      {"interim at the end", settings("") + headers(1, {{":status", "103"}}), {}, kProtocolError},
      {"two heads", settings("") + ok + headers(1, kOk), {}, kProtocolError},
      {"a long body",
       settings("") + headers(1, with(kOk, {{"content-length", "1"}}), false) + data(1, "xx"),
       {},
       kProtocolError},
      {"a short body",
       settings("") + headers(1, with(kOk, {{"content-length", "2"}}), false) + data(1, "x", true),
       {},
       kProtocolError},
      {"DATA after the end",
       settings("") + ok + data(1, "x", true) + data(1, "x"),
       {},
       kStreamClosed},
  };
  for (const std::size_t chunk : {0u, 1u}) {
    for (const Rule& c : cases) {
      CAPTURE(std::string(c.name));
      CAPTURE(chunk);
      Hostile hostile;
      hostile.ends.pair.set_chunk(fakes::Side::Right, chunk);
      NotingCall call;
      hostile.call(call, post("/"), false);
      hostile.send(c.bytes);
      fakes::run_turns(hostile.loop, 200);
      CHECK(hostile.closed.has_value() == c.goaway.has_value());
      CHECK(hostile.goaway_code() == c.goaway);
      CHECK(hostile.reset_code(1) == c.reset);
      CHECK(call.notes.ended + (call.notes.failed ? 1 : 0) == 1);
    }
  }
}

TEST_CASE("GOAWAY names the calls that were not processed") {
  Hostile hostile;
  NotingCall a, b;
  hostile.call(a, get("/a"));
  hostile.call(b, get("/b"));
  hostile.send(settings("") + goaway(0x7fffffff, 0));
  CHECK_FALSE(hostile.client->available());
  CHECK_FALSE(b.over());
  hostile.send(goaway(1, 0));
  REQUIRE(b.notes.failed);
  CHECK(b.notes.failed->detail == "stream refused, request not processed");
  CHECK_FALSE(a.over());
  hostile.send(headers(1, kOk));
  CHECK(a.notes.ended == 1);
  fakes::run_until(hostile.loop, [&] { return hostile.closed.has_value(); });
}

TEST_CASE("a refused call says so, another reset does not") {
  Hostile hostile;
  NotingCall a, b;
  hostile.call(a, get("/a"));
  hostile.call(b, get("/b"));
  hostile.send(settings("") + reset(1, kRefusedStream) + reset(3, kCancel));
  CHECK(a.notes.failed->detail == "stream refused, request not processed");
  CHECK(b.notes.failed->detail == "stream reset: CANCEL");
  CHECK_FALSE(hostile.closed);
}

TEST_CASE("interim responses are passed over, and an early end of a call is no failure") {
  Hostile hostile;
  NotingCall call;
  hostile.call(call, post("/"), false);
  hostile.send(settings("") + headers(1, {{":status", "100"}}, false) +
               headers(1, {{":status", "103"}, {"link", "x"}}, false) + headers(1, kOk, false) +
               data(1, "early", true) + reset(1, 0));
  CHECK(call.notes.response->status == 200);
  CHECK(call.notes.body == "early");
  CHECK(call.notes.ended == 1);
  CHECK_FALSE(call.notes.failed);
  CHECK(hostile.client->active_calls() == 0);
}

TEST_CASE("a client keeps to a window that shrinks under what it sent") {
  Hostile hostile;
  NotingCall call;
  call.call = hostile.client->start(post("/"), call);
  call.call->write(std::string(100'000, 'b'));
  call.call->finish();
  fakes::run_turns(hostile.loop, 20);
  const auto sent = [&] {
    std::size_t bytes = 0;
    for (const Frame& f : hostile.frames())
      if (f.type == kData) bytes += f.payload.size();
    return bytes;
  };
  CHECK(sent() == 65'535);
  hostile.send(settings(setting(4, 1000)) + window(0, 100'000));
  hostile.send(window(1, 64'535));
  CHECK(sent() == 65'535);
  hostile.send(window(1, 100'000));
  CHECK(sent() == 100'000);
  CHECK(hostile.last(kData)->flags == kEndStream);
}

}  // namespace
}  // namespace h2_lab
