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

constexpr std::size_t kUsualParams = 12;

// `text` is what stands between two quotes.
std::string unescape_quoted(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\\') ++at;
    out += text[at];
  }
  return out;
}

// Takes one "name = value" off `rest`, up to the comma behind it.
base::Result<> take_param(std::string_view& rest, AuthParams& auth) {
  AuthParams::Param param;
  rest = skip_blanks(rest);
  param.name = rest.substr(0, span_of(kTokenByte, rest));
  rest = skip_blanks(rest.substr(param.name.size()));
  if (param.name.empty() || !rest.starts_with('=')) return malformed("auth: bad parameter");
  rest = skip_blanks(rest.substr(1));
  if (rest.starts_with('"')) {
    const std::size_t end = quoted_end(rest, 0);
    if (end == std::string_view::npos) return malformed("auth: bad quotes");
    param.quoted = true;
    param.value = rest.substr(1, end - 2);
    rest = skip_blanks(rest.substr(end));
    if (!rest.empty() && rest.front() != ',') return malformed("auth: bad quotes");
  } else {
    // More than a token: some clients leave the quotes of nonce and uri out.
    const std::size_t end = std::min(rest.find(','), rest.size());
    param.value = base::trim(rest.substr(0, end));
    if (param.value.empty() || !is_all(kOpaqueByte, param.value)) {
      return malformed("auth: bad value");
    }
    rest.remove_prefix(end);
  }
  if (auth.params.size() == kMaxParams) return malformed("auth: too many parameters");
  for (const AuthParams::Param& other : auth.params) {
    if (base::iequals(other.name, param.name)) return malformed("auth: a parameter twice");
  }
  if (param.quoted && param.value.find('\\') != std::string_view::npos) {
    auth.plain.push_back(std::make_unique<std::string>(unescape_quoted(param.value)));
    param.value = *auth.plain.back();
  }
  auth.params.push_back(param);
  return {};
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
  std::string_view rest = skip_blanks(value.substr(scheme));
  if (rest.empty() || rest.size() == value.size() - scheme) {
    return malformed("auth: no parameters");
  }
  auth.params.reserve(kUsualParams);
  for (;; rest.remove_prefix(1)) {
    if (const auto taken = take_param(rest, auth); !taken) return taken.error();
    if (rest.empty()) return auth;
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
