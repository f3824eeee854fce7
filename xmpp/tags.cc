#include "xmpp/tags.h"

namespace xmpp {
namespace {

constexpr std::size_t kNone = std::string_view::npos;
constexpr std::string_view kOpenCData = "<![CDATA[", kCloseCData = "]]>";

// One past the '>' that ends the tag at `begin`; kNone when there is none.
std::size_t end_of_tag(std::string_view octets, std::size_t begin) {
  for (std::size_t at = begin;;) {
    at = octets.find_first_of("'\">", at);
    if (at == kNone) return kNone;
    if (octets[at] == '>') return at + 1;
    at = octets.find(octets[at], at + 1);
    if (at == kNone) return kNone;
    ++at;
  }
}

}  // namespace

Tag next_tag(std::string_view octets, std::size_t from) {
  for (;;) {
    const std::size_t begin = octets.find('<', from);
    if (begin == kNone) return {};
    if (octets.substr(begin).starts_with(kOpenCData)) {
      const std::size_t close = octets.find(kCloseCData, begin);
      if (close == kNone) return {};
      from = close + kCloseCData.size();
      continue;
    }
    const std::size_t end = end_of_tag(octets, begin);
    if (end == kNone) return {};
    const bool closes = octets[begin + 1] == '/';
    const std::size_t name = begin + (closes ? 2 : 1);
    const std::size_t stop = octets.find_first_of(" \t\r\n/>", name);
    const bool empty = !closes && octets[end - 2] == '/';
    return {closes ? Tag::Kind::End : (empty ? Tag::Kind::Empty : Tag::Kind::Start), begin, end,
            octets.substr(name, stop - name)};
  }
}

}  // namespace xmpp
