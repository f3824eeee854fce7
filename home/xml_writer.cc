#include "home/xml_writer.h"

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace home {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD

bool is_xml_char(char32_t c) {  // production [2] Char
  if (c < 0x20) return c == '\t' || c == '\n' || c == '\r';
  return (c < 0xd800 || c > 0xdfff) && c != 0xfffe && c != 0xffff && c <= 0x10ffff;
}

struct Decoded {
  char32_t code = 0;
  std::size_t size = 0;  // 0: not a well-formed character
};

// The first character of `text`, which is not empty. Overlong forms, surrogates and anything above
// U+10FFFF are not well-formed (RFC 3629 section 3).
Decoded decode_utf8(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < size) return {};
  char32_t code = lead & (0x7fU >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {};
    code = code << 6 | (byte(i) & 0x3fU);
  }
  constexpr char32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  if (code < kLeast[size] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return {};
  return {code, size};
}

// Quotes, tabs and line ends are escaped everywhere: in an attribute they would end the value or be
// normalized to a space (section 3.3.3), in text it does no harm.
void append_escaped(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const Decoded next = decode_utf8(text);
    if (next.size == 0 || !is_xml_char(next.code)) {
      out += kReplacement;
      text.remove_prefix(next.size == 0 ? 1 : next.size);
      continue;
    }
    switch (next.code) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&apos;";
        break;
      case '\t':
        out += "&#9;";
        break;
      case '\n':
        out += "&#10;";
        break;
      case '\r':
        out += "&#13;";
        break;
      default:
        out += text.substr(0, next.size);
    }
    text.remove_prefix(next.size);
  }
}

}  // namespace

XmlWriter::XmlWriter() : text_(R"(<?xml version="1.0" encoding="UTF-8" standalone="yes"?>)") {}

void XmlWriter::start(std::string_view name, Attributes attributes) {
  text_.append(1, '<').append(name);
  for (const XmlAttribute& attribute : attributes) {
    text_.append(1, ' ').append(attribute.name).append("=\"");
    append_escaped(text_, attribute.value);
    text_ += '"';
  }
}

void XmlWriter::open(std::string_view name, Attributes attributes) {
  start(name, attributes);
  text_ += '>';
  open_.push_back(name);
}

void XmlWriter::close() {
  assert(!open_.empty());
  text_.append("</").append(open_.back()).append(1, '>');
  open_.pop_back();
}

void XmlWriter::leaf(std::string_view name, std::string_view text, Attributes attributes) {
  start(name, attributes);
  text_ += '>';
  append_escaped(text_, text);
  text_.append("</").append(name).append(1, '>');
}

void XmlWriter::empty(std::string_view name, Attributes attributes) {
  start(name, attributes);
  text_ += "/>";
}

std::string XmlWriter::take() {
  assert(open_.empty());
  return std::move(text_);
}

bool is_xml_text(std::string_view text) {
  while (!text.empty()) {
    const Decoded next = decode_utf8(text);
    if (next.size == 0 || !is_xml_char(next.code) || next.code == 0x7f) return false;
    text.remove_prefix(next.size);
  }
  return true;
}

}  // namespace home
