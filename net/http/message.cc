#include "net/http/message.h"

#include <algorithm>
#include <array>
#include <cassert>

#include "base/address.h"
#include "base/text.h"
#include "net/http/octets.h"

namespace net::http {
namespace {

struct Phrase {
  int status;
  std::string_view text;
};

// The IANA registry (RFC 9110 section 16.2), in order of the codes.
constexpr Phrase kPhrases[] = {
    {100, "Continue"},
    {101, "Switching Protocols"},
    {102, "Processing"},
    {103, "Early Hints"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {203, "Non-Authoritative Information"},
    {204, "No Content"},
    {205, "Reset Content"},
    {206, "Partial Content"},
    {207, "Multi-Status"},
    {208, "Already Reported"},
    {226, "IM Used"},
    {300, "Multiple Choices"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {305, "Use Proxy"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {407, "Proxy Authentication Required"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {423, "Locked"},
    {424, "Failed Dependency"},
    {425, "Too Early"},
    {426, "Upgrade Required"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {451, "Unavailable For Legal Reasons"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {506, "Variant Also Negotiates"},
    {507, "Insufficient Storage"},
    {508, "Loop Detected"},
    {511, "Network Authentication Required"},
};
static_assert(std::is_sorted(std::begin(kPhrases), std::end(kPhrases),
                             [](const Phrase& a, const Phrase& b) { return a.status < b.status; }));

// Reading "2130706433" or "0x7f.1" as a name would let an address through to a resolver that takes
// the spellings of inet_aton.
bool looks_numeric(std::string_view label) {
  if (std::all_of(label.begin(), label.end(), base::is_digit)) return true;
  if (label.size() < 2 || label[0] != '0' || base::to_lower(label[1]) != 'x') return false;
  return std::all_of(label.begin() + 2, label.end(), base::is_hex_digit);
}

bool is_label(std::string_view label) {
  if (label.empty() || label.size() > base::kMaxLabelBytes) return false;
  if (label.front() == '-' || label.back() == '-') return false;
  return span_of(kLabelByte, label) == label.size();
}

// A host name with the underscores that service names and "vcs_control.<domain>" have. A final dot
// is refused: it would be a second spelling of every name that somebody compares.
bool is_name(std::string_view host) {
  if (host.size() > base::kMaxHostBytes) return false;
  for (;;) {
    const std::size_t dot = host.find('.');
    if (!is_label(host.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return !looks_numeric(host);
    host.remove_prefix(dot + 1);
  }
}

base::Error malformed(std::string_view what) {
  return {base::Errc::Malformed, std::string(what)};
}

struct AuthorityParts {
  std::string_view host;  // with its brackets
  std::optional<std::uint16_t> port;
  bool bracketed = false;

  // Without brackets it is IPv4: a name that begins otherwise need not be tried as one.
  bool may_be_address() const { return bracketed || base::is_digit(host.empty() ? '.' : host[0]); }
};

base::Result<AuthorityParts> split_authority(std::string_view text) {
  AuthorityParts parts;
  parts.bracketed = text.starts_with('[');
  const std::size_t end = parts.bracketed ? text.find(']') : std::min(text.find(':'), text.size());
  if (end == std::string_view::npos) return malformed("authority: no closing bracket");

  const std::size_t host_end = parts.bracketed ? end + 1 : end;
  parts.host = text.substr(0, host_end);
  const std::string_view rest = text.substr(host_end);
  if (!rest.empty()) {
    if (rest.front() != ':') return malformed("authority: text after the bracket");
    const base::Result<std::uint16_t> port = base::parse_port(rest.substr(1));
    if (!port) return malformed("authority: bad port");
    parts.port = *port;
  }
  // Only IPv6 stands in brackets, and never outside of them (the colon ends a host).
  const bool is_v6 = parts.bracketed && parts.host.find(':') != std::string_view::npos;
  if (parts.bracketed && !is_v6) return malformed("authority: brackets without an IPv6 address");
  return parts;
}

}  // namespace

std::string_view RequestHead::query() const {
  const std::size_t mark = target.find('?');
  if (mark == std::string::npos) return {};
  return std::string_view(target).substr(mark + 1);
}

std::string_view reason_phrase(int status) {
  const Phrase* found =
      std::lower_bound(std::begin(kPhrases), std::end(kPhrases), status,
                       [](const Phrase& phrase, int code) { return phrase.status < code; });
  return found != std::end(kPhrases) && found->status == status ? found->text : "Unknown";
}

bool has_body(std::string_view method, int status) {
  // A 2xx to CONNECT counts as one: the channels of RFC 8441 carry their bytes there. The plain
  // CONNECT of HTTP/1.1 never gets such an answer from us.
  return method != "HEAD" && status >= 200 && status != 204 && status != 304;
}

bool is_idempotent(std::string_view method) {
  constexpr std::array<std::string_view, 6> kMethods = {"GET", "HEAD",   "OPTIONS",
                                                        "PUT", "DELETE", "TRACE"};
  return std::find(kMethods.begin(), kMethods.end(), method) != kMethods.end();
}

base::Result<Authority> parse_authority(std::string_view text) {
  const base::Result<AuthorityParts> parts = split_authority(text);
  if (!parts) return parts.error();
  Authority authority;
  authority.port = parts->port;
  if (parts->may_be_address()) {
    if (const base::Result<base::IpAddress> address = base::parse_ip(parts->host)) {
      authority.host = base::to_string(*address);
      authority.is_address = true;
      return authority;
    }
  }
  if (parts->bracketed || !is_name(parts->host)) return malformed("authority: bad host");
  authority.host = base::to_lower(parts->host);
  return authority;
}

bool is_authority(std::string_view text) {
  const base::Result<AuthorityParts> parts = split_authority(text);
  if (!parts) return false;
  if (parts->may_be_address() && base::parse_ip(parts->host)) return true;
  return !parts->bracketed && is_name(parts->host);
}

bool is_origin_form(std::string_view target) {
  if (!target.starts_with('/') || !is_target_text(target)) return false;
  if (target.find('#') != std::string_view::npos) return false;
  for (std::size_t at = target.find('%'); at != std::string_view::npos;
       at = target.find('%', at + 1)) {
    if (at + 2 >= target.size()) return false;
    if (!base::is_hex_digit(target[at + 1]) || !base::is_hex_digit(target[at + 2])) return false;
  }
  return true;
}

bool is_hop_by_hop(std::string_view name) {
  switch (name.size()) {
    case 2:
      return same_name(name, "te");
    case 7:
      return same_name(name, "upgrade") || same_name(name, "trailer");
    case 10:
      return same_name(name, "connection") || same_name(name, "keep-alive");
    case 14:
      return same_name(name, "http2-settings");
    case 16:
      return same_name(name, "proxy-connection");
    case 17:
      return same_name(name, "transfer-encoding");
    default:
      return false;
  }
}

TextResponse text_response(int status, std::string_view line) {
  assert(status >= 200 && status <= 599);
  TextResponse response;
  response.body.assign(line).push_back('\n');
  response.head.status = status;
  response.head.content_length = response.body.size();
  response.head.fields.add("Content-Type", "text/plain; charset=utf-8");
  return response;
}

}  // namespace net::http
