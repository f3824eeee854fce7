#pragma once
// Cuts one direction of one stream (RFC 6120) into its header, its whole top-level elements, the
// white space between them (a keep-alive) and its end, and judges each. Like sip::Framer it has no
// buffer: whoever reads keeps what is not taken, which is nothing while the stream is idle. An idle
// Reader is its own 88 bytes and nothing on the heap (a stream whose header declares namespaces
// that others do not keeps that header); the Parser of a whole loop is some 10 KiB, and up to 140
// after elements of 64 KiB.
//
//   header --> elements ... --> end
//   (after STARTTLS and after SASL the stream begins again: reset(). Bad ends it from everywhere)

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "xmpp/condition.h"
#include "xmpp/element.h"
#include "xmpp/parser.h"
#include "xmpp/scanner.h"

namespace xmpp {

struct Limits {
  std::size_t header_octets = 0;   // of a stream header with its XML declaration
  std::size_t element_octets = 0;  // of a top-level element
  std::uint32_t depth = 0;         // a top-level element has 1
};

// Before somebody proved who they are, and after. 64 KiB are as much as a net::Stream holds back
// for its handler, and what servers take from a client.
inline constexpr Limits kLimitsBefore{4 * 1024, 16 * 1024, 8};
inline constexpr Limits kLimitsAfter{4 * 1024, 64 * 1024, 64};
// A presence node is one of ours; a large roster is one element.
inline constexpr Limits kLimitsOfNode{4 * 1024, 1024 * 1024, 128};

struct Event {
  enum class Kind {
    NeedMore,  // nothing whole yet: give the same octets again with what follows
    Blank,     // white space between elements
    Header,    // a stream header with its XML declaration: `element` has its attributes
    Element,   // a top-level element
    End,       // the end tag of the stream; what follows is Blank
    Bad,       // the stream cannot be followed any further: `error`
  };
  Kind kind = Kind::NeedMore;
  std::size_t octets = 0;  // to take off the front of the stream: exactly what this event is about
  Element element = {};
  bool bears_secret = false;  // the element must not be logged as it is: xmpp::masked()
  StreamError error = {};
};

class Reader final {
 public:
  // `parser` outlives the reader; one serves all readers of a loop.
  explicit Reader(Parser& parser, const Limits& limits = kLimitsBefore)
      : parser_(&parser), limits_(limits) {}

  // Looks at the unread octets of the stream, which begin where the last event ended and hold at
  // least what the last call was given. No octet is looked at twice before its element is whole,
  // and it is parsed once.
  // Bad, after which every call says so (the error comes once): PolicyViolation (longer, deeper, or
  // with more attributes than allowed), RestrictedXml (DTD, entity, comment, processing
  // instruction; RFC 6120 section 11.1), UnsupportedEncoding, InvalidNamespace, BadNamespacePrefix,
  // BadFormat, NotWellFormed.
  Event next(std::string_view data);

  // The next octets are a new header. What was seen of an event that is not whole is forgotten, so
  // none of it may be shown again.
  void reset();
  void set_limits(const Limits& limits) { limits_ = limits; }
  // How much of the elements is told from now on; Head at first.
  void set_detail(Detail detail) { detail_ = detail; }

  // A header came, since the beginning or the last reset().
  bool has_header() const { return has_header_; }
  // The end tag came.
  bool has_ended() const { return state_ == State::Ended; }
  // Nothing of the next event was seen yet: here something of our own may be put in between.
  bool at_boundary() const { return scanner_.is_idle(); }
  // The stream's tag as its header writes it, "stream:stream" before there is one.
  std::string_view root_name() const;

 private:
  enum class State : std::uint8_t { Header, Elements, Ended, Bad };

  std::string_view context() const {
    return unusual_header_.empty() ? Parser::kUsualContext : unusual_header_;
  }
  Event take_header(std::string_view octets);
  Event take_element(std::string_view octets);
  Event take_end(std::string_view octets);
  Event fail(StreamError error);

  Parser* parser_;
  Limits limits_;
  Scanner scanner_;
  State state_ = State::Header;
  Detail detail_ = Detail::Head;
  bool has_header_ = false;
  std::string unusual_header_;  // what elements are parsed below, where it is not kUsualContext
};

}  // namespace xmpp
