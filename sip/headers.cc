#include "sip/headers.h"

#include <algorithm>

#include "base/text.h"
#include "sip/grammar.h"

namespace sip {
namespace {

constexpr std::size_t kNone = std::string_view::npos;

base::Error malformed(const char* what) {
  return {base::Errc::Malformed, what};
}

// What may stand in front of '<' without quotes.
bool are_tokens(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return is_blank(c) || is_byte_of(kTokenByte, c); });
}

// ";params", or nothing, behind an address.
base::Result<> take_params(std::string_view rest, std::string_view& params) {
  rest = skip_blanks(rest);
  if (rest.empty()) return {};
  if (rest.front() != ';') return malformed("address: text behind it");
  params = base::trim(rest.substr(1));
  if (params.empty() || !are_params(params)) return malformed("address: bad parameters");
  return {};
}

base::Result<NameAddr> parse_addr_spec(std::string_view value) {
  NameAddr result;
  const std::size_t end = std::min(value.find(';'), value.size());
  result.uri = base::trim(value.substr(0, end));
  // With '?' or ',' in it the brackets are a must (RFC 3261 section 20).
  if (result.uri.empty() || !is_all(kOpaqueByte, result.uri) || result.uri.find(':') == kNone ||
      result.uri.find_first_of("?,") != kNone) {
    return malformed("address: bad URI");
  }
  const base::Result<> params = take_params(value.substr(end), result.params);
  if (!params) return params.error();
  return result;
}

// One of the two slashes of "SIP / 2.0 / UDP", and the token behind it.
bool take_protocol_part(std::string_view& rest, std::string_view& token) {
  rest = skip_blanks(rest);
  if (!rest.starts_with('/')) return false;
  rest = skip_blanks(rest.substr(1));
  token = rest.substr(0, span_of(kTokenByte, rest));
  rest.remove_prefix(token.size());
  return !token.empty();
}

// "host [: port]", blanks around the colon taken.
base::Result<> parse_sent_by(std::string_view text, Via& via) {
  const std::size_t bracket = text.starts_with('[') ? text.find(']') : 0;
  const std::size_t colon = std::min(text.find(':', std::min(bracket, text.size())), text.size());
  const base::Result<HostPort> host = parse_host_port(base::trim(text.substr(0, colon)));
  if (!host) return host.error();
  via.host = host->host;
  via.is_ipv6 = host->is_ipv6;
  if (colon == text.size()) return {};
  via.port = read_port(base::trim(text.substr(colon + 1)));
  if (!via.port) return malformed("via: bad port");
  return {};
}

}  // namespace

base::Result<NameAddr> parse_name_addr(std::string_view value) {
  NameAddr result;
  if (value == "*") {
    result.is_star = true;
    return result;
  }
  std::size_t open = 0;
  if (value.starts_with('"')) {
    const std::size_t end = quoted_end(value, 0);
    if (end == kNone) return malformed("address: open quote");
    result.display = value.substr(0, end);
    open = value.find_first_not_of(" \t", end);
    if (open == kNone || value[open] != '<') return malformed("address: no bracket");
  } else {
    open = value.find('<');
    if (open == kNone || !are_tokens(value.substr(0, open))) return parse_addr_spec(value);
    result.display = base::trim(value.substr(0, open));
  }
  const std::size_t close = value.find('>', open);
  if (close == kNone) return malformed("address: open bracket");
  result.has_brackets = true;
  result.uri = value.substr(open + 1, close - open - 1);
  if (result.uri.empty() || !is_all(kOpaqueByte, result.uri)) return malformed("address: bad URI");
  const base::Result<> params = take_params(value.substr(close + 1), result.params);
  if (!params) return params.error();
  return result;
}

base::Result<Via> parse_via(std::string_view value) {
  Via via;
  std::string_view rest = value;
  rest.remove_prefix(span_of(kTokenByte, rest));
  std::string_view version;
  if (rest.size() == value.size() || !take_protocol_part(rest, version) ||
      !take_protocol_part(rest, via.transport) || rest.empty() || !is_blank(rest.front())) {
    return malformed("via: bad protocol");
  }
  const std::size_t end = std::min(rest.find(';'), rest.size());
  const base::Result<> sent_by = parse_sent_by(base::trim(rest.substr(0, end)), via);
  if (!sent_by) return sent_by.error();
  const base::Result<> params = take_params(rest.substr(end), via.params);
  if (!params) return malformed("via: bad parameters");
  return via;
}

base::Result<CSeq> parse_cseq(std::string_view value) {
  CSeq cseq;
  std::size_t digits = 0;
  while (digits < value.size() && !is_blank(value[digits]))
    ++digits;
  const base::Result<std::uint64_t> number =
      base::parse_decimal(value.substr(0, digits), (std::uint64_t{1} << 31) - 1);
  if (!number) return malformed("cseq: bad number");
  cseq.number = static_cast<std::uint32_t>(*number);
  cseq.method = skip_blanks(value.substr(digits));
  if (!is_sip_token(cseq.method)) return malformed("cseq: bad method");
  return cseq;
}

base::Result<std::uint32_t> parse_delta_seconds(std::string_view value) {
  const base::Result<std::uint64_t> number = base::parse_decimal(value, UINT32_MAX);
  if (!number) return number.error();
  return static_cast<std::uint32_t>(*number);
}

}  // namespace sip
