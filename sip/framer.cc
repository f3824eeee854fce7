#include "sip/framer.h"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "base/text.h"
#include "sip/grammar.h"
#include "sip/limits.h"
#include "sip/message.h"
#include "sip/stun.h"

namespace sip {
namespace {

constexpr std::size_t kNone = std::string_view::npos;
constexpr std::string_view kEndOfHead = "\r\n\r\n";
constexpr std::string_view kStunCookie = "\x21\x12\xa4\x42";  // RFC 5389 section 6

Frame bad(base::Errc code, const char* what, std::size_t bytes = 0) {
  return {Frame::Kind::Bad, bytes, {code, what}};
}

Frame next_stun(std::string_view data) {
  const std::size_t cookie = std::min(data.size(), std::size_t{8});
  if (cookie > 4 && data.substr(4, cookie - 4) != kStunCookie.substr(0, cookie - 4)) {
    return bad(base::Errc::Malformed, "stream: neither SIP nor STUN");
  }
  if (data.size() < kStunHeaderBytes) return {};
  const auto byte = [&data](std::size_t at) {
    return std::size_t{static_cast<unsigned char>(data[at])};
  };
  const std::size_t length = byte(2) << 8 | byte(3);
  if (length % 4 != 0) return bad(base::Errc::Malformed, "stun: bad length");
  if (kStunHeaderBytes + length > kMaxStunBytes) return bad(base::Errc::TooLarge, "stun: too long");
  if (data.size() < kStunHeaderBytes + length) return {};
  return {Frame::Kind::Stun, kStunHeaderBytes + length, {base::Errc::Malformed, {}}};
}

// The value of Content-Length, 0 when there is none. `head` ends with an empty line.
base::Result<std::size_t> content_length(std::string_view head) {
  std::optional<std::size_t> length;
  for (std::size_t at = head.find("\r\n") + 2; at < head.size();) {
    const std::string_view line = head.substr(at);
    // A folded value belongs to the line before: the fold is over where no blank follows.
    std::size_t end = line.find("\r\n");
    const char letter = base::to_lower(line.front());  // of its name, or of the compact one
    const std::size_t name = letter == 'c' || letter == 'l' ? span_of(kTokenByte, line) : 0;
    const bool is_it = name > 0 && field_id(line.substr(0, name)) == FieldId::ContentLength;
    while (is_it && end + 2 < line.size() && is_blank(line[end + 2]))
      end = line.find("\r\n", end + 2);
    at += end + 2;
    if (!is_it) continue;
    std::string_view value = skip_blanks(line.substr(name, end - name));
    if (!value.starts_with(':')) continue;  // no field at all: parse_message says so
    value.remove_prefix(1);
    const std::size_t first = value.find_first_not_of(" \t\r\n");
    if (first == kNone) return base::Error{base::Errc::Malformed, "Content-Length: no number"};
    value = value.substr(first, value.find_last_not_of(" \t\r\n") - first + 1);
    const base::Result<std::uint64_t> number = base::parse_decimal(value, kMaxMessageBytes);
    if (!number && number.error().code == base::Errc::TooLarge) {
      return base::Error{base::Errc::TooLarge, "message: too long"};
    }
    if (!number) return base::Error{base::Errc::Malformed, "Content-Length: no number"};
    if (length && *length != *number) {
      return base::Error{base::Errc::Malformed, "Content-Length: two that differ"};
    }
    length = static_cast<std::size_t>(*number);
  }
  return length.value_or(0);
}

}  // namespace

Frame Framer::next(std::string_view data) {
  if (data.empty()) return {};
  if (message_bytes_ == 0) {
    const char first = data.front();
    if (first == '\r') {
      if (data.size() == 1) return {};
      if (data[1] != '\n') return bad(base::Errc::Malformed, "stream: bare CR");
      return {Frame::Kind::Crlf, 2, {base::Errc::Malformed, {}}};
    }
    if (first == '\0' || first == '\1') return next_stun(data);
    if (!is_byte_of(kTokenByte, first)) {
      return bad(base::Errc::Malformed, "stream: neither SIP nor STUN");
    }
    const std::size_t from = scanned_;
    const std::size_t end = data.find(kEndOfHead, from);
    // Limits come before content, so that the verdict does not depend on the split.
    constexpr std::size_t kLineBytes = kMaxStartLineBytes + 2;
    if (from < kLineBytes && (end != kNone || data.size() >= kLineBytes) &&
        data.substr(0, kLineBytes).find("\r\n") == kNone) {
      return bad(base::Errc::TooLarge, "start line: too long");
    }
    const std::size_t head = end == kNone ? data.size() + 1 : end + kEndOfHead.size();
    if (head > kMaxHeadBytes) return bad(base::Errc::TooLarge, "head: too long");
    if (end == kNone) {
      scanned_ = data.size() - std::min(data.size(), kEndOfHead.size() - 1);
      return {};
    }
    const base::Result<std::size_t> body = content_length(data.substr(0, head));
    if (!body) return {Frame::Kind::Bad, head, body.error()};
    if (head + *body > kMaxMessageBytes)
      return bad(base::Errc::TooLarge, "message: too long", head);
    scanned_ = 0;
    message_bytes_ = head + *body;
  }
  if (data.size() < message_bytes_) return {};
  const std::size_t bytes = message_bytes_;
  message_bytes_ = 0;
  return {Frame::Kind::Message, bytes, {base::Errc::Malformed, {}}};
}

}  // namespace sip
