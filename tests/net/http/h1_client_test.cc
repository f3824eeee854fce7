// call_h1() of net/http/connection.h, against a scripted server at the other end of a stream pair.

#include <doctest/doctest.h>

#include <functional>
#include <string>

#include "net/http/connection.h"
#include "net/loop.h"
#include "tests/fakes/recording_handler.h"
#include "tests/fakes/run_loop.h"
#include "tests/fakes/stream_pair.h"
#include "tests/net/http/h1_cases.h"

namespace net::http {
namespace {

struct Listener final : CallListener {
  void on_response(ResponseHead response) override {
    CHECK(!head);
    CHECK(!failed);
    head = std::move(response);
    if (responding) responding();
  }
  void on_body(std::string_view data) override {
    CHECK(head);
    CHECK(!data.empty());
    body += data;
    if (reading) reading();
  }
  void on_end() override {
    ++ends;
    if (ending) ending();
  }
  void on_drained() override { ++drained; }
  void on_failed(const base::Error& why) override {
    CHECK(!failed);
    failed = why;
    if (failing) failing();
  }

  std::optional<ResponseHead> head;
  std::string body;
  int ends = 0;
  int drained = 0;
  std::optional<base::Error> failed;
  std::function<void()> responding, reading, ending, failing;
};

struct Lab {
  Lab() : pair(loop) {
    server = pair.open(fakes::Side::Right, heard);
    calls = call_h1(loop, pair.open(fakes::Side::Left, opening), [this](const base::Error& why) {
      closed = why;
      loop.retire(std::move(calls));
    });
    fakes::run_until(loop, [this] { return heard.opened > 0; });
  }
  std::unique_ptr<Call> start(Listener& listener, std::string_view method = "GET",
                              std::optional<std::uint64_t> length = 0) {
    RequestHead head;
    head.method = method;
    head.authority = "a.example";
    head.target = "/x";
    head.content_length = length;
    return calls->start(std::move(head), listener);
  }
  void reply(std::string_view data) {
    server->write(data);
    fakes::run_turns(loop, 20);
  }
  bool available() const { return calls && calls->available(); }

