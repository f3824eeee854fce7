// A stream is cut the same whole and in pieces, no event reaches beyond what has arrived, limits
// hold, and what was found to be one element is one again when it comes alone.

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "xmpp/element.h"
#include "xmpp/reader.h"
#include "xmpp/tags.h"

namespace {

using xmpp::Event;

constexpr xmpp::Limits kLimits{512, 1024, 5};

// The events but for blanks, with the octets of each.
struct Piece {
  Event event;
  std::string_view octets;
};

std::vector<Piece> cut(xmpp::Parser& parser, std::string_view raw, std::size_t step) {
  std::vector<Piece> pieces;
  xmpp::Reader reader(parser, kLimits);
  reader.set_detail(xmpp::Detail::Tree);
  std::size_t taken = 0;
  for (std::size_t end = 0; end < raw.size();) {
    end = std::min(end + step, raw.size());
    while (taken < end) {
      Event event = reader.next(raw.substr(taken, end - taken));
      if (event.kind == Event::Kind::NeedMore) {
        assert(end - taken < kLimits.element_octets);
        break;
      }
      assert(event.octets <= end - taken);
      const std::string_view octets = raw.substr(taken, event.octets);
      taken += event.octets;
      if (event.kind == Event::Kind::Bad) {
        assert(event.octets == 0);
        pieces.push_back({std::move(event), octets});
        return pieces;
      }
      assert(event.octets > 0);
      if (event.kind != Event::Kind::Blank) pieces.push_back({std::move(event), octets});
    }
  }
  return pieces;
}

void check_element(xmpp::Parser& parser, std::string_view header, const Piece& piece) {
  assert(piece.octets.size() <= kLimits.element_octets);
  xmpp::Reader reader(parser, kLimits);
  reader.set_detail(xmpp::Detail::Tree);
  assert(reader.next(header).kind == Event::Kind::Header);
  const Event again = reader.next(piece.octets);
  assert(again.kind == Event::Kind::Element && again.octets == piece.octets.size());
  assert(again.element == piece.event.element);
  const xmpp::Tag first = xmpp::next_tag(piece.octets, 0);
  assert(first.kind == xmpp::Tag::Kind::Start || first.kind == xmpp::Tag::Kind::Empty);
  assert(first.local_name() == again.element.name);
  // Masked it is still the same element, without what was in it.
  const Event shown = reader.next(xmpp::masked(piece.octets, true));
  assert(shown.kind == Event::Kind::Element);
  assert(shown.element.attributes == again.element.attributes);
  assert(shown.element.children.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static xmpp::Parser parser;
  const std::string_view raw(reinterpret_cast<const char*>(data), size);
  const std::vector<Piece> whole = cut(parser, raw, size + 1);
  for (const std::size_t step : {std::size_t{1}, std::size_t{7}}) {
    const std::vector<Piece> pieces = cut(parser, raw, step);
    assert(pieces.size() == whole.size());
    for (std::size_t i = 0; i < whole.size(); ++i) {
      assert(pieces[i].event.kind == whole[i].event.kind && pieces[i].octets == whole[i].octets);
      assert(pieces[i].event.element == whole[i].event.element);
      assert(pieces[i].event.error.condition == whole[i].event.error.condition);
    }
  }
  for (std::size_t i = 0; i < whole.size(); ++i) {
    assert((whole[i].event.kind == Event::Kind::Header) == (i == 0) ||
           whole[i].event.kind == Event::Kind::Bad);
    if (whole[i].event.kind == Event::Kind::Element) {
      check_element(parser, whole[0].octets, whole[i]);
    }
  }
  return 0;
}
