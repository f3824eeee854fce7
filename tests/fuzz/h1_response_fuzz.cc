// A response head is judged the same whole and in pieces, and what is accepted can be written.

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "net/http/h1_head.h"
#include "net/http/h1_writer.h"

namespace {

using net::http::H1Response;
using net::http::H1ResponseParser;

// None: refused or unfinished; `refused` says which.
std::optional<H1Response> read(std::string_view raw, std::size_t step, bool& refused) {
  H1ResponseParser parser;
  std::size_t at = 0;
  for (std::size_t end = 0; end < raw.size() && !parser.done();) {
    end = std::min(end + step, raw.size());
    const auto taken = parser.feed(raw.substr(at, end - at));
    refused = !taken;
    if (refused) return std::nullopt;
    at += *taken;
  }
  if (!parser.done()) return std::nullopt;
  return std::move(parser.response());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view raw(reinterpret_cast<const char*>(data), size);
  bool refused = false, refused_in_pieces = false;
  const std::optional<H1Response> whole = read(raw, size + 1, refused);
  const std::optional<H1Response> pieces = read(raw, 1, refused_in_pieces);
  assert(refused == refused_in_pieces);
  assert(whole.has_value() == pieces.has_value());
  if (!whole) return 0;
  assert(whole->head.status == pieces->head.status);
  assert(whole->head.content_length == pieces->head.content_length);
  assert(whole->chunked == pieces->chunked);
  assert(!whole->chunked || !whole->head.content_length);
  assert(whole->head.fields.size() == pieces->head.fields.size());
  if (whole->head.status < 200) return 0;
  // What the writer adds (Date, framing) may lift a head that is just within the limits over them.
  if (whole->head.fields.size() + 3 > net::http::kMaxFieldCount) return 0;
  if (size + 256 > net::http::kMaxHeadBytes) return 0;

  const auto framing =
      whole->head.content_length ? net::http::H1Framing::Length : net::http::H1Framing::Chunked;
  const auto written = net::http::write_response_head(whole->head, {.framing = framing});
  assert(written);
  const auto again = read(*written, written->size(), refused);
  assert(again && again->head.status == whole->head.status);
  assert(again->head.content_length == whole->head.content_length);
  return 0;
}
