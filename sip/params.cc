// Parameters of URIs and of header field values; declared in uri.h.

#include <algorithm>

#include "base/text.h"
#include "sip/grammar.h"
#include "sip/limits.h"
#include "sip/uri.h"

namespace sip {
namespace {

struct Param {
  std::string_view text;  // "name = value", trimmed
  std::string_view name;
  std::string_view value;
  bool has_value = false;
};

// Takes the first parameter off `rest`; false when `rest` was at its end (at npos).
class ParamCursor final {
 public:
  explicit ParamCursor(std::string_view params) : params_(params), done_(params.empty()) {}

  bool next(Param& param) {
    if (done_) return false;
    const std::size_t end = find_outside(params_, ';', at_);
    param.text = base::trim(params_.substr(at_, end - at_));
    const std::size_t equals = param.text.find('=');
    param.has_value = equals != std::string_view::npos;
    param.name = base::trim(param.text.substr(0, equals));
    param.value = param.has_value ? base::trim(param.text.substr(equals + 1)) : std::string_view();
    done_ = end == params_.size();
    at_ = end + 1;
    return true;
  }

 private:
  std::string_view params_;
  std::size_t at_ = 0;
  bool done_;
};

// The length of what `text` begins with as the value of a parameter; 0 when that is none.
std::size_t param_value_size(std::string_view text) {
  if (text.starts_with('"')) {
    const std::size_t end = quoted_end(text, 0);
    return end == std::string_view::npos ? 0 : end;
  }
  if (text.starts_with('<')) {
    // +sip.instance=<urn:uuid:...>: the quotes around it are missing with some clients.
    const std::size_t size = span_of(kOpaqueByte, text.substr(1));
    return size > 0 && text.substr(1 + size).starts_with('>') ? size + 2 : 0;
  }
  return span_of(kParamByte, text);
}

// In URIs a name may have escapes and all that its value may have.
std::size_t param_name_size(std::string_view text) {
  std::size_t size = 0;
  while (size < text.size() && text[size] != '=' && is_byte_of(kParamByte, text[size]))
    ++size;
  return size;
}

void append_param(std::string& out, std::string_view name, std::string_view value) {
  if (!out.empty()) out += ';';
  out += name;
  if (value.empty()) return;
  out += '=';
  out += value;
}

}  // namespace

std::optional<std::string_view> find_param(std::string_view params, std::string_view name) {
  for (std::size_t at = 0; at < params.size();) {
    const std::size_t end = find_outside(params, ';', at);
    const std::string_view param = base::trim(params.substr(at, end - at));
    at = end + 1;
    if (!base::iequals(param.substr(0, name.size()), name)) continue;
    const std::string_view rest = skip_blanks(param.substr(name.size()));
    if (rest.empty()) return rest;
    if (rest.front() == '=') return skip_blanks(rest.substr(1));
  }
  return std::nullopt;
}

std::string with_param(std::string_view params, std::string_view name, std::string_view value) {
  std::string out;
  out.reserve(params.size() + name.size() + value.size() + 2);
  bool placed = false;
  ParamCursor cursor(params);
  for (Param param; cursor.next(param);) {
    if (!base::iequals(param.name, name)) {
      if (!out.empty()) out += ';';
      out += param.text;
    } else if (!placed) {
      append_param(out, name, value);
      placed = true;
    }
  }
  if (!placed) append_param(out, name, value);
  return out;
}

std::string without_params(std::string_view params, std::initializer_list<std::string_view> names) {
  std::string out;
  out.reserve(params.size());
  ParamCursor cursor(params);
  for (Param param; cursor.next(param);) {
    const auto is_it = [&param](std::string_view name) { return base::iequals(param.name, name); };
    if (std::any_of(names.begin(), names.end(), is_it)) continue;
    if (!out.empty()) out += ';';
    out += param.text;
  }
  return out;
}

// One pass: every address and every Via of a message comes by here.
bool are_params(std::string_view params) {
  if (params.empty()) return true;
  std::size_t count = 0;
  std::uint64_t seen = 0;  // lengths and first letters that occurred: spares most comparisons
  for (std::string_view rest = params;; rest.remove_prefix(1)) {
    const std::string_view before = params.substr(0, params.size() - rest.size());
    rest = skip_blanks(rest);
    const std::string_view name = rest.substr(0, param_name_size(rest));
    if (name.empty() || count++ == kMaxParams) return false;
    const unsigned first = static_cast<unsigned char>(base::to_lower(name.front()));
    const std::uint64_t bit = std::uint64_t{1} << ((name.size() * 7 + first) & 63);
    if ((seen & bit) != 0 && find_param(before, name)) return false;
    seen |= bit;
    rest = skip_blanks(rest.substr(name.size()));
    if (rest.starts_with('=')) {
      rest = skip_blanks(rest.substr(1));
      const std::size_t value = param_value_size(rest);
      if (value == 0) return false;
      rest = skip_blanks(rest.substr(value));
    }
    if (rest.empty()) return true;
    if (rest.front() != ';') return false;
  }
}

base::Result<std::string> unescape(std::string_view text) {
  const auto digit = [](char c) {
    return base::is_digit(c) ? c - '0' : base::to_lower(c) - 'a' + 10;
  };
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      out += text[at];
      continue;
    }
    if (text.size() - at < 3 || !base::is_hex_digit(text[at + 1]) ||
        !base::is_hex_digit(text[at + 2])) {
      return base::Error{base::Errc::Malformed, "escape: '%' without two digits"};
    }
    out += static_cast<char>(digit(text[at + 1]) * 16 + digit(text[at + 2]));
    at += 2;
  }
  return out;
}

}  // namespace sip
