#pragma once
// Writes one XML 1.0 document (W3C XML 1.0, fifth edition) in UTF-8. Nothing that is put in can
// change the document's structure: text and attribute values are escaped, and what XML cannot hold
// (most control characters, malformed UTF-8) comes out as U+FFFD.

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace home {

struct XmlAttribute {
  std::string_view name;
  std::string_view value;
};

class XmlWriter final {
 public:
  using Attributes = std::initializer_list<XmlAttribute>;

  // Begins with the XML declaration as call managers write it.
  XmlWriter();

  // Opens an element; each open() needs its close(). `name` is a literal of ours (section 2.3,
  // Name) and must live as long as the writer: it is written as it is.
  void open(std::string_view name, Attributes attributes = {});
  void close();
  // <name>text</name>, with both tags even when `text` is empty.
  void leaf(std::string_view name, std::string_view text, Attributes attributes = {});
  // <name …/>
  void empty(std::string_view name, Attributes attributes = {});

  // The document, once every element is closed. The writer is spent.
  std::string take();

 private:
  void start(std::string_view name, Attributes attributes);

  std::string text_;
  std::vector<std::string_view> open_;
};

// Whether `text` is well-formed UTF-8 (RFC 3629) without control characters other than what XML
// allows (tab, CR, LF): what the store takes as a name, and what is written unchanged.
bool is_xml_text(std::string_view text);

}  // namespace home
