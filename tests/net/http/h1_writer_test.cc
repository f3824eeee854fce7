#include "net/http/h1_writer.h"

#include <doctest/doctest.h>

#include "net/http/h1_head.h"

namespace net::http {
namespace {

RequestHead get() {
  RequestHead head;
  head.method = "GET";
  head.scheme = "https";
  head.authority = "a.example:8443";
  head.target = "/x?y";
  return head;
}

TEST_CASE("a request head is written with Host first and its framing") {
  RequestHead head = get();
  head.fields.add("Cookie", "c");
  CHECK(*write_request_head(head) ==
        "GET /x?y HTTP/1.1\r\nHost: a.example:8443\r\nCookie: c\r\n\r\n");
  head.content_length = 5;
  CHECK(write_request_head(head)->find("\r\nContent-Length: 5\r\n") != std::string::npos);
  head.content_length = std::nullopt;
  CHECK(write_request_head(head)->find("\r\nTransfer-Encoding: chunked\r\n") != std::string::npos);
  head.content_length = 0;
  head.method = "POST";
  CHECK(write_request_head(head)->find("\r\nContent-Length: 0\r\n") != std::string::npos);
}

TEST_CASE("what would split a message is not written") {
  const std::string_view bad_values[] = {"a\r\nX: y", "a\rb", "a\nb", {"a\0b", 3}, " a", "a\x7f"};
  for (const std::string_view bad : bad_values) {
    CAPTURE(bad);
    RequestHead head = get();
    head.fields.add("X", bad);
    CHECK(!write_request_head(head));
    ResponseHead response;
    response.fields.add("X", bad);
    CHECK(!write_response_head(response, {.framing = H1Framing::None}));
    head = get();
    head.method = bad;
    CHECK(!write_request_head(head));
    head = get();
    head.target = "/" + std::string(bad);
    CHECK(bool(write_request_head(head)) == false);
    head = get();
    head.authority = bad;
    CHECK(!write_request_head(head));
    head = get();
    head.fields.add(bad, "v");
    CHECK(!write_request_head(head));
  }
  RequestHead head = get();
  head.fields.add("", "v");
  CHECK(!write_request_head(head));
}

TEST_CASE("framing in the fields is left out, for it has members") {
  RequestHead head = get();
  for (const char* name :
       {"Host", "Content-Length", "Transfer-Encoding", "Connection", "Upgrade", "Expect", "TE"}) {
    head.fields.add(name, "5");
  }
  CHECK(*write_request_head(head) == "GET /x?y HTTP/1.1\r\nHost: a.example:8443\r\n\r\n");
}

TEST_CASE("a response head says how long it is and what becomes of the connection") {
  const std::chrono::system_clock::time_point when{std::chrono::seconds(784111777)};
  ResponseHead head;
  head.status = 404;
  head.content_length = 3;
  head.fields.add("X", "y");
  CHECK(*write_response_head(head, {.date = when}) ==
        "HTTP/1.1 404 Not Found\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
        "Content-Length: 3\r\nX: y\r\n\r\n");
  head.fields.add("Date", "today");
  CHECK(*write_response_head(head, {.framing = H1Framing::Chunked, .keep_alive = false}) ==
        "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n"
        "X: y\r\nDate: today\r\n\r\n");
  CHECK(write_response_head(head, {.framing = H1Framing::None, .say_keep_alive = true})
            ->find("Connection: keep-alive\r\n") != std::string::npos);
}

TEST_CASE("what is written reads back") {
  RequestHead head = get();
  head.content_length = 7;
  head.fields.add("A", "");
  head.fields.add("B", "c d");
  H1RequestParser parser;
  REQUIRE(parser.feed(*write_request_head(head)));
  REQUIRE(parser.done());
  const H1Request read = std::move(parser.request());
  CHECK(read.head.target == head.target);
  CHECK(read.head.authority == head.authority);
  CHECK(read.head.content_length == head.content_length);
  CHECK(read.head.fields.get("B") == "c d");
}

}  // namespace
}  // namespace net::http
