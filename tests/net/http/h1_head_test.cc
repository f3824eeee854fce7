#include "net/http/h1_head.h"

#include <doctest/doctest.h>

#include <chrono>
#include <optional>

#include "tests/net/http/h1_cases.h"

namespace net::http {
namespace {

// Feeds `raw` in pieces of `step` bytes as a stream does: what was not taken is offered again.
template <typename Parser>
base::Result<std::size_t> feed_in_steps(Parser& parser, std::string_view raw, std::size_t step) {
  std::size_t taken = 0;
  for (std::size_t end = 0; end < raw.size() && !parser.done();) {
    end = std::min(end + step, raw.size());
    const base::Result<std::size_t> result = parser.feed(raw.substr(taken, end - taken));
    if (!result) return result.error();
    taken += *result;
  }
  return taken;
}

H1Request parsed(std::string_view raw) {
  H1RequestParser parser;
  const base::Result<std::size_t> taken = parser.feed(raw);
  REQUIRE(taken);
  REQUIRE(parser.done());
  return std::move(parser.request());
}

TEST_CASE("good requests are read the same in any split") {
  for (const cases::Good& c : cases::good_requests()) {
    CAPTURE(c.why);
    for (const std::size_t step : {c.raw.size(), std::size_t{1}, std::size_t{7}}) {
      CAPTURE(step);
      H1RequestParser parser;
      const base::Result<std::size_t> taken = feed_in_steps(parser, c.raw, step);
      REQUIRE(taken);
      REQUIRE(parser.done());
      CHECK(c.raw.substr(0, *taken).ends_with("\r\n\r\n"));
      const H1Request request = std::move(parser.request());
      CHECK(request.head.method == c.method);
      if (!c.target.empty()) CHECK(request.head.target == c.target);
      CHECK(same_name(request.head.authority, c.authority));
      CHECK(request.keep_alive == c.keep_alive);
      const bool is_empty = request.head.content_length == 0u;
      CHECK(is_empty == (c.raw.find("chunked") == std::string::npos && c.body.empty()));
      for (const Field field : request.head.fields) {
        CHECK(is_token(field.name));
        CHECK(is_field_value(field.value));
        CHECK(!is_hop_by_hop(field.name));
      }
    }
  }
}

TEST_CASE("bad requests are refused with the same status in any split") {
  for (const cases::Bad& c : cases::bad_requests()) {
    CAPTURE(c.why);
    for (const std::size_t step : {c.raw.size(), std::size_t{1}, std::size_t{7}}) {
      CAPTURE(step);
      H1RequestParser parser;
      const base::Result<std::size_t> taken = feed_in_steps(parser, c.raw, step);
      REQUIRE(!taken);
      CHECK(parser.status_for(taken.error()) == c.status);
    }
  }
}

TEST_CASE("a head that is cut anywhere needs more") {
  const std::string raw = cases::get_with("X: y\r\nConnection: close\r\n");
  for (std::size_t size = 0; size < raw.size(); ++size) {
    CAPTURE(size);
    H1RequestParser parser;
    CHECK(parser.feed(std::string_view(raw).substr(0, size)));
    CHECK(!parser.done());
  }
}

TEST_CASE("limits hold at the byte") {
  const std::string start = "GET / HTTP/1.1\r\nHost: a.example\r\nX: ";
  const std::size_t room = kMaxHeadBytes - start.size() - 4;
  for (const std::size_t extra : {std::size_t{0}, std::size_t{1}}) {
    CAPTURE(extra);
    H1RequestParser parser;
    CHECK(bool(parser.feed(start + std::string(room + extra, 'v') + "\r\n\r\n")) == (extra == 0));
  }
  H1RequestParser parser;
  CHECK(parser.feed(cases::get_with(cases::many_fields(99))));
  CHECK(parser.done());
}

TEST_CASE("what follows a head is left alone") {
  const std::string raw = cases::get_with("");
  H1RequestParser parser;
  const base::Result<std::size_t> taken = parser.feed(raw + "GET /next");
  REQUIRE(taken);
  CHECK(*taken == raw.size());
}

TEST_CASE("Connection removes what it names, but not what is meant for all") {
  const H1Request request = parsed(cases::get_with(
      "X-A: 1\r\nCookie: c\r\nAuthorization: a\r\nConnection: X-A, cookie\r\n"
      "Connection: Authorization, host, content-length\r\nx-a: 2\r\nKeep-Alive: 5\r\nTE: gzip\r\n"
      "Proxy-Connection: x\r\nUpgrade: h2c\r\nTrailer: y\r\nHTTP2-Settings: z\r\n"));
  CHECK(request.head.fields.size() == 2);
  CHECK(request.head.fields.get("cookie") == "c");
  CHECK(request.head.fields.get("authorization") == "a");
  CHECK(request.head.authority == "edge.example.com");
}

TEST_CASE("Connection names a bounded number of fields") {
  std::string options = "Connection: a";
  for (int i = 1; i <= 16; ++i)
    options += ",a";
  H1RequestParser parser;
  const base::Result<std::size_t> taken = parser.feed(cases::get_with(options + "\r\n"));
  REQUIRE(!taken);
  CHECK(parser.status_for(taken.error()) == 431);
}

TEST_CASE("expectations are members, and count only where a body follows") {
  const auto expects = [](std::string_view fields) { return parsed(cases::post_with(fields, "")); };
  CHECK(expects("Expect: 100-Continue\r\nContent-Length: 1\r\n").head.expect_continue);
  CHECK(!expects("Expect: 100-continue\r\n").head.expect_continue);
  CHECK(!expects("Expect: 100-continue\r\n").unknown_expectation);
  CHECK(expects("Expect: tea\r\n").unknown_expectation);
  CHECK(expects("Expect: 100-continue\r\nContent-Length: 1\r\n").head.fields.empty());
  const std::string old =
      "POST / HTTP/1.0\r\nHost: a.example\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n";
  CHECK(!parsed(old).head.expect_continue);
}

TEST_CASE("CONNECT is read for whoever refuses it") {
  const H1Request request =
      parsed("CONNECT edge.example.com:443 HTTP/1.1\r\nHost: edge.example.com:443\r\n\r\n");
  CHECK(request.head.method == "CONNECT");
  CHECK(request.head.authority == "edge.example.com:443");
}

TEST_CASE("a long head sent byte by byte is not read again for each byte") {
  // Rescanning would take some 500 million steps here, for which the clock needs no precision.
  const std::string raw = "GET / HTTP/1.1\r\nX: " + std::string(32'000, 'v');
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 20; ++i) {
    H1RequestParser parser;
    CHECK(feed_in_steps(parser, raw, 1));
  }
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(5));
}

TEST_CASE("responses are read the same in any split") {
  for (const cases::Response& c : cases::good_responses()) {
    if (c.raw.starts_with("HTTP/1.1 100")) continue;  // the client skips those
    CAPTURE(c.why);
    for (const std::size_t step : {c.raw.size(), std::size_t{1}}) {
      CAPTURE(step);
      H1ResponseParser parser;
      REQUIRE(feed_in_steps(parser, c.raw, step));
      REQUIRE(parser.done());
      CHECK(parser.response().head.status == c.status);
    }
  }
}

TEST_CASE("bad responses are refused") {
  for (const cases::Response& c : cases::bad_responses()) {
    if (c.why == "101") continue;  // well formed, but not for us
    CAPTURE(c.why);
    for (const std::size_t step : {c.raw.size(), std::size_t{1}}) {
      H1ResponseParser parser;
      CHECK(!feed_in_steps(parser, c.raw, step));
    }
  }
}

}  // namespace
}  // namespace net::http
