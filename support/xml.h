#pragma once
// The small XML documents of a sign-in, read with pugixml: size-capped before parsing, without a
// document type, of bounded depth. pugixml is lenient about what stands around the root element,
// so that is checked here.

#include <cstddef>
#include <cstdint>
#include <pugixml.hpp>
#include <string>
#include <string_view>

#include "base/result.h"

namespace support {

// UDS answers and configuration files are some KiB; a device file with everything set is 40 KiB.
inline constexpr std::size_t kMaxXmlBytes = 1024 * 1024;
inline constexpr std::size_t kMaxXmlDepth = 32;  // the deepest of them, the device file, has 7

// Reads a UTF-8 document whose root element must be `root`. Malformed (the detail says what and
// where) for anything that is not one well-formed element with declaration, comments and
// processing instructions around it, for a NUL byte, another root, more than kMaxXmlDepth levels;
// Unsupported for a DOCTYPE; TooLarge beyond kMaxXmlBytes.
base::Result<pugi::xml_document> parse_xml(std::string_view text, std::string_view root);

// The one child element of that name. Malformed when there is none or more than one.
base::Result<pugi::xml_node> only_child(pugi::xml_node parent, const char* name);

// The text of a node's only child of that name, white space at both ends removed. Malformed as
// only_child(), or when the child has elements of its own; empty text is no error.
base::Result<std::string> child_text(pugi::xml_node parent, const char* name);
// The same, but an absent child reads as empty text.
base::Result<std::string> optional_text(pugi::xml_node parent, const char* name);
// Likewise a decimal from 0 to 65535.
base::Result<std::uint16_t> child_number(pugi::xml_node parent, const char* name);

// The text of a node without elements below it, white space at both ends removed.
base::Result<std::string> text_of(pugi::xml_node node);

}  // namespace support
