#include "xmpp/reader.h"

#include <algorithm>
#include <utility>

#include "xmpp/tags.h"

namespace xmpp {
namespace {

constexpr std::string_view kBlank = " \t\r\n";

}  // namespace

Event Reader::next(std::string_view data) {
  if (data.empty()) return {};
  if (state_ == State::Bad) return {Event::Kind::Bad, 0, {}, false, {}};
  if (state_ == State::Ended) return {Event::Kind::Blank, data.size()};
  if (scanner_.is_idle()) {
    const std::size_t blanks = std::min(data.find_first_not_of(kBlank), data.size());
    if (blanks > 0) return {Event::Kind::Blank, blanks};
  }
  const bool header = state_ == State::Header;
  const Scanner::Found found =
      scanner_.next(data, header ? Scanner::Wanted::Header : Scanner::Wanted::Element,
                    {header ? limits_.header_octets : limits_.element_octets, limits_.depth});
  const std::string_view octets = data.substr(0, found.octets);
  switch (found.kind) {
    case Scanner::Kind::NeedMore:
      return {};
    case Scanner::Kind::Bad:
      return fail(found.error);
    case Scanner::Kind::StreamEnd:
      return take_end(octets);
    case Scanner::Kind::Whole:
      return header ? take_header(octets) : take_element(octets);
  }
  return {};
}

Event Reader::take_header(std::string_view octets) {
  Parser::Verdict verdict = parser_->parse_header(octets);
  if (verdict.error) return fail(*std::move(verdict.error));
  unusual_header_ = verdict.is_usual ? std::string() : std::string(octets);
  state_ = State::Elements;
  has_header_ = true;
  return {Event::Kind::Header, octets.size(), std::move(verdict.element), false, {}};
}

Event Reader::take_element(std::string_view octets) {
  Parser::Verdict verdict = parser_->parse_element(context(), octets, detail_);
  if (verdict.error) return fail(*std::move(verdict.error));
  return {
      Event::Kind::Element, octets.size(), std::move(verdict.element), verdict.bears_secret, {}};
}

Event Reader::take_end(std::string_view octets) {
  if (auto error = parser_->parse_end(context(), octets)) return fail(*std::move(error));
  state_ = State::Ended;
  return {Event::Kind::End, octets.size()};
}

Event Reader::fail(StreamError error) {
  state_ = State::Bad;
  return {Event::Kind::Bad, 0, {}, false, std::move(error)};
}

void Reader::reset() {
  scanner_ = {};
  state_ = State::Header;
  has_header_ = false;
  unusual_header_ = {};
}

std::string_view Reader::root_name() const {
  std::string_view header = context();
  // Past the XML declaration, which has no '<' inside.
  if (header.starts_with("<?")) header.remove_prefix(header.find('<', 1));
  return next_tag(header, 0).full_name;
}

}  // namespace xmpp
