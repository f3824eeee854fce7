#include "net/http/h1_body.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/net/http/h1_cases.h"

namespace net::http {
namespace {

// Reads `raw` in pieces of `step` bytes; `rest` is what was left over.
base::Result<std::string> read_all(H1BodyReader reader, std::string_view raw, std::size_t step,
                                   std::string_view* rest = nullptr) {
  std::string body;
  std::size_t taken = 0;
  for (std::size_t end = 0; !reader.done() && end < raw.size();) {
    end = std::min(end + step, raw.size());
    for (;;) {
      const base::Result<H1BodyReader::Piece> piece = reader.read(raw.substr(taken, end - taken));
      if (!piece) return piece.error();
      body += piece->body;
      taken += piece->taken;
      if (piece->taken == 0) break;
    }
  }
  if (rest != nullptr) *rest = raw.substr(taken);
  if (!reader.may_end()) return base::Error{base::Errc::Closed, "cut"};
  return body;
}

std::string_view body_of(const std::string& raw) {
  return std::string_view(raw).substr(raw.find("\r\n\r\n") + 4);
}

TEST_CASE("chunked bodies are read the same in any split") {
  for (const cases::Good& c : cases::good_requests()) {
    if (c.raw.find("chunked") == std::string::npos) continue;
    CAPTURE(c.why);
    for (const std::size_t step : {c.raw.size(), std::size_t{1}, std::size_t{3}}) {
      const base::Result<std::string> body =
          read_all(H1BodyReader::chunked(), body_of(c.raw), step);
      REQUIRE(body);
      CHECK(*body == c.body);
    }
    for (std::size_t size = 0; size < body_of(c.raw).size(); ++size) {
      const base::Result<std::string> body =
          read_all(H1BodyReader::chunked(), body_of(c.raw).substr(0, size), size + 1);
      REQUIRE(!body);
      CHECK(body.error().code == base::Errc::Closed);
    }
  }
}

TEST_CASE("bad chunks are refused in any split") {
  for (const cases::Bad& c : cases::bad_chunks()) {
    CAPTURE(c.why);
    std::vector<base::Errc> codes;
    for (const std::size_t step : {c.raw.size(), std::size_t{1}, std::size_t{3}}) {
      const base::Result<std::string> body =
          read_all(H1BodyReader::chunked(), body_of(c.raw), step);
      REQUIRE(!body);
      codes.push_back(body.error().code);
      CHECK(codes.back() != base::Errc::Closed);
      CHECK(codes.back() == codes.front());
    }
  }
}

TEST_CASE("extensions are limited over the whole body") {
  const std::string extension(1000, 'e');
  std::string raw;
  for (int i = 0; i < 4; ++i)
    raw += "1;" + extension + "\r\nx\r\n";
  CHECK(*read_all(H1BodyReader::chunked(), raw + "0\r\n\r\n", 100) == "xxxx");
  CHECK(!read_all(H1BodyReader::chunked(), raw + "1;" + extension + "\r\nx\r\n0\r\n\r\n", 100));
}

TEST_CASE("a known length ends at its last byte") {
  std::string_view rest;
  CHECK(*read_all(H1BodyReader::with_length(5), "hello world", 100, &rest) == "hello");
  CHECK(rest == " world");
  CHECK(H1BodyReader::with_length(0).done());
  CHECK(read_all(H1BodyReader::with_length(5), "hell", 1).error().code == base::Errc::Closed);
}

TEST_CASE("a body until the end takes everything") {
  CHECK(*read_all(H1BodyReader::until_close(), "hello", 2) == "hello");
  CHECK(!H1BodyReader::until_close().done());
}

TEST_CASE("what is written in chunks reads back") {
  for (const std::size_t size : {1u, 9u, 10u, 15u, 16u, 255u, 65536u}) {
    const std::string data(size, 'x');
    const std::string raw = chunk_head(size).append(data).append(kChunkEnd).append(kLastChunk);
    CHECK(*read_all(H1BodyReader::chunked(), raw, raw.size()) == data);
  }
  CHECK(chunk_head(255) == "ff\r\n");
}

}  // namespace
}  // namespace net::http
