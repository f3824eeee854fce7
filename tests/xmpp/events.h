#pragma once
// Runs octets through a Reader as a stream would, in pieces of one size.

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "xmpp/reader.h"

namespace xmpp {

inline constexpr std::string_view kOpen =
    "<?xml version='1.0'?><stream:stream to='lab.example' version='1.0' xmlns='jabber:client' "
    "xmlns:stream='http://etherx.jabber.org/streams'>";

// One event, and the octets it is about. Blanks next to each other are one.
struct Seen {
  Event event;
  std::string octets;
};

inline std::vector<Seen> run(Reader& reader, std::string_view data, std::size_t step) {
  std::vector<Seen> all;
  std::size_t taken = 0;
  for (std::size_t end = 0; end < data.size();) {
    end = std::min(end + step, data.size());
    while (taken < end) {
      // A copy of its own, so that a sanitizer sees a read past what has arrived.
      const std::string arrived(data.substr(taken, end - taken));
      Event event = reader.next(arrived);
      if (event.kind == Event::Kind::NeedMore) break;
      const std::string octets = arrived.substr(0, event.octets);
      taken += event.octets;
      const bool bad = event.kind == Event::Kind::Bad;
      if (event.kind == Event::Kind::Blank && !all.empty() && all.back().event.kind == event.kind) {
        all.back().octets += octets;
        all.back().event.octets += octets.size();
      } else {
        all.push_back({std::move(event), octets});
      }
      if (bad) return all;
    }
  }
  return all;
}

// What becomes of `data` in one stream.
inline std::vector<Seen> run(std::string_view data, std::size_t step,
                             const Limits& limits = kLimitsBefore) {
  Parser parser;
  Reader reader(parser, limits);
  return run(reader, data, step);
}

// The element that `octets` are, as the first of a stream.
inline Element tree(std::string_view octets) {
  Parser parser;
  Reader reader(parser);
  reader.set_detail(Detail::Tree);
  REQUIRE(reader.next(kOpen).kind == Event::Kind::Header);
  Event event = reader.next(octets);
  REQUIRE(event.kind == Event::Kind::Element);
  return std::move(event.element);
}

}  // namespace xmpp
