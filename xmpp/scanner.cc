#include "xmpp/scanner.h"

#include <algorithm>

namespace xmpp {
namespace {

using Found = Scanner::Found;

constexpr std::string_view kCData = "[CDATA[";

constexpr bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

Found bad(Condition condition, const char* detail) {
  return {Scanner::Kind::Bad, 0, {condition, detail}};
}

}  // namespace

Found Scanner::next(std::string_view data, Wanted wanted, const Limits& limits) {
  const std::string_view seen = data.substr(0, limits.octets);
  while (scanned_ < seen.size()) {
    scanned_ += skip(seen.substr(scanned_));
    if (scanned_ == seen.size()) break;
    const char c = seen[scanned_++];
    if (auto found = step(c, wanted, limits)) {
      if (found->kind != Kind::Bad) found->octets = scanned_;
      reset();
      return *std::move(found);
    }
  }
  // Told as soon as it is certain: whoever keeps the octets keeps no more of them than the limit.
  if (data.size() < limits.octets) return {};
  reset();
  return bad(Condition::PolicyViolation,
             wanted == Wanted::Header ? "stream header: too long" : "element: too long");
}

// How many octets may be passed over at once: the long pieces are text and attribute values.
std::size_t Scanner::skip(std::string_view data) const {
  if (state_ != State::Text && state_ != State::Value) return 0;
  const char stops[] = {'<', state_ == State::Text ? '<' : quote_};
  return std::min(data.find_first_of(std::string_view(stops, sizeof stops)), data.size());
}

std::optional<Found> Scanner::step(char c, Wanted wanted, const Limits& limits) {
  switch (state_) {
    case State::First:
      return first(c, wanted);
    case State::Declaration:
      if (c == '>' && matched_ == 1) state_ = State::Before;
      matched_ = c == '?' ? 1 : 0;
      return {};
    case State::Before:
      if (c == '<') {
        state_ = State::Open;
        matched_ = 1;  // a second declaration is none
      } else if (!is_space(c)) {
        return bad(Condition::BadFormat, "text before the stream header");
      }
      return {};
    case State::Text:
      state_ = State::Open;  // skip() stopped here: it is a '<'
      return {};
    case State::Open:
      return open(c, wanted, limits);
    case State::StartTag:
      return start_tag(c, wanted);
    case State::Slash:
      if (c != '>') return bad(Condition::NotWellFormed, "a slash inside a tag");
      return end_start_tag(wanted, true);
    case State::Value:
      if (c == '<') return bad(Condition::NotWellFormed, "'<' in an attribute");
      state_ = State::StartTag;
      return {};
    case State::EndTag:
      if (c == '<') return bad(Condition::NotWellFormed, "'<' in an end tag");
      if (c != '>') return {};
      if (depth_ == 0) return Found{Kind::StreamEnd, 0, {}};
      state_ = State::Text;
      return --depth_ > 0 ? std::nullopt : std::optional(Found{Kind::Whole, 0, {}});
    case State::Bang:
      return bang(c);
    case State::CData:
      if (c == '>' && matched_ == 2) state_ = State::Text;
      matched_ = c == ']' ? static_cast<std::uint8_t>(matched_ == 0 ? 1 : 2) : std::uint8_t{0};
      return {};
  }
  return {};
}

std::optional<Found> Scanner::first(char c, Wanted wanted) {
  if (c == '<') {
    state_ = State::Open;
    return {};
  }
  if (wanted == Wanted::Header && (c == '\0' || c == '\xfe' || c == '\xff')) {
    return bad(Condition::UnsupportedEncoding, "not UTF-8");
  }
  return bad(Condition::BadFormat, "text between elements");
}

std::optional<Found> Scanner::open(char c, Wanted wanted, const Limits& limits) {
  if (c == '/') {
    if (wanted == Wanted::Header) return bad(Condition::NotWellFormed, "an end before the header");
    state_ = State::EndTag;
    return {};
  }
  if (c == '!') {
    if (depth_ == 0) return bad(Condition::RestrictedXml, "a DTD, a comment or a section");
    state_ = State::Bang;
    matched_ = 0;
    return {};
  }
  if (c == '?') {
    if (wanted != Wanted::Header || matched_ != 0) {
      return bad(Condition::RestrictedXml, "a processing instruction");
    }
    state_ = State::Declaration;
    return {};
  }
  if (c == '\0' && wanted == Wanted::Header) {
    return bad(Condition::UnsupportedEncoding, "not UTF-8");
  }
  if (c == '<' || c == '>') return bad(Condition::NotWellFormed, "a tag without a name");
  if (depth_ >= limits.depth) return bad(Condition::PolicyViolation, "elements: too deep");
  state_ = State::StartTag;
  attributes_ = 0;
  return {};
}

std::optional<Found> Scanner::start_tag(char c, Wanted wanted) {
  switch (c) {
    case '>':
      return end_start_tag(wanted, false);
    case '/':
      state_ = State::Slash;
      return {};
    case '<':
      return bad(Condition::NotWellFormed, "'<' in a tag");
    case '"':
    case '\'':
      if (attributes_ >= kMaxAttributes) {
        return bad(Condition::PolicyViolation, "an element with too many attributes");
      }
      ++attributes_;
      quote_ = c;
      state_ = State::Value;
      return {};
    default:
      return {};
  }
}

std::optional<Found> Scanner::bang(char c) {
  if (matched_ == 0 && c != kCData.front()) {
    return bad(Condition::RestrictedXml, "a DTD, a comment or a declaration");
  }
  if (c != kCData[matched_]) return bad(Condition::NotWellFormed, "a section that is not CDATA");
  if (++matched_ == kCData.size()) {
    matched_ = 0;
    state_ = State::CData;
  }
  return {};
}

std::optional<Found> Scanner::end_start_tag(Wanted wanted, bool is_empty) {
  state_ = State::Text;
  if (wanted == Wanted::Header) {
    if (is_empty) return bad(Condition::BadFormat, "a stream header that ends the stream");
    return Found{Kind::Whole, 0, {}};
  }
  if (!is_empty) {
    ++depth_;
    return {};
  }
  return depth_ > 0 ? std::nullopt : std::optional(Found{Kind::Whole, 0, {}});
}

}  // namespace xmpp
