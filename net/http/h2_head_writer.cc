#include "net/http/h2_head_writer.h"

#include <array>
#include <cassert>
#include <charconv>

#include "net/http/h2_head.h"

namespace net::http {
namespace {

// What a head may have at most, with the fields that a hop adds. One with more is not sent.
constexpr std::size_t kMaxSentFields = kMaxFieldCount + kAddedFieldCount;
constexpr std::size_t kMaxSentBytes = kMaxHeadBytes + kAddedHeadBytes;

// Secrets stay out of the compression tables (RFC 7541 section 7.1.3): on the link those are shared
// by all users, and a secret seen once more must not be shorter. What is new in every message is
// not worth a place there.
HpackIndexing indexing_of(std::string_view name) {
  const auto is = [name](std::string_view other) { return same_name(name, other); };
  switch (name.size()) {
    case 4:
      return is("etag") ? HpackIndexing::Without : HpackIndexing::Add;
    case 6:
      return is("cookie") ? HpackIndexing::Never : HpackIndexing::Add;
    case 8:
      return is("location") ? HpackIndexing::Without : HpackIndexing::Add;
    case 10:
      return is("set-cookie") ? HpackIndexing::Never : HpackIndexing::Add;
    case 13:
      if (is("authorization")) return HpackIndexing::Never;
      return is("sallyport-txn") || is("last-modified") || is("if-none-match")
                 ? HpackIndexing::Without
                 : HpackIndexing::Add;
    case 17:
      return is("if-modified-since") ? HpackIndexing::Without : HpackIndexing::Add;
    case 19:
      return is("proxy-authorization") ? HpackIndexing::Never : HpackIndexing::Add;
    default:
      return HpackIndexing::Add;
  }
}

// Fields never hold these (message.h); should one slip in, the peer would refuse the message.
bool is_forbidden(std::string_view name) {
  std::array<char, 20> lower;
  if (name.size() >= lower.size()) return false;
  for (std::size_t i = 0; i < name.size(); ++i)
    lower[i] = static_cast<char>(name[i] | 0x20);  // letters and '-' are all that matter
  return is_h2_forbidden({lower.data(), name.size()});
}

}  // namespace

bool fits_h2(const Fields& fields) {
  if (fields.size() > kMaxSentFields) return false;
  std::size_t bytes = 0;
  for (const Field field : fields)
    bytes += field.name.size() + field.value.size();
  return bytes <= kMaxSentBytes;
}

void H2HeadWriter::request(const RequestHead& head, bool body) {
  const bool connect = head.method == "CONNECT";
  put(":method", head.method, HpackIndexing::Add);
  if (!connect || !head.protocol.empty()) {
    put(":scheme", head.scheme, HpackIndexing::Add);
    put(":path", head.target, HpackIndexing::Without);
  }
  put(":authority", head.authority, HpackIndexing::Add);
  if (!head.protocol.empty()) put(":protocol", head.protocol, HpackIndexing::Add);
  fields(head.fields);
  // "content-length: 0" says nothing that END_STREAM does not.
  if (body && !connect) length(head.content_length);
}

void H2HeadWriter::response(const ResponseHead& head) {
  status(head.status);
  fields(head.fields);
  if (head.status != 204) length(head.content_length);  // RFC 9110 section 8.6
}

void H2HeadWriter::status(int status) {
  std::array<char, 3> digits;
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), status);
  assert(error == std::errc{} && end == digits.data() + digits.size());
  put(":status", {digits.data(), digits.size()}, HpackIndexing::Add);
}

void H2HeadWriter::fields(const Fields& fields) {
  for (const Field field : fields) {
    if (!is_forbidden(field.name)) put(field.name, field.value, indexing_of(field.name));
  }
}

void H2HeadWriter::length(std::optional<std::uint64_t> length) {
  if (!length) return;
  std::array<char, 20> digits;
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), *length);
  assert(error == std::errc{});
  put("content-length", {digits.data(), static_cast<std::size_t>(end - digits.data())},
      HpackIndexing::Without);
}

}  // namespace net::http
