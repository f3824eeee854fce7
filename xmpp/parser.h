#pragma once
// Judges whole pieces of a stream with expat and says what is in them. One parser serves all the
// streams of a loop: between two pieces it keeps nothing, so a stream that is idle needs none.
//
// Entities cannot be declared (a DTD is refused where it begins), so there is nothing to expand;
// the one work that could grow faster than the input, namespaces copied to each element, is bounded
// by kMaxNamespaceBytes and Scanner::kMaxAttributes.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "xmpp/condition.h"
#include "xmpp/element.h"

struct XML_ParserStruct;

namespace xmpp {

enum class Detail : std::uint8_t { Head, Tree };  // Tree: also what is in the element

class Parser final {
 public:
  // RFC 6120 puts no bound to it; those in use have some 60 octets.
  static constexpr std::size_t kMaxNamespaceBytes = 1024;
  // Of one tree; more are left out of it. An element takes some 150 bytes there and 4 as octets.
  static constexpr std::size_t kMaxTreeElements = 512;

  struct Verdict {
    Element element;
    bool bears_secret = false;  // a password or what proves one stands in it
    // Of a header: it is "stream:stream" and declares kUsualContext's namespaces, no others.
    bool is_usual = false;
    std::optional<StreamError> error;
  };

  // The parent's start tag for a stream as practically all have it.
  static constexpr std::string_view kUsualContext =
      "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>";

  Parser();
  ~Parser();
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  // A stream header, with its XML declaration if there is one (RFC 6120 section 4.7). Errors:
  // InvalidNamespace when it is no stream of jabber:client, BadFormat when it is no `stream`,
  // UnsupportedEncoding, RestrictedXml, BadNamespacePrefix, PolicyViolation, NotWellFormed.
  Verdict parse_header(std::string_view octets);
  // One whole element below the start tag `context`. Errors: as above.
  Verdict parse_element(std::string_view context, std::string_view octets, Detail detail);
  // The end tag of `context`; NotWellFormed if it is another.
  std::optional<StreamError> parse_end(std::string_view context, std::string_view octets);

  // Given to expat so far, contexts left out: for tests, which hold it to once each octet.
  std::uint64_t octets_parsed() const { return octets_parsed_; }

 private:
  struct FreeParser {
    void operator()(XML_ParserStruct* parser) const noexcept;
  };
  struct Run;

  void begin(Run& run);
  bool feed(Run& run, std::string_view octets);

  std::unique_ptr<XML_ParserStruct, FreeParser> expat_;
  const unsigned long salt_;  // so that nobody outside can choose names that collide
  std::uint64_t octets_parsed_ = 0;
};

}  // namespace xmpp
