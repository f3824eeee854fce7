#include "sip/uri.h"

#include <algorithm>

#include "base/text.h"
#include "sip/grammar.h"

namespace sip {
namespace {

constexpr std::string_view::size_type kNone = std::string_view::npos;

base::Error malformed(const char* what) {
  return {base::Errc::Malformed, what};
}

// Whether every '%' has its two digits.
bool are_escapes(std::string_view text) {
  for (std::size_t at = text.find('%'); at != kNone; at = text.find('%', at + 3)) {
    if (text.size() - at < 3) return false;
    if (!base::is_hex_digit(text[at + 1]) || !base::is_hex_digit(text[at + 2])) return false;
  }
  return true;
}

bool is_number(std::string_view label) {
  if (label.size() > 1 && label[0] == '0' && base::to_lower(label[1]) == 'x') return true;
  return std::all_of(label.begin(), label.end(), base::is_digit);
}

// A name in the form of RFC 3261's hostname, and with underscores, which names of call managers
// have; or an IPv4 address in its only spelling.
bool is_name_or_v4(std::string_view host) {
  std::string_view rest = host;
  if (rest.ends_with('.')) rest.remove_suffix(1);
  if (rest.empty() || rest.size() > base::kMaxHostBytes) return false;
  for (;;) {
    const std::size_t dot = rest.find('.');
    const std::string_view label = rest.substr(0, dot);
    if (label.empty() || label.size() > base::kMaxLabelBytes) return false;
    if (label.front() == '-' || label.back() == '-') return false;
    for (const char c : label) {
      if (!base::is_alnum(c) && c != '-' && c != '_') return false;
    }
    if (dot == kNone) return !is_number(label) || base::parse_ip(host);
    rest.remove_prefix(dot + 1);
  }
}

}  // namespace

bool Uri::is_sips() const {
  return scheme.size() == 4;
}

std::optional<std::string_view> Uri::param(std::string_view name) const {
  return find_param(params, name);
}

std::optional<base::IpAddress> host_address(std::string_view host) {
  if (host.starts_with('[')) return std::nullopt;
  const std::size_t colons = host.find(":::");
  if (colons == kNone) {
    const base::Result<base::IpAddress> address = base::parse_ip(host);
    return address ? std::optional(*address) : std::nullopt;
  }
  std::string mended(host.substr(0, std::min<std::size_t>(host.size(), 64)));
  mended.erase(colons < mended.size() ? colons : 0, 1);
  const base::Result<base::IpAddress> address = base::parse_ip(mended);
  return address ? std::optional(*address) : std::nullopt;
}

base::Result<HostPort> parse_host_port(std::string_view text) {
  HostPort result;
  std::string_view rest;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == kNone) return malformed("host: open bracket");
    result.host = text.substr(1, end - 1);
    result.is_ipv6 = true;
    rest = text.substr(end + 1);
    if (result.host.find(':') == kNone || !host_address(result.host)) {
      return malformed("host: bad IPv6 address");
    }
  } else {
    const std::size_t colon = std::min(text.find(':'), text.size());
    result.host = text.substr(0, colon);
    rest = text.substr(colon);
    if (!is_name_or_v4(result.host)) return malformed("host: bad name");
  }
  if (rest.empty()) return result;
  result.port = read_port(rest.substr(1));
  if (rest.front() != ':' || !result.port) return malformed("host: bad port");
  return result;
}

namespace {

// "user[:password]" in front of the '@'.
base::Result<> parse_user(std::string_view text, Uri& uri) {
  const std::size_t colon = std::min(text.find(':'), text.size());
  uri.user = text.substr(0, colon);
  uri.has_user = true;
  if (uri.user.empty() || !is_all(kUserByte, uri.user) || !are_escapes(uri.user)) {
    return malformed("uri: bad user");
  }
  if (colon == text.size()) return {};
  uri.password = text.substr(colon + 1);
  if (!is_all(kPasswordByte, uri.password) || !are_escapes(uri.password)) {
    return malformed("uri: bad password");
  }
  return {};
}

// ";params?headers" behind the host.
base::Result<> parse_tail(std::string_view text, Uri& uri) {
  const std::size_t question = std::min(text.find('?'), text.size());
  if (question > 0) {
    uri.params = text.substr(1, question - 1);
    const bool good = text.front() == ';' && !uri.params.empty() &&
                      is_all(kUriParamByte, uri.params) && are_escapes(uri.params) &&
                      are_params(uri.params);
    if (!good) return malformed("uri: bad parameters");
  }
  if (question == text.size()) return {};
  uri.headers = text.substr(question + 1);
  if (uri.headers.empty() || !is_all(kHeadersByte, uri.headers) || !are_escapes(uri.headers)) {
    return malformed("uri: bad headers");
  }
  return {};
}

}  // namespace

base::Result<Uri> parse_uri(std::string_view text) {
  Uri uri;
  const std::size_t colon = span_of(kSchemeByte, text);
  if (colon == 0 || colon == text.size() || text[colon] != ':' || !base::is_alpha(text[0])) {
    return malformed("uri: no scheme");
  }
  uri.scheme = text.substr(0, colon);
  std::string_view rest = text.substr(colon + 1);
  if (!base::iequals(uri.scheme, "sip") && !base::iequals(uri.scheme, "sips")) {
    if (rest.empty() || !is_all(kOpaqueByte, rest)) return malformed("uri: bad text");
    return base::Error{base::Errc::Unsupported, "uri: unknown scheme"};
  }
  // No other part than the user may hold an '@', and the user none but the one that ends it.
  if (const std::size_t at = rest.find('@'); at != kNone) {
    const base::Result<> user = parse_user(rest.substr(0, at), uri);
    if (!user) return user.error();
    rest.remove_prefix(at + 1);
  }
  std::size_t host_end = 0;
  while (host_end < rest.size() && rest[host_end] != ';' && rest[host_end] != '?')
    ++host_end;
  const base::Result<HostPort> host = parse_host_port(rest.substr(0, host_end));
  if (!host) return host.error();
  uri.host = host->host;
  uri.port = host->port;
  uri.is_ipv6 = host->is_ipv6;
  const base::Result<> tail = parse_tail(rest.substr(host_end), uri);
  if (!tail) return tail.error();
  return uri;
}

std::string host_port(std::string_view host, std::optional<std::uint16_t> port) {
  const bool is_ipv6 = host.find(':') != kNone;
  std::string out;
  out.reserve(host.size() + 8);
  if (is_ipv6) out += '[';
  out += host;
  if (is_ipv6) out += ']';
  if (port) {
    out += ':';
    out += std::to_string(*port);
  }
  return out;
}

}  // namespace sip