  Loop loop;
  fakes::StreamPair pair;
  fakes::RecordingHandler heard, opening;
  std::unique_ptr<Stream> server;
  std::unique_ptr<ClientConnection> calls;
  std::optional<base::Error> closed;
};

constexpr std::string_view kEmpty = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

TEST_CASE("good responses are read in any split, and the connection is used again") {
  for (const cases::Response& c : cases::good_responses()) {
    CAPTURE(c.why);
    for (const std::size_t chunk : {std::size_t{0}, std::size_t{1}}) {
      CAPTURE(chunk);
      Lab lab;
      lab.pair.set_chunk(fakes::Side::Left, chunk);
      Listener listener;
      const std::unique_ptr<Call> call = lab.start(listener);
      CHECK(!lab.available());
      call->finish();
      lab.reply(c.raw);
      fakes::run_until(lab.loop, [&] { return listener.ends > 0; });
      CHECK(listener.head->status == c.status);
      CHECK(listener.body == c.body);
      CHECK(!listener.failed);
      CHECK(lab.available() == (c.raw.find("HTTP/1.0") == std::string::npos));
      CHECK(lab.heard.data == "GET /x HTTP/1.1\r\nHost: a.example\r\n\r\n");
    }
  }
}

TEST_CASE("bad responses fail the call as malformed") {
  for (const cases::Response& c : cases::bad_responses()) {
    CAPTURE(c.why);
    Lab lab;
    Listener listener;
    const std::unique_ptr<Call> call = lab.start(listener);
    call->finish();
    lab.reply(c.raw);
    REQUIRE(listener.failed);
    CHECK(listener.failed->code == base::Errc::Malformed);
    CHECK(!listener.head);
    CHECK(lab.closed);
  }
}

TEST_CASE("bodies are sent with their length or in chunks") {
  for (const bool known : {true, false}) {
    CAPTURE(known);
    Lab lab;
    Listener listener;
    const auto length = known ? std::optional<std::uint64_t>(11) : std::nullopt;
    const std::unique_ptr<Call> call = lab.start(listener, "POST", length);
    call->write("hello");
    call->write(" world");
    call->finish();
    lab.reply(kEmpty);
    CHECK(lab.heard.data.ends_with(known
                                       ? "Content-Length: 11\r\n\r\nhello world"
                                       : "chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"));
    CHECK(listener.ends == 1);
    CHECK(lab.available());
  }
}

TEST_CASE("the next call may start inside the end of the last") {
  Lab lab;
  Listener first, second;
  std::unique_ptr<Call> next;
  first.ending = [&] {
    REQUIRE(lab.available());
    next = lab.start(second);
    next->finish();
  };
  const std::unique_ptr<Call> call = lab.start(first);
  call->finish();
  lab.reply(kEmpty);
  lab.reply("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
  CHECK(second.head->status == 404);
  call->write("the first is over: no effect");
  call->reset({base::Errc::Closed, ""});
  CHECK(lab.available());
}

TEST_CASE("a response to HEAD has no body whatever it says") {
  Lab lab;
  Listener listener;
  const std::unique_ptr<Call> call = lab.start(listener, "HEAD");
  call->finish();
  lab.reply("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
  CHECK(listener.ends == 1);
  CHECK(listener.head->content_length == 1000u);
  CHECK(lab.available());
}

TEST_CASE("a body without length ends with the connection") {
  Lab lab;
  Listener listener;
  const std::unique_ptr<Call> call = lab.start(listener);
  call->finish();
  lab.reply("HTTP/1.1 200 OK\r\n\r\nhello");
  CHECK(listener.ends == 0);
  lab.server->close();
  fakes::run_until(lab.loop, [&] { return lab.closed.has_value(); });
  CHECK(listener.ends == 1);
  CHECK(listener.body == "hello");
  CHECK(!listener.failed);
}

TEST_CASE("a connection that ends early fails the call, and says whether anything had come") {
  struct Case {
    std::string_view reply;
    base::Errc code;
    bool responded;
  };
  const Case table[] = {
      {"", base::Errc::Closed, false},
      {"H", base::Errc::Malformed, false},
      {"HTTP/1.1 100 Continue\r\n\r\n", base::Errc::Malformed, false},
      {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", base::Errc::Closed, true},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n", base::Errc::Closed,
       true},
  };
  for (const Case& c : table) {
    for (const bool reset : {false, true}) {
      CAPTURE(c.reply);
      CAPTURE(reset);
      Lab lab;
      Listener listener;
      const std::unique_ptr<Call> call = lab.start(listener);
      call->finish();
      lab.reply(c.reply);
      if (reset) {
        lab.pair.break_with({base::Errc::System, "reset"});
      } else {
        lab.server->close();
      }
      fakes::run_until(lab.loop, [&] { return lab.closed.has_value(); });
      REQUIRE(listener.failed);
      CHECK(listener.failed->code == c.code);
      CHECK(listener.head.has_value() == c.responded);
      CHECK(listener.ends == 0);
    }
  }
}

TEST_CASE("a server that says more than it was asked loses its connection") {
  SUBCASE("after a response, in one piece with it") {
    Lab lab;
    Listener listener;
    listener.ending = [&] { CHECK(!lab.available()); };
    const std::unique_ptr<Call> call = lab.start(listener);
    call->finish();
    lab.reply(std::string(kEmpty) + "HTTP/1.1 200 OK\r\n");
    CHECK(listener.ends == 1);
    CHECK(!lab.available());
  }
  SUBCASE("after a body") {
    Lab lab;
    Listener listener;
    const std::unique_ptr<Call> call = lab.start(listener);
    call->finish();
    lab.reply("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi!");
    CHECK(listener.body == "hi");
    CHECK(listener.ends == 1);
    CHECK(!lab.available());
  }
  SUBCASE("while idle") {
    Lab lab;
    lab.reply(kEmpty);
    CHECK(lab.closed);
  }
}

TEST_CASE("an idle connection that the server closes is gone") {
  Lab lab;
  lab.server->close();
  fakes::run_until(lab.loop, [&] { return lab.closed.has_value(); });
}

TEST_CASE("Connection: close and drain end the connection after the call") {
  for (const bool drain : {false, true}) {
    CAPTURE(drain);
    Lab lab;
    Listener listener;
    const std::unique_ptr<Call> call = lab.start(listener);
    call->finish();
    if (drain) lab.calls->drain();
    lab.reply(drain ? std::string(kEmpty)
                    : "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    CHECK(listener.ends == 1);
    CHECK(!lab.available());
    fakes::run_until(lab.loop, [&] { return lab.closed.has_value(); });
  }
}

TEST_CASE("a response may come before the request is complete") {
  SUBCASE("and the connection is kept once it is") {
    Lab lab;
    Listener listener;
    const std::unique_ptr<Call> call = lab.start(listener, "POST", 2);
    lab.reply(kEmpty);
    CHECK(listener.ends == 1);
    CHECK(!lab.available());
    call->write("hi");
    call->finish();
    CHECK(lab.available());
  }
  SUBCASE("and the connection ends without a word when the server will not wait") {
    Lab lab;
    Listener listener;
    const std::unique_ptr<Call> call = lab.start(listener, "POST", 2);
    lab.reply("HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    CHECK(listener.ends == 1);
    call->write("hi");
    call->finish();
    fakes::run_turns(lab.loop);
    CHECK(!listener.failed);
  }
}

TEST_CASE("interim responses are skipped, but not without end") {
  Lab lab;
  Listener listener;
  const std::unique_ptr<Call> call = lab.start(listener);
  call->finish();
  std::string interim;
  for (int i = 0; i < 16; ++i)
    interim += "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n";
  lab.reply(interim);
  CHECK(!listener.failed);
  lab.reply("HTTP/1.1 103 Early Hints\r\n\r\n");
  CHECK(listener.failed->code == base::Errc::Malformed);
}

TEST_CASE("a call that is destroyed takes its connection with it") {
  for (const std::string_view reply : {"", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel"}) {
    CAPTURE(reply);
    Lab lab;
    Listener listener;
    std::unique_ptr<Call> call = lab.start(listener);
    call->finish();
    lab.reply(reply);
    call.reset();
    fakes::run_until(lab.loop, [&] { return lab.closed.has_value(); });
    CHECK(!listener.failed);
    CHECK(listener.ends == 0);
  }
}

TEST_CASE("a call may be destroyed inside each of its callbacks") {
  for (int which = 0; which < 4; ++which) {
    CAPTURE(which);
    Lab lab;
    Listener listener;
    std::unique_ptr<Call> call = lab.start(listener);
    const auto drop = [&] { call.reset(); };
    if (which == 0) listener.responding = drop;
    if (which == 1) listener.reading = drop;
    if (which == 2) listener.ending = drop;
    if (which == 3) listener.failing = drop;
    call->finish();
    lab.reply(which == 3 ? "bad\r\n" : "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
    CHECK(!call);
    CHECK(listener.ends == (which == 2 ? 1 : 0));
    CHECK(lab.available() == (which == 2));
  }
}

TEST_CASE("a head that would split the request fails, and the connection is none the worse") {
  Lab lab;
  Listener listener;
  RequestHead head;
  head.method = "GET";
  head.authority = "a.example";
  head.target = "/x HTTP/1.1\r\nX: y";
  const std::unique_ptr<Call> call = lab.calls->start(std::move(head), listener);
  call->finish();
  CHECK(!listener.failed);
  fakes::run_turns(lab.loop);
  CHECK(listener.failed->code == base::Errc::Malformed);
  CHECK(lab.heard.data.empty());
  CHECK(lab.available());
}

TEST_CASE("a paused call gets no body until it goes on") {
  Lab lab;
  Listener listener;
  const std::unique_ptr<Call> call = lab.start(listener);
  listener.responding = [&] { call->pause(); };
  call->finish();
  lab.reply("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
  CHECK(listener.body.empty());
  call->resume();
  fakes::run_turns(lab.loop);
  CHECK(listener.body == "hi");
  CHECK(listener.ends == 1);
}

TEST_CASE("a slow server holds the source back and lets it go on") {
  Lab lab;
  lab.pair.hold(fakes::Side::Right, true);
  Listener listener;
  const std::unique_ptr<Call> call = lab.start(listener, "POST", std::nullopt);
  while (call->queued_bytes() <= Flow::kHighWater)
    call->write(std::string(10'000, 'x'));
  fakes::run_turns(lab.loop);
  CHECK(listener.drained == 0);
  lab.pair.hold(fakes::Side::Right, false);
  fakes::run_until(lab.loop, [&] { return listener.drained > 0; });
  CHECK(call->queued_bytes() < Flow::kLowWater);
}

TEST_CASE("a connection may die before its call") {
  Lab lab;
  Listener listener;
  const std::unique_ptr<Call> call = lab.start(listener, "POST", std::nullopt);
  lab.calls.reset();
  call->write("x");
  call->finish();
  CHECK(call->queued_bytes() == 0);
  fakes::run_turns(lab.loop);
  CHECK(!listener.failed);
}

}  // namespace
}  // namespace net::http
