#include "support/xml.h"

#include <fmt/core.h>

#include "base/text.h"

namespace support {
namespace {

using base::Errc;
using base::Error;

// Without parse_fragment pugixml drops text beside the root and without parse_doctype it skips the
// document type; we want to see both in order to refuse them.
constexpr unsigned kFlags = pugi::parse_default | pugi::parse_doctype | pugi::parse_fragment;

constexpr std::string_view kSpace = " \t\r\n";

std::string_view strip(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

base::Result<> check_prologue(const pugi::xml_document& document) {
  int elements = 0;
  for (const pugi::xml_node node : document) {
    switch (node.type()) {
      case pugi::node_doctype:
        return Error{Errc::Unsupported, "a DOCTYPE is not taken"};
      case pugi::node_element:
        ++elements;
        break;
      case pugi::node_pcdata:
      case pugi::node_cdata:
        return Error{Errc::Malformed, "text outside the root element"};
      default:
        break;
    }
  }
  if (elements != 1) {
    return Error{Errc::Malformed, fmt::format("{} root elements instead of one", elements)};
  }
  return {};
}

// Steps instead of recursion: the depth is what a hostile document chooses.
base::Result<> check_depth(pugi::xml_node root) {
  std::size_t depth = 1;
  pugi::xml_node node = root;
  while (true) {
    if (const pugi::xml_node child = node.first_child()) {
      node = child;
      if (++depth > kMaxXmlDepth) {
        return Error{Errc::Malformed, fmt::format("deeper than {} levels", kMaxXmlDepth)};
      }
      continue;
    }
    while (node != root && !node.next_sibling()) {
      node = node.parent();
      --depth;
    }
    if (node == root) return {};
    node = node.next_sibling();
  }
}

}  // namespace

base::Result<pugi::xml_document> parse_xml(std::string_view text, std::string_view root) {
  if (text.size() > kMaxXmlBytes) {
    return Error{Errc::TooLarge, fmt::format("{} bytes, {} are taken", text.size(), kMaxXmlBytes)};
  }
  if (strip(text).empty()) return Error{Errc::Malformed, "the document is empty"};
  if (const std::size_t at = text.find('\0'); at != std::string_view::npos) {
    return Error{Errc::Malformed, fmt::format("a NUL at byte {}", at)};
  }
  pugi::xml_document document;
  const pugi::xml_parse_result parsed =
      document.load_buffer(text.data(), text.size(), kFlags, pugi::encoding_utf8);
  if (!parsed) {
    return Error{Errc::Malformed,
                 fmt::format("not XML: {} at byte {}", parsed.description(), parsed.offset)};
  }
  if (const auto checked = check_prologue(document); !checked) return checked.error();
  const pugi::xml_node element = document.document_element();
  if (const auto checked = check_depth(element); !checked) return checked.error();
  if (element.name() != root) {
    return Error{Errc::Malformed,
                 fmt::format("the root element is <{}> instead of <{}>", element.name(), root)};
  }
  return document;
}

base::Result<pugi::xml_node> only_child(pugi::xml_node parent, const char* name) {
  const pugi::xml_node child = parent.child(name);
  if (!child) {
    return Error{Errc::Malformed, fmt::format("<{}> lacks <{}>", parent.name(), name)};
  }
  if (child.next_sibling(name)) {
    return Error{Errc::Malformed, fmt::format("<{}> has more than one <{}>", parent.name(), name)};
  }
  return child;
}

base::Result<std::string> text_of(pugi::xml_node node) {
  std::string text;
  for (const pugi::xml_node child : node) {
    if (child.type() == pugi::node_element) {
      return Error{Errc::Malformed, fmt::format("<{}> should hold text only", node.name())};
    }
    if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata) {
      text += child.value();
    }
  }
  return std::string(strip(text));
}

base::Result<std::string> child_text(pugi::xml_node parent, const char* name) {
  const auto child = only_child(parent, name);
  if (!child) return child.error();
  return text_of(*child);
}

base::Result<std::string> optional_text(pugi::xml_node parent, const char* name) {
  if (!parent.child(name)) return std::string();
  return child_text(parent, name);
}

base::Result<std::uint16_t> child_number(pugi::xml_node parent, const char* name) {
  const auto text = child_text(parent, name);
  if (!text) return text.error();
  const auto number = base::parse_decimal(*text, UINT16_MAX);
  if (!number) {
    return Error{Errc::Malformed,
                 fmt::format("<{}> of <{}> is not a number from 0 to 65535", name, parent.name())};
  }
  return static_cast<std::uint16_t>(*number);
}

}  // namespace support
