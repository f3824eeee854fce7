#include "net/http/h1_body.h"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <limits>

#include "base/text.h"
#include "net/http/h1_fields.h"
#include "net/http/message.h"
#include "net/http/octets.h"

namespace net::http {
namespace {

constexpr std::size_t kCrlfBytes = 2;

base::Error malformed(const char* what) {
  return {base::Errc::Malformed, what};
}

// The length of the quoted string (RFC 9110 section 5.6.4) that `text` begins with; 0: it does not.
std::size_t quoted_bytes(std::string_view text) {
  if (!text.starts_with('"')) return 0;
  for (std::size_t at = 1; at < text.size(); ++at) {
    if (text[at] == '"') return at + 1;
    if (text[at] == '\\') ++at;
    if (at == text.size() || !is_byte_of(kValueByte, text[at])) return 0;
  }
  return 0;
}

// chunk-ext of RFC 9112 section 7.1.1, without the white space that it calls bad.
bool is_chunk_extension(std::string_view text) {
  while (!text.empty()) {
    if (text.front() != ';') return false;
    text.remove_prefix(1);
    const std::size_t name = span_of(kTokenByte, text);
    if (name == 0) return false;
    text.remove_prefix(name);
    if (!text.starts_with('=')) continue;
    text.remove_prefix(1);
    const std::size_t value =
        text.starts_with('"') ? quoted_bytes(text) : span_of(kTokenByte, text);
    if (value == 0) return false;
    text.remove_prefix(value);
  }
  return true;
}

}  // namespace

base::Result<H1BodyReader::Piece> H1BodyReader::read(std::string_view data) {
  switch (state_) {
    case State::Length:
    case State::ChunkData:
      return read_data(data);
    case State::UntilClose:
      return Piece{data.size(), data};
    case State::ChunkSize:
    case State::ChunkEnd:
    case State::Trailer:
      return read_line(data);
    case State::Done:
      break;
  }
  return Piece{};
}

H1BodyReader::Piece H1BodyReader::read_data(std::string_view data) {
  const std::string_view body = data.substr(0, std::min<std::uint64_t>(left_, data.size()));
  left_ -= body.size();
  if (left_ == 0) state_ = state_ == State::Length ? State::Done : State::ChunkEnd;
  return {body.size(), body};
}

base::Result<H1BodyReader::Piece> H1BodyReader::read_line(std::string_view data) {
  std::string_view line;
  const LineStatus status = lines_.next(data, line);
  // An unfinished line still lacks its LF at least. Limits come before content, so that the
  // verdict does not depend on the split.
  const bool whole = status != LineStatus::NeedMore;
  const bool bare = status == LineStatus::BareLf;
  const std::size_t bytes = whole ? line.size() + (bare ? 1 : kCrlfBytes) : data.size() + 1;
  if (bytes > line_limit()) {
    return state_ == State::ChunkEnd ? malformed("body: chunk longer than its size")
                                     : base::Error{base::Errc::TooLarge, "body: long line"};
  }
  if (!whole) return Piece{};
  if (bare) return malformed("body: bare LF");
  if (state_ == State::ChunkEnd) {
    state_ = State::ChunkSize;
    return Piece{bytes, {}};
  }
  const base::Result<> taken =
      state_ == State::ChunkSize ? take_chunk_size(line) : take_trailer(line);
  if (!taken) return taken.error();
  return Piece{bytes, {}};
}

std::size_t H1BodyReader::line_limit() const {
  switch (state_) {
    case State::ChunkSize:
      return kMaxChunkSizeDigits + kMaxChunkExtensionBytes - extension_bytes_ + kCrlfBytes;
    case State::Trailer:
      return kMaxTrailerBytes - trailer_bytes_ + kCrlfBytes;
    default:
      return kCrlfBytes;
  }
}

base::Result<> H1BodyReader::take_chunk_size(std::string_view line) {
  const std::size_t digits = static_cast<std::size_t>(
      std::find_if_not(line.begin(), line.end(), base::is_hex_digit) - line.begin());
  if (digits == 0 || digits > kMaxChunkSizeDigits) return malformed("body: bad chunk size");
  const std::string_view extension = line.substr(digits);
  if (extension.size() > kMaxChunkExtensionBytes - extension_bytes_) {
    return base::Error{base::Errc::TooLarge, "body: chunk extensions"};
  }
  if (!is_chunk_extension(extension)) return malformed("body: bad chunk extension");
  extension_bytes_ += extension.size();
  std::uint64_t size = 0;
  std::from_chars(line.data(), line.data() + digits, size, 16);
  constexpr std::uint64_t kMax = std::numeric_limits<std::int64_t>::max();
  if (size > kMax) return malformed("body: bad chunk size");
  left_ = size;
  state_ = size == 0 ? State::Trailer : State::ChunkData;
  return {};
}

base::Result<> H1BodyReader::take_trailer(std::string_view line) {
  if (line.empty()) {
    state_ = State::Done;
    return {};
  }
  trailer_bytes_ += line.size();
  if (++trailer_count_ > kMaxFieldCount) {
    return base::Error{base::Errc::TooLarge, "body: many trailer fields"};
  }
  const base::Result<Field> field = parse_field_line(line);
  if (!field) return field.error();
  return {};
}

std::string chunk_head(std::size_t bytes) {
  assert(bytes > 0);
  char digits[2 * sizeof bytes];
  const std::to_chars_result end = std::to_chars(digits, digits + sizeof digits, bytes, 16);
  return std::string(digits, end.ptr).append(kChunkEnd);
}

}  // namespace net::http
