#pragma once
// Finds where a top-level element of a stream ends, without a buffer and without looking at an
// octet twice: what is cheap to tell and must be told early. Whether the element is good XML is
// judged when it is whole (xmpp/parser.h), so a parser sees each octet once, however the octets
// arrive (expat begins an unfinished token anew with each piece it is given, CVE-2023-52425).

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "xmpp/condition.h"

namespace xmpp {

class Scanner final {
 public:
  // More than any stanza has; it bounds what a parser does for one tag.
  static constexpr std::uint32_t kMaxAttributes = 64;

  enum class Wanted { Header, Element };
  struct Limits {
    std::size_t octets = 0;
    std::uint32_t depth = 0;  // of the element itself: 1
  };
  enum class Kind {
    NeedMore,
    Whole,      // a header, or an element with all that is in it
    StreamEnd,  // the end tag of the stream
    Bad,
  };
  struct Found {
    Kind kind = Kind::NeedMore;
    std::size_t octets = 0;
    StreamError error = {};  // of Bad
  };

  // `data` begins with the element's first octet and holds at least what the last call was given;
  // the call goes on where that one stopped. Everything but NeedMore ends the element: the next
  // call is about the next one. Bad: PolicyViolation beyond a limit, RestrictedXml for a DTD, a
  // comment or a processing instruction, NotWellFormed, BadFormat for text between elements,
  // UnsupportedEncoding for what begins like UTF-16.
  Found next(std::string_view data, Wanted wanted, const Limits& limits);
  // Nothing of an element was seen yet.
  bool is_idle() const { return scanned_ == 0; }
  void reset() { *this = Scanner(); }

 private:
  enum class State : std::uint8_t {
    First,        // at the first octet
    Declaration,  // <?xml ... ?>
    Before,       // between it and the header
    Text,
    Open,  // after '<'
    StartTag,
    Slash,  // after '/' in a start tag
    Value,  // of an attribute, in quotes
    EndTag,
    Bang,  // after "<!": must become a CDATA section
    CData,
  };

  std::optional<Found> step(char c, Wanted wanted, const Limits& limits);
  std::optional<Found> first(char c, Wanted wanted);
  std::optional<Found> open(char c, Wanted wanted, const Limits& limits);
  std::optional<Found> start_tag(char c, Wanted wanted);
  std::optional<Found> bang(char c);
  std::optional<Found> end_start_tag(Wanted wanted, bool is_empty);
  std::size_t skip(std::string_view data) const;

  std::size_t scanned_ = 0;
  std::uint32_t depth_ = 0;
  State state_ = State::First;
  char quote_ = 0;
  std::uint8_t matched_ = 0;  // of what ends a declaration or CDATA, or begins one
  std::uint8_t attributes_ = 0;
};

}  // namespace xmpp
