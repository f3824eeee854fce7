#include "xmpp/element.h"

#include <algorithm>

#include "base/traffic_grammar.h"
#include "xmpp/tags.h"

namespace xmpp {

std::string_view Element::attribute(std::string_view its_name, std::string_view its_ns) const {
  for (const Attribute& attribute : attributes) {
    if (attribute.name == its_name && attribute.ns == its_ns) return attribute.value;
  }
  return {};
}

const Element* Element::child(std::string_view its_name, std::string_view its_ns) const {
  const auto found = std::find_if(children.begin(), children.end(), [&](const Element& element) {
    return element.is(its_name, its_ns);
  });
  return found == children.end() ? nullptr : &*found;
}

std::string escape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '\'':
        out += "&apos;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        if (static_cast<unsigned char>(c) >= 0x20 || c == '\t' || c == '\n' || c == '\r') out += c;
    }
  }
  return out;
}

std::string masked(std::string_view octets, bool bears_secret) {
  if (!bears_secret) return std::string(octets);
  const Tag first = next_tag(octets, 0);
  const std::size_t last = octets.rfind("</");
  if (first.kind != Tag::Kind::Start || last == octets.npos) {
    // Without content there is nothing to hide in it; anything else is not what was promised.
    return std::string(first.kind == Tag::Kind::Empty ? octets : base::traffic::kMask);
  }
  std::string out(octets.substr(0, first.end));
  out += base::traffic::kMask;
  out += octets.substr(last);
  return out;
}

}  // namespace xmpp
