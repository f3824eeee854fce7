#pragma once
// Message bodies of HTTP/1.1 (RFC 9112 sections 6 and 7): a known length, chunked, or until the
// connection closes. Pure: the body is handed out as views of the input, nothing is kept.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/http/h1_lines.h"

namespace net::http {

inline constexpr std::size_t kMaxChunkSizeDigits = 16;
// For a whole body: nobody we know sends extensions, and each costs its sender less than us.
inline constexpr std::size_t kMaxChunkExtensionBytes = 4 * 1024;
inline constexpr std::size_t kMaxTrailerBytes = 8 * 1024;

class H1BodyReader final {
 public:
  static H1BodyReader with_length(std::uint64_t bytes) { return {State::Length, bytes}; }
  static H1BodyReader chunked() { return {State::ChunkSize, 0}; }
  static H1BodyReader until_close() { return {State::UntilClose, 0}; }

  struct Piece {
    std::size_t taken = 0;  // bytes of the input that are done with
    std::string_view body;  // lies in the input; may be empty
  };
  // Reads on from the front of `data`; call again with the rest and what follows it. A piece that
  // took nothing needs more. Nothing is taken after done(). Malformed: a chunk size that is empty,
  // signed, above 2^63 - 1 or has more than kMaxChunkSizeDigits; white space around it; an
  // extension outside the grammar of RFC 9112 section 7.1.1; a bare LF or CR; chunk data that is
  // not ended by CRLF; a bad trailer field. TooLarge: extensions or trailers above the limits.
  // Extensions and trailer fields are dropped (RFC 9112 section 7.1.2 allows it).
  base::Result<Piece> read(std::string_view data);
  bool done() const { return state_ == State::Done; }
  // Without more input: whether a body that ends here is whole.
  bool may_end() const { return state_ == State::Done || state_ == State::UntilClose; }

 private:
  enum class State { Length, UntilClose, ChunkSize, ChunkData, ChunkEnd, Trailer, Done };

  H1BodyReader(State state, std::uint64_t left) : state_(state), left_(left) {
    if (state == State::Length && left == 0) state_ = State::Done;
  }
  Piece read_data(std::string_view data);
  base::Result<Piece> read_line(std::string_view data);
  base::Result<> take_chunk_size(std::string_view line);
  base::Result<> take_trailer(std::string_view line);
  std::size_t line_limit() const;

  State state_;
  std::uint64_t left_;  // bytes of the body, or of the chunk
  std::size_t extension_bytes_ = 0;
  std::size_t trailer_bytes_ = 0;
  std::size_t trailer_count_ = 0;
  H1Lines lines_;
};

// What goes before and after the data of one chunk, and ends a chunked body.
std::string chunk_head(std::size_t bytes);  // at least 1: a chunk of 0 ends the body
inline constexpr std::string_view kChunkEnd = "\r\n";
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

}  // namespace net::http
