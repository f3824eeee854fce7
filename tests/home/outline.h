#pragma once
// The structure of an XML document: a line for each element, indented by its depth, its attributes'
// names behind it. What the tests compare with the layouts of a call manager.

#include <doctest/doctest.h>

#include <pugixml.hpp>
#include <string>

namespace home {

inline void outline_into(std::string& out, const pugi::xml_node& node, int depth) {
  out.append(static_cast<std::size_t>(depth), ' ').append(node.name());
  for (const auto& attribute : node.attributes())
    out.append(" @").append(attribute.name());
  out += '\n';
  for (const auto& child : node.children()) {
    if (child.type() == pugi::node_element) outline_into(out, child, depth + 1);
  }
}

inline std::string outline(const std::string& xml) {
  pugi::xml_document document;
  REQUIRE(document.load_string(xml.c_str()));
  std::string out;
  outline_into(out, document.document_element(), 0);
  return out;
}

}  // namespace home
