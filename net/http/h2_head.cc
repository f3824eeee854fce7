#include "net/http/h2_head.h"

#include <array>
#include <utility>

#include "base/text.h"

namespace net::http {
namespace {

// Token characters without the upper-case letters: RFC 9113 section 8.2.1.
constexpr std::array<bool, 256> kNameBytes = [] {
  std::array<bool, 256> table{};
  for (std::size_t i = 0; i < 128; ++i) {
    const char c = static_cast<char>(i);
    table[i] = base::is_token_char(c) && !(c >= 'A' && c <= 'Z');
  }
  return table;
}();

// What most heads stay below.
constexpr std::size_t kUsualFields = 16;
constexpr std::size_t kUsualTextBytes = 512;

bool is_lower_name(std::string_view name) {
  for (const char c : name) {
    if (!kNameBytes[static_cast<unsigned char>(c)]) return false;
  }
  return !name.empty();
}

bool has_outer_space(std::string_view value) {
  return !value.empty() && base::trim(value).size() != value.size();
}

// Content-Length as HTTP/1.1 takes it, digits only; leading zeros are no use to anyone honest.
std::optional<std::uint64_t> read_length(std::string_view value) {
  if (value.empty() || value.size() > 19 || (value.size() > 1 && value[0] == '0')) return {};
  const auto number = base::parse_decimal(value);
  if (!number) return {};
  return *number;
}

}  // namespace

bool is_h2_forbidden(std::string_view name) {
  switch (name.size()) {
    case 2:
      return name == "te";
    case 4:
      return name == "host";
    case 6:
      return name == "expect";
    case 7:
      return name == "upgrade";
    case 10:
      return name == "connection" || name == "keep-alive";
    case 14:
      return name == "content-length";
    case 16:
      return name == "proxy-connection";
    case 17:
      return name == "transfer-encoding";
    default:
      return false;
  }
}

H2HeadReader::H2HeadReader(Kind kind, bool hop_added)
    : kind_(kind),
      max_bytes_(kMaxHeadBytes + (hop_added ? kAddedHeadBytes : 0)),
      max_count_(kMaxFieldCount + (hop_added ? kAddedFieldCount : 0)) {}

bool H2HeadReader::reject(Verdict verdict, std::string_view why) {
  // Malformed outweighs a limit: what is broken is not answered politely.
  if (verdict_ == Verdict::Fine || verdict == Verdict::Malformed) {
    verdict_ = verdict;
    why_ = why;
  }
  return verdict_ != Verdict::Malformed;
}

bool H2HeadReader::add(std::string_view name, std::string_view value) {
  if (verdict_ == Verdict::Malformed) return false;
  if (is_bomb()) return false;
  if (name.starts_with(':')) return add_pseudo(name, value);
  regular_ = true;
  // The grammar is checked beyond the limits too: a broken head is not answered.
  if (!is_lower_name(name)) return reject(Verdict::Malformed, "field name");
  if (!is_field_value(value) || has_outer_space(value))
    return reject(Verdict::Malformed, "field value");
  bytes_ += name.size() + value.size() + 4;  // as ": " and CRLF would add
  if (name.size() > kMaxFieldNameBytes) return reject(Verdict::TooLarge, "field name too long");
  if (bytes_ > max_bytes_) return reject(Verdict::TooLarge, "head too large");
  if (is_h2_forbidden(name)) return add_special(name, value);
  if (kind_ == Kind::Request && name == "cookie") return join_cookie(value);
  if (++count_ > max_count_) return reject(Verdict::TooLarge, "too many fields");
  if (kind_ == Kind::Trailers) return true;
  if (head_.fields.empty()) head_.fields.reserve(kUsualFields, kUsualTextBytes);
  head_.fields.add(name, value);
  return true;
}

bool H2HeadReader::set_once(Pseudo pseudo, std::string& member, std::string_view value) {
  if (seen_ & pseudo) return reject(Verdict::Malformed, "pseudo-field repeated");
  seen_ |= pseudo;
  if (value.empty()) return reject(Verdict::Malformed, "pseudo-field empty");
  bytes_ += value.size();
  const bool target = pseudo == Path && value.size() > kMaxRequestLineBytes;
  if (!target && bytes_ > max_bytes_) return reject(Verdict::TooLarge, "head too large");
  if (!target) member = value;
  return target ? reject(Verdict::TargetTooLong, "request line too long") : true;
}

bool H2HeadReader::add_pseudo(std::string_view name, std::string_view value) {
  if (regular_) return reject(Verdict::Malformed, "pseudo-field after a regular one");
  if (kind_ == Kind::Request) {
    if (name == ":method") return set_once(Method, head_.method, value);
    if (name == ":scheme") return set_once(Scheme, head_.scheme, value);
    if (name == ":authority") return set_once(Authority, head_.authority, value);
    if (name == ":path") return set_once(Path, head_.target, value);
    if (name == ":protocol") return set_once(Protocol, head_.protocol, value);
  } else if (kind_ == Kind::Response && name == ":status" && !(seen_ & Status)) {
    seen_ |= Status;
    const auto number = base::parse_decimal(value, 599);
    if (value.size() != 3 || !number || *number < 100 || *number == 101)
      return reject(Verdict::Malformed, "status");
    status_ = static_cast<int>(*number);
    return true;
  }
  return reject(Verdict::Malformed, "pseudo-field unknown or out of place");
}

// The fields that are members of the model, or that nobody may send.
bool H2HeadReader::add_special(std::string_view name, std::string_view value) {
  const bool request = kind_ == Kind::Request;
  if (kind_ == Kind::Response && (name == "host" || name == "expect")) return true;  // dropped
  if (name == "content-length" && kind_ != Kind::Trailers) return add_length(value);
  if (name == "host" && request) return add_host(value);
  if (name == "te" && request && !te_ && base::iequals(value, "trailers")) {
    te_ = true;  // trailers are dropped, so nothing travels on
    return true;
  }
  if (name == "expect" && request && !head_.expect_continue) {
    if (!base::iequals(value, "100-continue")) return reject(Verdict::Malformed, "Expect");
    head_.expect_continue = true;
    return true;
  }
  return reject(Verdict::Malformed, "connection-specific field");
}

bool H2HeadReader::add_length(std::string_view value) {
  if (length_) return reject(Verdict::Malformed, "Content-Length repeated");
  length_ = read_length(value);
  return length_ ? true : reject(Verdict::Malformed, "Content-Length malformed");
}

bool H2HeadReader::add_host(std::string_view value) {
  if (host_) return reject(Verdict::Malformed, "Host repeated");
  host_.emplace(value);
  return true;
}

// RFC 9113 section 8.2.3: crumbs are one field again before they leave HTTP/2.
bool H2HeadReader::join_cookie(std::string_view crumb) {
  if (cookie_.empty() && ++count_ > max_count_) return reject(Verdict::TooLarge, "too many fields");
  if (!cookie_.empty() && !crumb.empty()) cookie_ += "; ";
  cookie_ += crumb;
  return true;
}

bool H2HeadReader::judge_target() {
  if (head_.target == "*") return head_.method == "OPTIONS";
  return is_origin_form(head_.target);
}

// RFC 9113 sections 8.3.1 and 8.5, RFC 8441 section 4.
bool H2HeadReader::judge_pseudo_fields() {
  if (!is_token(head_.method)) return reject(Verdict::Malformed, ":method");
  if (!(seen_ & Authority)) head_.authority = host_.value_or("");
  if (host_ && !base::iequals(*host_, head_.authority))
    return reject(Verdict::Malformed, "Host differs from :authority");
  if (!is_authority(head_.authority)) return reject(Verdict::Malformed, ":authority");
  const bool extended = (seen_ & Protocol) != 0;
  if (head_.method == "CONNECT" && !extended) {
    return (seen_ & (Scheme | Path)) == 0 || reject(Verdict::Malformed, "CONNECT with a target");
  }
  if (extended && (head_.method != "CONNECT" || !is_token(head_.protocol)))
    return reject(Verdict::Malformed, ":protocol");
  if (head_.scheme != "https" && head_.scheme != "http")
    return reject(Verdict::Malformed, ":scheme");
  if (verdict_ == Verdict::TargetTooLong) return true;  // it was not kept
  if (!judge_target()) return reject(Verdict::Malformed, ":path");
  constexpr std::size_t kAround = sizeof("  HTTP/1.1") - 1;
  if (head_.method.size() + head_.target.size() + kAround > kMaxRequestLineBytes)
    return reject(Verdict::TargetTooLong, "request line too long");
  return true;
}

bool H2HeadReader::judge_length(bool end_stream) {
  if (end_stream && length_.value_or(0) != 0)
    return reject(Verdict::Malformed, "Content-Length without a body");
  if (!head_.protocol.empty() && length_)
    return reject(Verdict::Malformed, "Content-Length in CONNECT");
  return true;
}

H2HeadReader::Verdict H2HeadReader::finish_request(bool end_stream, RequestHead& head) {
  if (verdict_ == Verdict::Malformed || !judge_pseudo_fields() || !judge_length(end_stream))
    return verdict_;
  if (verdict_ != Verdict::Fine) {
    head.method = head_.method;
    return verdict_;
  }
  if (!cookie_.empty()) head_.fields.add("cookie", cookie_);
  head_.content_length = length_;
  if (end_stream && head_.protocol.empty()) head_.content_length = 0;
  head = std::move(head_);
  return verdict_;
}

H2HeadReader::Verdict H2HeadReader::finish_response(bool end_stream, std::string_view method,
                                                    ResponseHead& head) {
  if (verdict_ == Verdict::Malformed) return verdict_;
  if (!(seen_ & Status)) reject(Verdict::Malformed, "no status");
  if (status_ < 200 && (end_stream || length_))
    reject(Verdict::Malformed, "interim response with an end or a length");
  const bool body = has_body(method, status_);
  if (body) judge_length(end_stream);
  if (verdict_ != Verdict::Fine) return verdict_;
  head.status = status_;
  head.fields = std::move(head_.fields);
  head.content_length = length_;
  if (body && end_stream) head.content_length = 0;
  return verdict_;
}

H2HeadReader::Verdict H2HeadReader::finish_trailers(bool end_stream) {
  if (!end_stream) reject(Verdict::Malformed, "trailers that do not end the message");
  return verdict_;
}

}  // namespace net::http
