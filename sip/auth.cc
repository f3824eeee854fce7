// Challenges and credentials as lists of parameters; declared in headers.h.

#include <algorithm>

#include "base/text.h"
#include "sip/grammar.h"
#include "sip/headers.h"
#include "sip/limits.h"

namespace sip {
namespace {

base::Error malformed(const char* what) {
  return {base::Errc::Malformed, what};
}

// `text` is a whole quoted string.
std::string unquote(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 1; at + 1 < text.size(); ++at) {
    if (text[at] == '\\') ++at;
    out += text[at];
  }
  return out;
}

// One "name = value".
base::Result<AuthParams::Param> parse_param(std::string_view text) {
  AuthParams::Param param;
  const std::size_t name = span_of(kTokenByte, text);
  const std::string_view rest = skip_blanks(text.substr(name));
  if (name == 0 || !rest.starts_with('=')) return malformed("auth: bad parameter");
  param.name = base::to_lower(text.substr(0, name));
  const std::string_view value = skip_blanks(rest.substr(1));
  if (value.starts_with('"')) {
    if (quoted_end(value, 0) != value.size()) return malformed("auth: bad quotes");
    param.quoted = true;
    param.value = unquote(value);
    return param;
  }
  // More than a token: some clients leave the quotes of nonce and uri out.
  if (value.empty() || !is_all(kOpaqueByte, value)) return malformed("auth: bad value");
  param.value = value;
  return param;
}

}  // namespace

std::string_view AuthParams::get(std::string_view name) const {
  for (const Param& param : params) {
    if (base::iequals(param.name, name)) return param.value;
  }
  return {};
}

base::Result<AuthParams> parse_auth(std::string_view value) {
  AuthParams auth;
  const std::size_t scheme = span_of(kTokenByte, value);
  if (scheme == 0) return malformed("auth: no scheme");
  auth.scheme = value.substr(0, scheme);
  const std::string_view rest = skip_blanks(value.substr(scheme));
  if (rest.empty() || rest.size() == value.size() - scheme) {
    return malformed("auth: no parameters");
  }
  for (std::size_t at = 0;;) {
    // Not find_outside(): here '<' is no bracket.
    std::size_t end = at;
    while (end < rest.size() && rest[end] != ',')
      end = std::min(rest[end] == '"' ? quoted_end(rest, end) : end + 1, rest.size());
    base::Result<AuthParams::Param> param = parse_param(base::trim(rest.substr(at, end - at)));
    if (!param) return param.error();
    if (auth.params.size() == kMaxParams) return malformed("auth: too many parameters");
    for (const AuthParams::Param& other : auth.params) {
      if (other.name == param->name) return malformed("auth: a parameter twice");
    }
    auth.params.push_back(std::move(*param));
    if (end == rest.size()) return auth;
    at = end + 1;
  }
}

std::string quote(std::string_view text) {
  std::string out = "\"";
  out.reserve(text.size() + 2);
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
  return out;
}

}  // namespace sip
