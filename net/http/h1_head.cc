#include "net/http/h1_head.h"

#include <algorithm>
#include <cassert>
#include <optional>
#include <utility>

#include "base/text.h"
#include "net/http/octets.h"

namespace net::http {
namespace {

constexpr std::size_t kCrlfBytes = 2;

base::Error malformed(const char* what) {
  return {base::Errc::Malformed, what};
}

// Whether the version is 1.1 (true) or 1.0 (false); none for any other text.
std::optional<bool> parse_version(std::string_view text) {
  if (text == "HTTP/1.1") return true;
  if (text == "HTTP/1.0") return false;
  return std::nullopt;
}

// How many bytes the line takes, or will take at least: an unfinished one still lacks its LF.
std::size_t bytes_of(LineStatus status, std::string_view line, std::string_view data) {
  switch (status) {
    case LineStatus::NeedMore:
      return data.size() + 1;
    case LineStatus::BareLf:
      return line.size() + 1;
    case LineStatus::Line:
      break;
  }
  return line.size() + kCrlfBytes;
}

// What both parsers do with a piece of input: lines go to `take_line` until `is_done`. Limits are
// checked before content, so that the verdict does not depend on the split.
template <typename LineLimit, typename TakeLine, typename IsDone>
base::Result<std::size_t> feed_lines(std::string_view data, H1Lines& lines, std::size_t& taken,
                                     LineLimit line_limit, TakeLine take_line, IsDone is_done) {
  std::size_t at = 0;
  while (!is_done()) {
    const std::string_view rest = data.substr(at);
    std::string_view line;
    const LineStatus status = lines.next(rest, line);
    const std::size_t bytes = bytes_of(status, line, rest);
    if (bytes > std::min(line_limit(), kMaxHeadBytes - taken)) {
      return base::Error{base::Errc::TooLarge, "head: too long"};
    }
    if (status == LineStatus::NeedMore) break;
    if (status == LineStatus::BareLf) return malformed("head: bare LF");
    const base::Result<> result = take_line(line);
    if (!result) return result.error();
    at += bytes;
    taken += bytes;
  }
  return at;
}

}  // namespace

base::Result<std::size_t> H1RequestParser::feed(std::string_view data) {
  const auto line_limit = [this] {
    return state_ == State::FieldLines ? kMaxHeadBytes : kMaxRequestLineBytes + kCrlfBytes;
  };
  return feed_lines(
      data, lines_, taken_, line_limit, [this](std::string_view line) { return take_line(line); },
      [this] { return done(); });
}

base::Result<> H1RequestParser::take_line(std::string_view line) {
  switch (state_) {
    case State::Start:
      // One empty line ahead is what old clients send after a body (RFC 9112 section 2.2).
      state_ = State::RequestLine;
      return line.empty() ? base::Result<>() : parse_request_line(line);
    case State::RequestLine:
      return parse_request_line(line);
    case State::FieldLines:
      return line.empty() ? finish() : section_.add(line);
    case State::Done:
      break;
  }
  return malformed("head: is over");
}

base::Result<> H1RequestParser::parse_request_line(std::string_view line) {
  const std::size_t method_end = span_of(kTokenByte, line);
  if (method_end == 0 || method_end == line.size() || line[method_end] != ' ') {
    return malformed("request line: bad method");
  }
  const std::string_view rest = line.substr(method_end + 1);
  const std::string_view target = rest.substr(0, rest.find(' '));
  if (target.empty() || target.size() == rest.size() || !is_target_text(target)) {
    return malformed("request line: bad target");
  }
  const std::optional<bool> version = parse_version(rest.substr(target.size() + 1));
  if (!version) return malformed("request line: bad version");
  request_.http11 = *version;
  request_.head.method = line.substr(0, method_end);
  state_ = State::FieldLines;
  return parse_target(target);
}

// The four forms of RFC 9112 section 3.2.
base::Result<> H1RequestParser::parse_target(std::string_view target) {
  RequestHead& head = request_.head;
  if (head.method == "CONNECT") {
    head.authority = target;
    const base::Result<Authority> authority = parse_authority(target);
    if (!authority || !authority->port) return malformed("request line: bad authority");
    return {};
  }
  if (target == "*") {
    if (head.method != "OPTIONS") return malformed("request line: asterisk");
    head.target = target;
    return {};
  }
  if (!target.starts_with('/')) return parse_absolute(target);
  if (!is_origin_form(target)) return malformed("request line: bad path");
  head.target = target;
  return {};
}

base::Result<> H1RequestParser::parse_absolute(std::string_view target) {
  RequestHead& head = request_.head;
  const std::size_t colon = std::min(target.find("://"), target.size());
  head.scheme = base::to_lower(target.substr(0, colon));
  if (colon == target.size() || (head.scheme != "http" && head.scheme != "https")) {
    return malformed("request line: bad scheme");
  }
  const std::string_view rest = target.substr(colon + 3);
  const std::size_t path = std::min(rest.find_first_of("/?#"), rest.size());
  head.authority = rest.substr(0, path);
  if (head.authority.empty()) return malformed("request line: no authority");
  head.target = rest.substr(path);
  if (!head.target.starts_with('/')) {
    // "OPTIONS http://host" asks about the server as such (section 3.2.4).
    const bool is_asterisk = head.target.empty() && head.method == "OPTIONS";
    head.target.insert(0, is_asterisk ? "*" : "/");
    if (is_asterisk) return {};
  }
  if (!is_origin_form(head.target)) return malformed("request line: bad path");
  return {};
}

base::Result<> H1RequestParser::finish() {
  const base::Result<> framing = section_.finish(request_.http11);
  if (!framing) return framing.error();
  RequestHead& head = request_.head;
  if (std::optional<std::string>& host = section_.host()) {
    if (!head.authority.empty() && !same_name(head.authority, *host)) {
      return malformed("Host: differs from the target");
    }
    head.authority = std::move(*host);
  } else if (request_.http11 || head.scheme.empty()) {
    return malformed("Host: missing");
  }
  if (!is_authority(head.authority)) return malformed("Host: malformed");

  head.fields = std::move(section_.fields());
  head.content_length = section_.content_length().value_or(0);
  if (section_.is_chunked()) head.content_length = std::nullopt;
  // HTTP/1.0 knows no 100 (RFC 9110 section 10.1.1), and without a body there is nothing to wait
  // for.
  request_.unknown_expectation = request_.http11 && section_.expects_more();
  head.expect_continue =
      request_.http11 && section_.expects_continue() && head.content_length != 0u;
  request_.keep_alive = section_.keep_alive(request_.http11);
  state_ = State::Done;
  return {};
}

H1Request& H1RequestParser::request() {
  assert(done());
  return request_;
}

int H1RequestParser::status_for(const base::Error& error) const {
  if (error.code != base::Errc::TooLarge) return 400;
  return state_ == State::FieldLines ? 431 : 414;
}

base::Result<std::size_t> H1ResponseParser::feed(std::string_view data) {
  return feed_lines(
      data, lines_, taken_, [] { return kMaxHeadBytes; },
      [this](std::string_view line) { return take_line(line); }, [this] { return done(); });
}

base::Result<> H1ResponseParser::take_line(std::string_view line) {
  switch (state_) {
    case State::StatusLine:
      return parse_status_line(line);
    case State::FieldLines:
      return line.empty() ? finish() : section_.add(line);
    case State::Done:
      break;
  }
  return malformed("head: is over");
}

base::Result<> H1ResponseParser::parse_status_line(std::string_view line) {
  constexpr std::size_t kVersion = 8, kStatus = 3;
  const std::optional<bool> version = parse_version(line.substr(0, kVersion));
  if (!version) return malformed("status line: bad version");
  http11_ = *version;
  line.remove_prefix(kVersion);
  if (line.size() < 1 + kStatus || line[0] != ' ') return malformed("status line: no status");
  const base::Result<std::uint64_t> status = base::parse_decimal(line.substr(1, kStatus), 599);
  if (!status || *status < 100) return malformed("status line: bad status");
  response_.head.status = static_cast<int>(*status);
  line.remove_prefix(1 + kStatus);
  const bool clean = line.empty() || line[0] == ' ';
  if (!clean || span_of(kValueByte, line) != line.size()) {
    return malformed("status line: bad reason");
  }
  state_ = State::FieldLines;
  return {};
}

base::Result<> H1ResponseParser::finish() {
  const base::Result<> framing = section_.finish(http11_);
  if (!framing) return framing.error();
  response_.head.fields = std::move(section_.fields());
  response_.head.content_length = section_.content_length();
  response_.chunked = section_.is_chunked();
  response_.keep_alive = section_.keep_alive(http11_);
  state_ = State::Done;
  return {};
}

H1Response& H1ResponseParser::response() {
  assert(done());
  return response_;
}

}  // namespace net::http
