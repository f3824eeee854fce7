#include "net/http/h1_fields.h"

#include <algorithm>
#include <array>
#include <limits>

#include "base/text.h"
#include "net/http/message.h"
#include "net/http/octets.h"

namespace net::http {
namespace {

enum class Kind { Other, ContentLength, TransferEncoding, Connection, Host, Expect, Dropped };

// Most names of a head are none of these; the size tells at once.
Kind kind_of(std::string_view name) {
  switch (name.size()) {
    case 4:
      return same_name(name, "host") ? Kind::Host : Kind::Other;
    case 6:
      return same_name(name, "expect") ? Kind::Expect : Kind::Other;
    case 10:
      if (same_name(name, "connection")) return Kind::Connection;
      break;
    case 14:
      if (same_name(name, "content-length")) return Kind::ContentLength;
      break;
    case 17:
      if (same_name(name, "transfer-encoding")) return Kind::TransferEncoding;
      break;
    default:
      break;
  }
  return is_hop_by_hop(name) ? Kind::Dropped : Kind::Other;
}

// Fields that Connection cannot take away.
bool is_for_all(std::string_view name) {
  constexpr std::array<std::string_view, 18> kNames = {"authorization",
                                                       "cookie",
                                                       "set-cookie",
                                                       "www-authenticate",
                                                       "content-type",
                                                       "content-range",
                                                       "content-encoding",
                                                       "cache-control",
                                                       "date",
                                                       "location",
                                                       "expires",
                                                       "vary",
                                                       "via",
                                                       "forwarded",
                                                       "x-forwarded-for",
                                                       "proxy-authorization",
                                                       "content-location",
                                                       "retry-after"};
  return std::any_of(kNames.begin(), kNames.end(),
                     [&](std::string_view known) { return same_name(name, known); });
}

base::Error malformed(const char* what) {
  return {base::Errc::Malformed, what};
}

}  // namespace

base::Result<Field> parse_field_line(std::string_view line) {
  const std::size_t colon = span_of(kTokenByte, line);
  if (colon == 0) return malformed("field: no name, or a folded line");
  if (colon == line.size() || line[colon] != ':') return malformed("field: bad byte in the name");
  if (colon > kMaxFieldNameBytes) return base::Error{base::Errc::TooLarge, "field: long name"};
  const std::string_view value = line.substr(colon + 1);
  if (!is_value_text(value)) return malformed("field: control byte");
  return Field{line.substr(0, colon), base::trim(value)};
}

base::Result<> H1FieldSection::add(std::string_view line) {
  const base::Result<Field> parsed = parse_field_line(line);
  if (!parsed) return parsed.error();
  if (++count_ > kMaxFieldCount) return base::Error{base::Errc::TooLarge, "head: many fields"};
  const auto [name, value] = *parsed;
  const bool is_request = side_ == Side::Request;
  switch (kind_of(name)) {
    case Kind::ContentLength:
      return add_content_length(value);
    case Kind::TransferEncoding:
      return add_transfer_encoding(value);
    case Kind::Connection:
      return add_connection(value);
    case Kind::Host:
      if (is_request) return add_host(value);
      break;
    case Kind::Expect:
      if (!is_request) break;
      (same_name(value, "100-continue") ? expect_continue_ : expect_other_) = true;
      return {};
    case Kind::Dropped:
      return {};
    case Kind::Other:
      break;
  }
  fields_.add(name, value);
  return {};
}

base::Result<> H1FieldSection::add_content_length(std::string_view value) {
  // Equal values or a list of them may be taken (RFC 9110 section 8.6), but nobody who means well
  // sends them.
  if (content_length_) return malformed("Content-Length: repeated");
  constexpr std::uint64_t kMax = std::numeric_limits<std::int64_t>::max();
  const base::Result<std::uint64_t> length = base::parse_decimal(value, kMax);
  if (!length) return malformed("Content-Length: not a plain number");
  content_length_ = *length;
  return {};
}

base::Result<> H1FieldSection::add_transfer_encoding(std::string_view value) {
  if (chunked_) return malformed("Transfer-Encoding: repeated");
  // Coding names know no case, but every client writes this one so; another spelling in a request
  // probes for parsers that disagree. From a server of ours it is harmless.
  const bool is_known = side_ == Side::Request ? value == "chunked" : same_name(value, "chunked");
  if (!is_known) return malformed("Transfer-Encoding: not chunked");
  chunked_ = true;
  return {};
}

base::Result<> H1FieldSection::add_connection(std::string_view value) {
  while (!value.empty()) {
    const std::size_t comma = std::min(value.find(','), value.size());
    const std::string_view option = base::trim(value.substr(0, comma));
    value.remove_prefix(std::min(comma + 1, value.size()));
    if (option.empty()) continue;  // RFC 9110 section 5.6.1.2
    if (!is_token(option)) return malformed("Connection: not a list of tokens");
    if (same_name(option, "close")) {
      close_ = true;
    } else if (same_name(option, "keep-alive")) {
      keep_alive_ = true;
    } else if (!is_hop_by_hop(option) && !is_for_all(option)) {
      if (named_.size() == kMaxConnectionOptions) {
        return base::Error{base::Errc::TooLarge, "Connection: many options"};
      }
      named_.emplace_back(option);
    }
  }
  return {};
}

base::Result<> H1FieldSection::add_host(std::string_view value) {
  if (host_) return malformed("Host: repeated");
  host_.emplace(value);
  return {};
}

base::Result<> H1FieldSection::finish(bool http11) {
  if (chunked_ && content_length_) return malformed("Content-Length beside Transfer-Encoding");
  if (chunked_ && !http11) return malformed("Transfer-Encoding in HTTP/1.0");
  for (const std::string& name : named_)
    fields_.remove(name);
  return {};
}

}  // namespace net::http
