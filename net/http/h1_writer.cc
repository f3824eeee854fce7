#include "net/http/h1_writer.h"

#include <cassert>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <utility>

namespace net::http {
namespace {

constexpr std::string_view kCrlf = "\r\n";

base::Error malformed(const char* what) {
  return {base::Errc::Malformed, what};
}

// A head in the making. All room is made at once, for the most that its parts may need, so that
// each of them is only copied to its place.
class HeadText final {
 public:
  // `own_bytes`: of the parts that are no fields.
  HeadText(std::size_t own_bytes, const Fields& fields) {
    std::size_t bytes = own_bytes + kFramingBytes;
    for (const Field field : fields)
      bytes += field.name.size() + field.value.size() + kFieldBytes;
    text_.resize(bytes);
  }

  HeadText& operator<<(std::string_view part) {
    assert(part.size() <= text_.size() - size_);
    std::memcpy(text_.data() + size_, part.data(), part.size());
    size_ += part.size();
    return *this;
  }
  HeadText& operator<<(std::uint64_t number) {
    char digits[20];
    char* const end = std::to_chars(digits, digits + sizeof digits, number).ptr;
    return *this << std::string_view(digits, static_cast<std::size_t>(end - digits));
  }
  std::string take() && {
    text_.resize(size_);
    return std::move(text_);
  }

 private:
  static constexpr std::size_t kFieldBytes = 4;      // ": " and CRLF
  static constexpr std::size_t kFramingBytes = 192;  // what this file writes of itself, at most

  std::string text_;
  std::size_t size_ = 0;
};

// What a head says by its members, or never says.
bool is_left_out(std::string_view name, bool is_request) {
  switch (name.size()) {
    case 4:
      return is_request && same_name(name, "host");
    case 6:
      return is_request && same_name(name, "expect");
    case 14:
      if (same_name(name, "content-length")) return true;
      break;
    default:
      break;
  }
  return is_hop_by_hop(name);
}

base::Result<> write_fields(HeadText& out, const Fields& fields, bool is_request) {
  for (const Field field : fields) {
    if (!is_token(field.name)) return malformed("writing: bad field name");
    if (!is_field_value(field.value)) return malformed("writing: bad field value");
    if (is_left_out(field.name, is_request)) continue;
    out << field.name << ": " << field.value << kCrlf;
  }
  out << kCrlf;
  return {};
}

}  // namespace

base::Result<std::string> write_request_head(const RequestHead& head) {
  if (!is_token(head.method)) return malformed("writing: bad method");
  const bool is_asterisk = head.target == "*" && head.method == "OPTIONS";
  if (!is_asterisk && !is_origin_form(head.target)) return malformed("writing: bad target");
  if (!is_authority(head.authority)) return malformed("writing: bad authority");

  HeadText out(head.method.size() + head.target.size() + head.authority.size(), head.fields);
  out << head.method << " " << head.target << " HTTP/1.1\r\nHost: " << head.authority << kCrlf;
  if (!head.content_length) {
    out << "Transfer-Encoding: chunked\r\n";
  } else if (*head.content_length > 0 || head.method == "POST" || head.method == "PUT" ||
             head.method == "PATCH") {
    // RFC 9110 section 8.6: 0 where a body is usual
    out << "Content-Length: " << *head.content_length << kCrlf;
  }
  const base::Result<> fields = write_fields(out, head.fields, true);
  if (!fields) return fields.error();
  return std::move(out).take();
}

base::Result<std::string> write_response_head(const ResponseHead& head,
                                              const H1ResponseOptions& options) {
  assert(head.status >= 200 && head.status <= 599);
  const std::string_view reason = reason_phrase(head.status);
  HeadText out(reason.size(), head.fields);
  out << "HTTP/1.1 " << static_cast<std::uint64_t>(head.status) << " " << reason << kCrlf;
  if (!head.fields.get("date")) out << "Date: " << to_http_date(options.date) << kCrlf;
  switch (options.framing) {
    case H1Framing::Length:
      assert(head.content_length);
      out << "Content-Length: " << *head.content_length << kCrlf;
      break;
    case H1Framing::Chunked:
      out << "Transfer-Encoding: chunked\r\n";
      break;
    case H1Framing::None:
    case H1Framing::UntilClose:
      break;
  }
  if (!options.keep_alive) {
    out << "Connection: close\r\n";
  } else if (options.say_keep_alive) {
    out << "Connection: keep-alive\r\n";
  }
  const base::Result<> fields = write_fields(out, head.fields, false);
  if (!fields) return fields.error();
  return std::move(out).take();
}

std::string to_http_date(std::chrono::system_clock::time_point when) {
  namespace chrono = std::chrono;
  constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = chrono::floor<chrono::days>(when);
  const chrono::year_month_day date(day);
  const chrono::hh_mm_ss time(chrono::floor<chrono::seconds>(when - day));
  char text[48];
  const int size = std::snprintf(
      text, sizeof text, "%s, %02u %s %04d %02d:%02d:%02d GMT",
      kDays[chrono::weekday(day).c_encoding()], static_cast<unsigned>(date.day()),
      kMonths[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
      static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
      static_cast<int>(time.seconds().count()));
  return std::string(text, static_cast<std::size_t>(size));
}

}  // namespace net::http
