// A chunked body is read the same whole and in pieces; any bytes written in chunks read back.

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "net/http/h1_body.h"

namespace {

using net::http::H1BodyReader;

struct Outcome {
  bool refused = false;
  bool done = false;
  std::size_t taken = 0;
  std::string body;
  bool operator==(const Outcome&) const = default;
};

Outcome read(std::string_view raw, std::size_t step) {
  H1BodyReader reader = H1BodyReader::chunked();
  Outcome outcome;
  for (std::size_t end = 0; end < raw.size() && !reader.done();) {
    end = std::min(end + step, raw.size());
    for (;;) {
      const auto piece = reader.read(raw.substr(outcome.taken, end - outcome.taken));
      if (!piece) {
        // How much of the body came ahead of the fault is up to the split, the verdict is not.
        return {.refused = true, .done = false, .taken = 0, .body = {}};
      }
      outcome.taken += piece->taken;
      outcome.body += piece->body;
      if (piece->taken == 0) break;
    }
  }
  outcome.done = reader.done();
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view raw(reinterpret_cast<const char*>(data), size);
  const Outcome whole = read(raw, size + 1);
  assert(read(raw, 1) == whole);
  assert(read(raw, 7) == whole);

  std::string encoded;
  for (std::size_t at = 0, step = 1; at < raw.size(); at += step, step = step % 40 + 1) {
    const std::string_view piece = raw.substr(at, step);
    encoded.append(net::http::chunk_head(piece.size())).append(piece).append(net::http::kChunkEnd);
  }
  encoded += net::http::kLastChunk;
  const Outcome decoded = read(encoded, 11);
  assert(!decoded.refused && decoded.done && decoded.body == raw);
  assert(decoded.taken == encoded.size());
  return 0;
}
