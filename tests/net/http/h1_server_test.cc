#include "net/http/h1_server.h"

#include <doctest/doctest.h>

#include "tests/net/http/h1_cases.h"
#include "tests/net/http/h1_server_lab.h"

namespace net::http {
namespace {

using namespace h1_lab;

TEST_CASE("good requests are answered, and the connection kept where it may be") {
  for (const cases::Good& c : cases::good_requests()) {
    CAPTURE(c.why);
    for (const std::size_t chunk : {std::size_t{0}, std::size_t{1}}) {
      if (chunk == 1 && c.raw.size() > 1000) continue;
      CAPTURE(chunk);
      Lab lab;
      lab.pair.set_chunk(fakes::Side::Right, chunk);
      lab.send(c.raw);
      fakes::run_until(lab.loop, [&] { return lab.heard_text("ok\n"); });
      lab.run();
      REQUIRE(lab.exchanges.size() == 1);
      const Seen& seen = *lab.exchanges[0];
      CHECK(seen.body == c.body);
      CHECK(seen.ends == 1);
      CHECK(seen.job_died);
      CHECK(!seen.failed);
      CHECK(seen.scheme == "https");
      CHECK(lab.statuses() == std::vector<int>{200});
      CHECK(lab.ended() == !c.keep_alive);
      CHECK(lab.heard_text("Connection: close") == !c.keep_alive);
    }
  }
}

TEST_CASE("bad requests are refused, nothing is handled, and the connection closes") {
  for (const cases::Bad& c : cases::bad_requests()) {
    CAPTURE(c.why);
    Lab lab;
    lab.send(c.raw + cases::get_with(""));
    lab.run_to_end();
    CHECK(lab.statuses() == std::vector<int>{c.status});
    CHECK(lab.heard_text("Connection: close"));
    CHECK(lab.exchanges.empty());
  }
}

TEST_CASE("a bad chunked body is refused, and its job is told") {
  for (const cases::Bad& c : cases::bad_chunks()) {
    CAPTURE(c.why);
    Lab lab;
    lab.send(c.raw + cases::get_with(""));
    lab.run_to_end();
    CHECK(lab.statuses() == std::vector<int>{400});
    REQUIRE(lab.exchanges.size() == 1);
    CHECK(lab.exchanges[0]->failed);
    CHECK(lab.exchanges[0]->ends == 0);
  }
}

TEST_CASE("CONNECT, TRACE, other expectations and the wrong scheme are refused") {
  const cases::Bad table[] = {
      {"CONNECT", "CONNECT edge.example.com:1 HTTP/1.1\r\nHost: edge.example.com:1\r\n\r\n", 405},
      {"TRACE", cases::with_line("TRACE / HTTP/1.1"), 405},
      {"expectation", cases::get_with("Expect: tea\r\n"), 417},
      {"scheme", cases::with_line("GET http://edge.example.com/ HTTP/1.1"), 400},
  };
  for (const cases::Bad& c : table) {
    CAPTURE(c.why);
    Lab lab;
    lab.send(c.raw);
    lab.run_to_end();
    CHECK(lab.statuses() == std::vector<int>{c.status});
    CHECK(lab.exchanges.empty());
  }
}

TEST_CASE("requests sent ahead are answered one after the other") {
  Lab lab;
  std::vector<Exchange*> waiting;
  lab.script = [&](Exchange& exchange, RecordingJob&, Seen&) { waiting.push_back(&exchange); };
  lab.send(cases::with_line("GET /1 HTTP/1.1") + cases::chunked("2\r\nhi\r\n0\r\n\r\n") +
           cases::with_line("GET /3 HTTP/1.1"));
  for (std::size_t i = 0; i < 3; ++i) {
    lab.run();
    REQUIRE(waiting.size() == i + 1);
    CHECK(lab.server->active_exchanges() == 1);
    answer(*waiting[i], text_response(200 + static_cast<int>(i), "ok"));
  }
  lab.run();
  CHECK(lab.statuses() == std::vector<int>{200, 201, 202});
  CHECK(lab.exchanges[1]->body == "hi");
  CHECK(lab.server->active_exchanges() == 0);
}

TEST_CASE("requests sent ahead are answered when the handler answers at once") {
  Lab lab;
  lab.direct = [](Exchange& exchange) { answer(exchange, text_response(204, "")); };
  std::string raw;
  for (int i = 0; i < 50; ++i)
    raw += cases::chunked("2\r\nhi\r\n0\r\n\r\n");
  lab.send(raw);
  fakes::run_until(lab.loop, [&] { return lab.statuses().size() == 50; });
  CHECK(!lab.ended());
}

TEST_CASE("requests are not answered far ahead of a client that does not read") {
  constexpr std::size_t kCount = 5'000;
  Lab lab;
  const std::string body(4'000, 'x');
  std::size_t most = 0;
  lab.direct = [&](Exchange& exchange) {
    most = std::max(most, exchange.queued_bytes());
    answer(exchange, text_response(200, body));
  };
  lab.client->pause_reading();
  for (std::size_t i = 0; i < kCount; ++i)
    lab.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  fakes::run_turns(lab.loop, 2'000);
  CHECK(lab.exchanges.size() < kCount);
  CHECK(most <= Stream::kHighWater + body.size());
  lab.client->resume_reading();
  fakes::run_until(lab.loop, [&] { return lab.exchanges.size() == kCount; });
}

TEST_CASE("a body of unknown length is chunked for HTTP/1.1 and closed off for HTTP/1.0") {
  for (const bool http11 : {true, false}) {
    CAPTURE(http11);
    Lab lab;
    lab.direct = [](Exchange& exchange) {
      exchange.respond({});
      exchange.write("hello");
      exchange.write(" world");
      exchange.finish();
      exchange.finish();
    };
    lab.send(http11 ? cases::get_with("")
                    : "GET / HTTP/1.0\r\nHost: a.example\r\nConnection: keep-alive\r\n\r\n");
    lab.run();
    CHECK(lab.heard_text("Transfer-Encoding: chunked") == http11);
    CHECK(lab.heard.data.ends_with(http11 ? "\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"
                                          : "\r\n\r\nhello world"));
    CHECK(lab.ended() == !http11);
  }
}

TEST_CASE("HEAD, 204 and 304 have no body") {
  struct Case {
    std::string_view method;
    int status;
    bool says_length;
  };
  for (const Case& c : {Case{"HEAD", 200, true}, {"GET", 304, true}, {"GET", 204, false}}) {
    CAPTURE(c.status);
    Lab lab;
    lab.direct = [&](Exchange& exchange) { answer(exchange, text_response(c.status, "text")); };
    const std::string raw = cases::with_line(std::string(c.method) + " / HTTP/1.1");
    lab.send(raw + raw);
    lab.run();
    CHECK(lab.statuses() == std::vector<int>{c.status, c.status});
    CHECK(lab.heard_text("Content-Length: 5\r\n") == c.says_length);
    CHECK(lab.heard.data.ends_with("\r\n\r\n"));
  }
}

TEST_CASE("a client that waits is told to go on once the handler has the request") {
  Lab lab;
  lab.send(cases::post_with("Content-Length: 2\r\nExpect: 100-continue\r\n", ""));
  lab.run();
  CHECK(lab.heard.data == "HTTP/1.1 100 Continue\r\n\r\n");
  lab.send("hi");
  lab.run();
  CHECK(lab.statuses() == std::vector<int>{100, 200});
  CHECK(lab.exchanges[0]->body == "hi");
  CHECK(!lab.ended());
}

TEST_CASE("a client that waits and is refused keeps its body") {
  Lab lab;
  lab.direct = [](Exchange& exchange) { answer(exchange, text_response(403, "no")); };
  lab.send(cases::post_with("Content-Length: 2\r\nExpect: 100-continue\r\n", ""));
  lab.run_to_end();
  CHECK(lab.statuses() == std::vector<int>{403});
  CHECK(lab.heard_text("Connection: close"));
}

TEST_CASE("an early answer keeps the connection when little of the request is left") {
  Lab lab;
  lab.script = [](Exchange& exchange, RecordingJob&, Seen&) {
    answer(exchange, text_response(200, "early"));
  };
  lab.send(cases::post_with("Content-Length: 1000\r\n", std::string(10, 'x')));
  lab.run();
  CHECK(lab.statuses() == std::vector<int>{200});
  CHECK(!lab.exchanges[0]->job_died);
  lab.send(std::string(990, 'x') + cases::get_with(""));
  lab.run();
  CHECK(lab.statuses() == std::vector<int>{200, 200});
  CHECK(lab.exchanges[0]->ends == 1);
  CHECK(!lab.exchanges[0]->failed);
}

TEST_CASE("an early answer closes the connection when much is left") {
  for (const bool chunked : {false, true}) {
    CAPTURE(chunked);
    Lab lab;
    lab.script = [](Exchange& exchange, RecordingJob&, Seen&) {
      answer(exchange, text_response(413, "too much"));
    };
    if (chunked) {
      lab.send(cases::chunked("100000\r\n" + std::string(100'000, 'x')));
    } else {
      lab.send(cases::post_with("Content-Length: 1000000\r\n", std::string(10, 'x')));
    }
    lab.run_to_end();
    CHECK(lab.statuses() == std::vector<int>{413});
    CHECK(lab.exchanges[0]->failed);
    CHECK(lab.exchanges[0]->body.size() <= kMaxDrainBytes + 16);
  }
}

TEST_CASE("a paused exchange gets nothing and holds the client back") {
  Lab lab;
  lab.script = [](Exchange& exchange, RecordingJob& job, Seen&) {
    job.body = [&exchange](std::string_view) { exchange.pause(); };
    job.end = [&exchange] { answer(exchange, text_response(200, "ok")); };
  };
  lab.pair.set_chunk(fakes::Side::Right, 4096);
  lab.send(cases::post_with("Content-Length: 1000000\r\n", std::string(1'000'000, 'x')));
  lab.run();
  Seen& seen = *lab.exchanges.at(0);
  const std::size_t first = seen.body.size();
  CHECK(first > 0);
  CHECK(first <= 4096);
  fakes::run_until(lab.loop, [&] {
    if (seen.exchange != nullptr) seen.exchange->resume();
    return lab.heard_text("ok\n");
  });
  CHECK(seen.body.size() == 1'000'000);
}

TEST_CASE("a slow reader holds the source back and lets it go on") {
  Lab lab;
  lab.pair.hold(fakes::Side::Left, true);
  std::size_t sent = 0;
  constexpr std::size_t kAll = 3'000'000;
  lab.script = [&](Exchange& exchange, RecordingJob& job, Seen&) {
    const auto pump = [&sent, &exchange] {
      const std::string piece(10'000, 'x');
      while (sent < kAll && exchange.queued_bytes() <= Flow::kHighWater) {
        exchange.write(piece);
        sent += piece.size();
      }
      if (sent == kAll) exchange.finish();
    };
    ResponseHead head;
    head.content_length = kAll;
    exchange.respond(head);
    job.drained = pump;
    pump();
  };
  lab.send(cases::get_with("Connection: close\r\n"));
  lab.run();
  CHECK(sent < 500'000);
  lab.pair.hold(fakes::Side::Left, false);
  lab.run_to_end();
  CHECK(lab.exchanges[0]->drained > 0);
  CHECK(lab.heard.data.size() - lab.heard.data.find("\r\n\r\n") - 4 == kAll);
}

}  // namespace
}  // namespace net::http
