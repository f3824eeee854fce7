#pragma once
// Finds the tags in the octets of an element that a Reader found good: for those who change or mask
// a piece of it and leave the rest as it came. Text, CDATA sections and attribute values are
// stepped over.

#include <cstddef>
#include <string_view>

namespace xmpp {

struct Tag {
  enum class Kind { None, Start, Empty, End };
  Kind kind = Kind::None;      // None: no further tag
  std::size_t begin = 0;       // of its '<'
  std::size_t end = 0;         // one past its '>'
  std::string_view full_name;  // as written: "stream:features"

  std::string_view local_name() const {
    const std::size_t colon = full_name.find(':');
    return colon == full_name.npos ? full_name : full_name.substr(colon + 1);
  }
};

// The first tag of `octets` from the place `from` on, which lies in no tag.
Tag next_tag(std::string_view octets, std::size_t from);

}  // namespace xmpp
