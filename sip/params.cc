// Parameters of URIs and of header field values; declared in uri.h.

#include <array>

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

bool is_param_value(std::string_view value) {
  if (value.empty()) return false;
  if (value.front() == '"') return quoted_end(value, 0) == value.size();
  if (value.front() == '<') {
    // +sip.instance=<urn:uuid:...>: the quotes around it are missing with some clients.
    return value.size() > 2 && value.back() == '>' &&
           is_all(kOpaqueByte, value.substr(1, value.size() - 2));
  }
  return is_all(kParamByte, value);
}

// In URIs a name may have escapes and all that its value may have.
bool is_param_name(std::string_view name) {
  return !name.empty() && is_all(kParamByte, name);
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
  ParamCursor cursor(params);
  for (Param param; cursor.next(param);) {
    if (base::iequals(param.name, name)) return param.value;
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

std::string without_param(std::string_view params, std::string_view name) {
  std::string out;
  out.reserve(params.size());
  ParamCursor cursor(params);
  for (Param param; cursor.next(param);) {
    if (base::iequals(param.name, name)) continue;
    if (!out.empty()) out += ';';
    out += param.text;
  }
  return out;
}

bool are_params(std::string_view params) {
  if (params.empty()) return true;
  std::array<std::string_view, kMaxParams> names;
  std::size_t count = 0;
  std::uint64_t seen = 0;  // lengths and first letters that occurred: spares most comparisons
  ParamCursor cursor(params);
  for (Param param; cursor.next(param);) {
    if (count == kMaxParams || !is_param_name(param.name)) return false;
    if (param.has_value && !is_param_value(param.value)) return false;
    const unsigned first = static_cast<unsigned char>(base::to_lower(param.name.front()));
    const std::uint64_t bit = std::uint64_t{1} << ((param.name.size() * 7 + first) & 63);
    if ((seen & bit) != 0) {
      for (std::size_t i = 0; i < count; ++i) {
        if (base::iequals(names[i], param.name)) return false;
      }
    }
    seen |= bit;
    names[count++] = param.name;
  }
  return true;
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
