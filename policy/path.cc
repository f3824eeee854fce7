#include "policy/path.h"

#include <array>
#include <cstddef>

#include "base/text.h"

namespace policy {
namespace {

constexpr bool is_unreserved(char c) {
  return base::is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

// pchar of RFC 3986 without its escapes, and without ';'.
constexpr bool is_plain(char c) {
  return is_unreserved(c) || std::string_view("!$&'()*+,=:@").find(c) != std::string_view::npos;
}

// A look instead of a search: every byte of every path passes here.
constexpr auto kPlain = [] {
  std::array<bool, 256> plain{};
  for (std::size_t byte = 0; byte < plain.size(); ++byte)
    plain[byte] = is_plain(static_cast<char>(byte));
  return plain;
}();

constexpr unsigned hex_value(char c) {
  return base::is_digit(c) ? static_cast<unsigned>(c - '0')
                           : static_cast<unsigned>(base::to_lower(c) - 'a') + 10;
}

// What is wrong with an escape at the front of `text`; `byte` is what it stands for.
const char* check_escape(std::string_view text, char& byte) {
  if (text.size() < 3 || !base::is_hex_digit(text[1]) || !base::is_hex_digit(text[2])) {
    return "broken escape";
  }
  const unsigned value = hex_value(text[1]) << 4 | hex_value(text[2]);
  if (value < 0x20 || value > 0x7e) return "escaped control or byte beyond ASCII";
  byte = static_cast<char>(value);
  if (byte == '/' || byte == '\\') return "escaped slash";
  if (byte == '%') return "double escape";
  if (byte == '.') return "escaped dot";
  if (byte == ';') return "escaped path parameter";
  if (is_unreserved(byte)) return "escape that nobody needs";
  return nullptr;
}

const char* check_segment(std::string_view segment) {
  bool only_dots = !segment.empty();
  while (!segment.empty()) {
    char byte = segment.front();
    std::size_t length = 1;
    if (byte == '%') {
      if (const char* wrong = check_escape(segment, byte)) return wrong;
      length = 3;
    } else if (byte == ';') {
      return "path parameter";
    } else if (byte == '\\') {
      return "backslash";
    } else if (!kPlain[static_cast<unsigned char>(byte)]) {
      return "character that a path cannot hold";
    }
    only_dots = only_dots && (byte == '.' || byte == ' ');
    segment.remove_prefix(length);
  }
  return only_dots ? "segment of dots" : nullptr;
}

}  // namespace

const char* check_path(std::string_view path) {
  if (!path.starts_with('/')) return "not an absolute path";
  for (;;) {
    path.remove_prefix(1);
    const std::size_t end = path.find('/');
    const bool last = end == std::string_view::npos;
    const std::string_view segment = path.substr(0, end);
    if (segment.empty() && !last) return "empty segment";
    if (const char* wrong = check_segment(segment)) return wrong;
    if (last) return nullptr;
    path.remove_prefix(end);
  }
}

}  // namespace policy
