#include "sip/multipart.h"

#include <algorithm>
#include <cassert>
#include <optional>

#include "base/random.h"
#include "base/text.h"
#include "sip/limits.h"
#include "sip/uri.h"

namespace sip {
namespace {

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::size_t kMaxBoundaryBytes = 70;  // RFC 2046 section 5.1.1

base::Error malformed(const char* why) {
  return {base::Errc::Malformed, std::string("multipart: ") + why};
}

// The media type alone, "multipart/mixed".
std::string_view media_of(std::string_view content_type) {
  return base::trim(content_type.substr(0, content_type.find(';')));
}

bool is_boundary(std::string_view text) {
  return !text.empty() && text.size() <= kMaxBoundaryBytes && text.back() != ' ' &&
         std::ranges::all_of(text, [](char c) {
           return base::is_alnum(c) ||
                  std::string_view("'()+_,-./:=? ").find(c) != std::string_view::npos;
         });
}

base::Result<std::string_view> boundary_of(std::string_view type) {
  const std::string_view media = media_of(type);
  if (!base::iequals(media.substr(0, 10), "multipart/")) return malformed("another type");
  const std::size_t params = type.find(';');
  if (params == type.npos) return malformed("no boundary");
  // Among others: no name twice, so nobody else takes a second boundary.
  if (!are_params(type.substr(params + 1))) return malformed("bad parameters");
  const auto boundary = find_param(type.substr(params + 1), "boundary");
  if (!boundary) return malformed("no boundary");
  std::string_view text = base::trim(*boundary);
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
    text = text.substr(1, text.size() - 2);
  }
  if (!is_boundary(text)) return malformed("not a boundary");
  return text;
}

// Steps over the delimiters of a body: CRLF "--" boundary ["--"] blanks CRLF.
class Cutter final {
 public:
  Cutter(std::string_view body, std::string_view boundary)
      : body_(body), dashed_("--" + std::string(boundary)) {}

  enum class Found { Delimiter, Close, Nothing, Bad };
  // Takes the next delimiter; before() is what lies between the last one and it.
  Found next() {
    std::size_t at = position_;
    if (!(first_ && body_.starts_with(dashed_))) {
      // The line end before a delimiter is its own, and may be the one that ended the last line.
      const std::size_t from = first_ ? 0 : position_ - kLineEnd.size();
      at = body_.find(std::string(kLineEnd) + dashed_, from);
      if (at == body_.npos) return Found::Nothing;
      before_ = at < position_ ? std::string_view{} : body_.substr(position_, at - position_);
      at += kLineEnd.size();
    }
    first_ = false;
    std::string_view rest = body_.substr(at + dashed_.size());
    const bool close = rest.starts_with("--");
    if (close) rest.remove_prefix(2);
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
    if (close && rest.empty()) return Found::Close;
    // A line that only begins like a delimiter is one to some readers and text to others.
    if (!rest.starts_with(kLineEnd)) return Found::Bad;
    position_ = body_.size() - rest.size() + kLineEnd.size();
    return close ? Found::Close : Found::Delimiter;
  }
  std::string_view before() const { return before_; }

 private:
  std::string_view body_;
  std::string dashed_;
  std::string_view before_;
  std::size_t position_ = 0;
  bool first_ = true;
};

base::Result<> read_header(std::string_view line, Part& part, bool& has_type) {
  const auto is_control = [](char c) { return (c >= 0 && c < 0x20 && c != '\t') || c == 0x7f; };
  if (std::ranges::any_of(line, is_control)) return malformed("a control in a part's header");
  const std::size_t colon = line.find(':');
  if (colon == line.npos) return malformed("a part's header without colon");
  const std::string_view name = base::trim(line.substr(0, colon));
  if (!base::is_token(name)) return malformed("a part's header without name");
  const std::string_view value = base::trim(line.substr(colon + 1));
  if (base::iequals(name, "Content-Type")) {
    if (has_type) return malformed("a part with two types");
    has_type = true;
    part.type = value;
  } else if (base::iequals(name, "Content-Transfer-Encoding")) {
    const bool is_plain = base::iequals(value, "binary") || base::iequals(value, "8bit") ||
                          base::iequals(value, "7bit");
    if (!is_plain) return malformed("an encoded part");  // RFC 3261 section 7.4.2
  }
  return {};
}

// Headers, an empty line, and the part's body; without the empty line it is all headers.
base::Result<Part> read_part(std::string_view text) {
  Part part;
  bool has_type = false;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(kLineEnd), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + kLineEnd.size(), text.size()));
    if (line.empty()) {
      part.body = text;
      break;
    }
    if (line.front() == ' ' || line.front() == '\t') return malformed("a folded header in a part");
    if (const auto read = read_header(line, part, has_type); !read) return read.error();
  }
  return part;
}

}  // namespace

base::Result<std::vector<Part>> parse_multipart(std::string_view type, std::string_view body) {
  const auto boundary = boundary_of(type);
  if (!boundary) return boundary.error();
  Cutter cutter(body, *boundary);
  std::vector<Part> parts;
  Cutter::Found found = cutter.next();  // what lies before the first delimiter means nothing
  if (found == Cutter::Found::Close) return malformed("no part");
  while (found == Cutter::Found::Delimiter) {
    found = cutter.next();
    if (found == Cutter::Found::Nothing || found == Cutter::Found::Bad) break;
    if (parts.size() == kMaxParts) return base::Error{base::Errc::TooLarge, "multipart: kMaxParts"};
    auto part = read_part(cutter.before());
    if (!part) return part.error();
    parts.push_back(*part);
  }
  if (found == Cutter::Found::Bad) return malformed("a line that only begins like a delimiter");
  if (found == Cutter::Found::Nothing) return malformed("no end");
  return parts;
}

Multipart make_multipart(const std::vector<Part>& parts) {
  const std::string boundary = "boundary-" + base::random_uuid();
  Multipart made;
  made.type = "multipart/mixed;boundary=" + boundary;
  for (const Part& part : parts) {
    assert(part.type.find_first_of(kLineEnd) == part.type.npos);
    made.body += "--" + boundary + "\r\n";
    if (!part.type.empty()) made.body += "Content-Type: " + std::string(part.type) + "\r\n";
    made.body += "\r\n";
    made.body += part.body;
    made.body += "\r\n";
  }
  made.body += "--" + boundary + "--\r\n";
  return made;
}

bool is_media_type(std::string_view content_type, std::string_view media_type) {
  return base::iequals(media_of(content_type), media_type);
}

}  // namespace sip
