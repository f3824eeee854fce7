// net/http/: the heads and bodies of HTTP/1.1, and HTTP/2's field blocks.

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "net/http/h1_body.h"
#include "net/http/h1_head.h"
#include "net/http/h1_writer.h"
#include "net/http/h2_head.h"
#include "net/http/hpack.h"
#include "tests/bench/bench.h"

namespace bench {
namespace {

using namespace net::http;

const std::string kTarget =
    "/bGFiLmV4YW1wbGUvaHR0cHMvdWNtLXN1Yi5sYWIuZXhhbXBsZS84NDQz/cucm-uds/user/mac.donald/devices";
const std::string kCookie =
    "X-Auth=AbCdEfGhIjKlMnOpQrStUvWxYz0123456789AbCdEfGhIjKlMnOpQrStUvWxYz0123456789AbCdEfGhIj";

const std::string kH1Request = "GET " + kTarget +
                               " HTTP/1.1\r\n"
                               "Host: edge.lab.example:8443\r\n"
                               "User-Agent: Jabber/14.1 (Windows; U) libcurl\r\n"
                               "Accept: */*\r\n"
                               "Accept-Encoding: gzip, deflate, br\r\n"
                               "Accept-Language: en-US,en;q=0.5\r\n"
                               "Authorization: Basic bWFjLmRvbmFsZDpzZWNyZXQtcGFzc3dvcmQ=\r\n"
                               "Cookie: " +
                               kCookie + "\r\n\r\n";
const std::string kH1Response =
    "HTTP/1.1 200 OK\r\n"
    "Date: Sat, 21 Nov 2026 17:20:09 GMT\r\n"
    "Content-Type: application/xml;charset=UTF-8\r\n"
    "Content-Length: 764\r\n"
    "Cache-Control: no-store\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "Server: unknown\r\n\r\n";

using Head = std::vector<Field>;
const Head kH2Request = {{":method", "GET"},
                         {":scheme", "https"},
                         {":path", kTarget},
                         {":authority", "edge.lab.example:8443"},
                         {"user-agent", "Jabber/14.1 (Windows; U) libcurl"},
                         {"accept", "*/*"},
                         {"accept-encoding", "gzip, deflate, br"},
                         {"accept-language", "en-US,en;q=0.5"},
                         {"authorization", "Basic bWFjLmRvbmFsZDpzZWNyZXQtcGFzc3dvcmQ="},
                         {"cookie", kCookie},
                         {"via", "1.1 edge.lab.example"}};
const Head kH2Response = {{":status", "200"},
                          {"date", "Sat, 21 Nov 2026 17:20:09 GMT"},
                          {"content-type", "application/xml;charset=UTF-8"},
                          {"content-length", "764"},
                          {"cache-control", "no-store"},
                          {"x-content-type-options", "nosniff"},
                          {"server", "unknown"}};

std::optional<H1Request> parse_request() {
  H1RequestParser parser;
  const bool whole = parser.feed(kH1Request) && parser.done();
  return whole ? std::optional(std::move(parser.request())) : std::nullopt;
}

std::optional<H1Response> parse_response() {
  H1ResponseParser parser;
  const bool whole = parser.feed(kH1Response) && parser.done();
  return whole ? std::optional(std::move(parser.response())) : std::nullopt;
}

void h1_request_parse(benchmark::State& state) {
  repeat(state, kH1Request.size(), parse_request);
}
BENCHMARK(h1_request_parse);

void h1_response_parse(benchmark::State& state) {
  repeat(state, kH1Response.size(), parse_response);
}
BENCHMARK(h1_response_parse);

void h1_request_write(benchmark::State& state) {
  const auto request = parse_request();
  repeat(state, 0, [&] { return write_request_head(request->head); });
}
BENCHMARK(h1_request_write);

void h1_response_write(benchmark::State& state) {
  const auto response = parse_response();
  const H1ResponseOptions options{.date = std::chrono::system_clock::now()};
  repeat(state, 0, [&] { return write_response_head(response->head, options); });
}
BENCHMARK(h1_response_write);

void h1_chunked_body(benchmark::State& state) {
  const auto chunk = static_cast<std::size_t>(state.range(0));
  std::string raw;
  while (raw.size() < 64 * 1024)
    raw.append(chunk_head(chunk)).append(chunk, 'x').append(kChunkEnd);
  raw += kLastChunk;
  repeat(state, raw.size(), [&] {
    H1BodyReader reader = H1BodyReader::chunked();
    for (std::size_t at = 0; at < raw.size();) {
      const auto piece = reader.read(std::string_view(raw).substr(at));
      if (!piece) return false;
      at += piece->taken;
    }
    return reader.done();
  });
}
BENCHMARK(h1_chunked_body)->Arg(16)->Arg(1024)->Arg(16'384);

void h2_request_read(benchmark::State& state) {
  repeat(state, 0, [] {
    H2HeadReader reader(H2HeadReader::Kind::Request);
    for (const Field& field : kH2Request)
      reader.add(field.name, field.value);
    RequestHead head;
    return reader.finish_request(true, head) == H2HeadReader::Verdict::Fine;
  });
}
BENCHMARK(h2_request_read);

void h2_response_read(benchmark::State& state) {
  repeat(state, 0, [] {
    H2HeadReader reader(H2HeadReader::Kind::Response);
    for (const Field& field : kH2Response)
      reader.add(field.name, field.value);
    ResponseHead head;
    return reader.finish_response(false, "GET", head) == H2HeadReader::Verdict::Fine;
  });
}
BENCHMARK(h2_response_read);

void encode(HpackEncoder& encoder, const Head& head, std::string& out) {
  out.clear();
  encoder.begin(out);
  for (const Field& field : head) {
    const bool secret = field.name == "cookie" || field.name == "authorization";
    encoder.field(out, field.name, field.value, secret ? HpackIndexing::Never : HpackIndexing::Add);
  }
}

struct NoSink final : FieldSink {
  void on_field(std::string_view name, std::string_view value) override {
    benchmark::DoNotOptimize(name);
    benchmark::DoNotOptimize(value);
  }
};

// The argument is the size of the dynamic table.
void hpack_encode(benchmark::State& state, const Head& head) {
  HpackEncoder encoder(static_cast<std::uint32_t>(state.range(0)));
  std::string out;
  repeat(state, 0, [&] {
    encode(encoder, head, out);
    return !out.empty();
  });
}
BENCHMARK_CAPTURE(hpack_encode, request, kH2Request)->Arg(0)->Arg(4096);
BENCHMARK_CAPTURE(hpack_encode, response, kH2Response)->Arg(0)->Arg(4096);

// The same head again and again, as it is on a connection that has warmed up.
void hpack_decode(benchmark::State& state, const Head& head) {
  HpackEncoder encoder(static_cast<std::uint32_t>(state.range(0)));
  HpackDecoder decoder(4096);
  NoSink sink;
  std::string block;
  encode(encoder, head, block);
  bool fine = decoder.decode(block, sink);
  encode(encoder, head, block);
  repeat(state, block.size(), [&] { return fine && decoder.decode(block, sink); });
}
BENCHMARK_CAPTURE(hpack_decode, request, kH2Request)->Arg(0)->Arg(4096);
BENCHMARK_CAPTURE(hpack_decode, response, kH2Response)->Arg(0)->Arg(4096);

void hpack_decode_huffman(benchmark::State& state) {
  // RFC 7541 C.4.1 without indexing: "www.example.com".
  const std::string block = "\x82\x86\x84\x01\x8c\xf1\xe3\xc2\xe5\xf2\x3a\x6b\xa0\xab\x90\xf4\xff";
  HpackDecoder decoder(4096);
  NoSink sink;
  repeat(state, block.size(), [&] { return decoder.decode(block, sink); });
}
BENCHMARK(hpack_decode_huffman);

}  // namespace
}  // namespace bench
