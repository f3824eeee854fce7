#include "base/text.h"

#include <algorithm>

#include "base/byte_block.h"
#include "base/hex.h"

namespace base {
namespace {

constexpr bool stays_in_log(char c) {
  return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

constexpr std::size_t kBlockBytes = sizeof(ByteBlock);
bool block_stays_in_log(const char* bytes) {
  const ByteBlock block = load_block(bytes);
  return !is_any((block < 0x20) | (block == 0x7f) | (block == '"') | (block == '\\'));
}

bool is_label(std::string_view label, bool underscore) {
  if (underscore && label.starts_with('_')) {
    label.remove_prefix(1);
    if (label.size() >= kMaxLabelBytes) return false;
  }
  if (label.empty() || label.size() > kMaxLabelBytes) return false;
  if (label.front() == '-' || label.back() == '-') return false;
  return std::ranges::all_of(label, [](char c) { return is_alnum(c) || c == '-'; });
}

// A last label that inet_aton, and whoever calls it, would read as part of an address: "1", "0x7f".
bool looks_numeric(std::string_view label) {
  if (std::ranges::all_of(label, is_digit)) return true;
  const bool hex = label.starts_with("0x") || label.starts_with("0X");
  return hex && std::ranges::all_of(label.substr(2), is_hex_digit);
}

bool is_dotted_name(std::string_view text, bool underscore) {
  if (text.empty() || text.size() > kMaxHostBytes) return false;
  std::string_view label;
  for (std::string_view rest = text;;) {
    const std::size_t dot = rest.find('.');
    label = rest.substr(0, dot);
    if (!is_label(label, underscore)) return false;
    if (dot == std::string_view::npos) break;
    rest.remove_prefix(dot + 1);
  }
  return !looks_numeric(label);
}

}  // namespace

bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_token_char);
}

std::string to_lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    c = to_lower(c);
  return lower;
}

bool iequals(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return to_lower(x) == to_lower(y); });
}

std::string_view trim(std::string_view text) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_blank(text.front()))
    text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back()))
    text.remove_suffix(1);
  return text;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

Result<std::uint64_t> parse_decimal(std::string_view text, std::uint64_t max) {
  if (text.empty()) return Error{Errc::Malformed, "no digits"};
  if (!std::ranges::all_of(text, is_digit)) return Error{Errc::Malformed, "not a decimal number"};
  std::uint64_t value = 0;
  for (const char c : text) {
    const auto digit = static_cast<std::uint64_t>(c - '0');
    if (digit > max || value > (max - digit) / 10) {
      return Error{Errc::TooLarge, "above " + std::to_string(max)};
    }
    value = value * 10 + digit;
  }
  return value;
}

std::size_t unescaped_prefix(std::string_view text) {
  std::size_t clean = 0;
  if (text.size() >= kBlockBytes) {
    const std::size_t last = text.size() - kBlockBytes;  // may overlap the block before
    while (block_stays_in_log(text.data() + clean)) {
      if (clean == last) return text.size();
      clean = std::min(clean + kBlockBytes, last);
    }
  } else {
    char block[kBlockBytes];
    std::ranges::fill(block, ' ');
    text.copy(block, text.size());
    if (block_stays_in_log(block)) return text.size();
  }
  while (clean < text.size() && stays_in_log(text[clean]))
    ++clean;
  return clean;
}

std::string escape_for_log(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  append_escaped(out, text);
  return out;
}

Result<std::string> unescape_from_log(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    if (text.front() != '\\') {
      out += text.front();
      text.remove_prefix(1);
      continue;
    }
    auto byte = decode_hex(text.substr(std::min<std::size_t>(2, text.size()), 2));
    if (!text.starts_with("\\x") || !byte || byte->size() != 1) {
      return Error{Errc::Malformed, "a backslash that opens no \\xNN"};
    }
    out += *byte;
    text.remove_prefix(4);
  }
  return out;
}

bool is_host_name(std::string_view text) {
  return is_dotted_name(text, false);
}

bool is_service_name(std::string_view text) {
  return is_dotted_name(text, true);
}

}  // namespace base
